import { expect } from 'chai';
import { postgresql } from '../../../detectors/postgresql.ts';
import { hostProductOf } from '../../../plugin/discovery/host-product.ts';
import { candidate } from '../../support/candidate.ts';

type Labels = Readonly<Record<string, string>>;

describe('plugin/discovery/host-product', () => {
  const purposes: readonly (readonly [title: string, namespace: string, labels: Labels, host: string | null])[] = [
    ['nothing names another product', 'monitoring', { release: 'prometheus' }, null],
    ['its release is one', 'monitoring', { release: 'kubecost' }, 'kubecost'],
    ['its instance is one', 'monitoring', { 'app.kubernetes.io/instance': 'kubecost' }, 'kubecost'],
    ['it is a part of one', 'monitoring', { 'app.kubernetes.io/part-of': 'kubecost' }, 'kubecost'],
    ['its chart is another', 'monitoring', { chart: 'openfaas-1.2.3', app: 'prometheus' }, 'openfaas'],
    ['its chart is its own, whatever it is called', 'monitoring', { chart: 'prometheus-1.2.3', app: 'db' }, null],
    ['its name is another', 'monitoring', { app: 'chaos-mesh' }, 'chaos-mesh'],
    ['it is a part of a platform', 'monitoring', { 'app.kubernetes.io/part-of': 'acme-platform' }, null],
    ['its namespace is one', 'kubecost', {}, 'kubecost'],
    ['a word of its namespace is one', 'team-kubecost', {}, 'team-kubecost'],
    ['a part of a word is one', 'mykubecost', {}, null],
    ['its label is of the product alone', 'monitoring', { 'linkerd.io/extension': 'viz' }, 'linkerd.io/extension'],
  ];
  for (const [title, namespace, labels, host] of purposes) {
    it(`${host === null ? 'serves the cluster' : `is special-purpose (${host})`} where ${title}`, () => {
      expect(hostProductOf(candidate(`${namespace}/prometheus`, {}, labels))).to.equal(host);
    });
  }

  const owners: readonly (readonly [kind: string, group: string, host: string | null])[] = [
    ['ShopMonitor', 'shop.example.com', 'ShopMonitor'],
    ['Tenant', 'shop.example.com', 'Tenant'],
    // What people call their monitoring serves all of it.
    ['MonitoringStack', 'shop.example.com', null],
    ['Monitor', 'shop.example.com', null],
    // The product itself, and another of the products of monitoring.
    ['TeamPrometheus', 'shop.example.com', null],
    ['GrafanaSuite', 'shop.example.com', null],
    // A resource that makes a product of the table, whatever it is called.
    ['VMCluster', 'operator.victoriametrics.com', null],
  ];
  for (const [kind, group, host] of owners) {
    it(`${host === null ? 'serves the cluster' : 'is special-purpose'} where a ${kind} of ${group} owns it`, () => {
      const one = candidate('monitoring/prometheus', {}, {});
      const owned = { ...one, service: { ...one.service, owners: [{ apiVersion: `${group}/v1`, kind, name: 'a' }] } };

      expect(hostProductOf(owned)).to.equal(host);
      expect(hostProductOf({ ...owned, detector: postgresql })).to.equal(null);
    });
  }
});
