import { expect } from 'chai';
import { postgresql } from '../../../detectors/postgresql.ts';
import { hostProductOf } from '../../../plugin/discovery/host-product.ts';
import { candidate } from '../../support/candidate.ts';

type Labels = Readonly<Record<string, string>>;

describe('plugin/discovery/host-product', () => {
  const purposes: readonly (readonly [title: string, namespace: string, labels: Labels, host: string | null])[] = [
    ['nothing names another product', 'monitoring', { release: 'prometheus' }, null],
    ['its release is another product', 'monitoring', { release: 'kubecost' }, 'kubecost'],
    ['its instance is another product', 'monitoring', { 'app.kubernetes.io/instance': 'kubecost' }, 'kubecost'],
    ['it is part of another product', 'monitoring', { 'app.kubernetes.io/part-of': 'kubecost' }, 'kubecost'],
    ['its chart is that of another product', 'monitoring', { chart: 'openfaas-1.2.3', app: 'prometheus' }, 'openfaas'],
    ['its chart is its own, whatever its name label', 'monitoring', { chart: 'prometheus-1.2.3', app: 'db' }, null],
    ['its name label is another product', 'monitoring', { app: 'chaos-mesh' }, 'chaos-mesh'],
    ['it is part of a platform', 'monitoring', { 'app.kubernetes.io/part-of': 'acme-platform' }, null],
    ['its namespace is named after another product', 'kubecost', {}, 'kubecost'],
    ['a word of its namespace is another product', 'team-kubecost', {}, 'team-kubecost'],
    ['another product is only part of a word', 'mykubecost', {}, null],
    [
      'it has a label that only another product uses',
      'monitoring',
      { 'linkerd.io/extension': 'viz' },
      'linkerd.io/extension',
    ],
  ];
  for (const [title, namespace, labels, host] of purposes) {
    it(`${host === null ? 'serves the cluster' : `is special-purpose (${host})`} when ${title}`, () => {
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
    it(`${host === null ? 'serves the cluster' : 'is special-purpose'} when a ${kind} of ${group} owns it`, () => {
      const one = candidate('monitoring/prometheus', {}, {});
      const owned = { ...one, service: { ...one.service, owners: [{ apiVersion: `${group}/v1`, kind, name: 'a' }] } };

      expect(hostProductOf(owned)).to.equal(host);
      expect(hostProductOf({ ...owned, detector: postgresql })).to.equal(null);
    });
  }
});
