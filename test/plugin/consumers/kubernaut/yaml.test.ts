import { expect } from 'chai';
import { parse } from 'yaml';
import { kubernaut } from '../../../../plugin/consumers/kubernaut/yaml.ts';
import type { ConsumerIssue } from '../../../../plugin/consumers/consumer.ts';
import type { DataMap } from '../../../../plugin/lib/json.ts';
import { failure } from '../../../support/failure.ts';
import { grafana, prometheus, service } from '../../../support/objects.ts';
import { key, said } from './assert-printed.ts';

const mimir = service({
  name: 'mimir-query-frontend',
  labels: { 'app.kubernetes.io/name': 'mimir', 'app.kubernetes.io/component': 'query-frontend' },
  ports: [{ name: 'http-metrics', port: 8080 }],
});

describe('plugin/consumers/kubernaut/yaml', () => {
  it('prints a key for each type, and always one for Kubernetes itself', async () => {
    const { data } = await said(kubernaut, [prometheus(), grafana()]);

    expect(
      Object.fromEntries(Object.entries(data).map(([name, text]) => [name, parse(text) as unknown])),
    ).to.deep.equal({
      'kubernetes-toolset.yaml': {
        toolset: 'kubernetes',
        enabled: true,
        config: { incluster: true, namespaces: ['*'] },
      },
      'prometheus-toolset.yaml': {
        toolset: 'prometheus',
        enabled: true,
        config: { url: 'http://prometheus.monitoring.svc.cluster.local:9090', namespace: 'monitoring' },
      },
      'grafana-toolset.yaml': {
        toolset: 'grafana',
        enabled: true,
        config: { url: 'http://grafana.monitoring.svc.cluster.local:80', namespace: 'monitoring' },
      },
    });
  });

  it('prints the headers that a query needs', async () => {
    const { data } = await said(kubernaut, [mimir]);

    expect(parse(data['prometheus-toolset.yaml'] ?? '')).to.deep.include({
      config: {
        url: 'http://mimir-query-frontend.monitoring.svc.cluster.local:8080/prometheus',
        namespace: 'monitoring',
        headers: { 'X-Scope-OrgID': 'anonymous' },
      },
    });
  });

  it('prints overrides.yaml as it is in Git, including comments', async () => {
    const overrides = '# ours\nprometheus: {enabled: false}\n';

    expect((await said(kubernaut, [], { overrides })).data['overrides.yaml']).to.equal(overrides);
    expect((await said(kubernaut, [])).data).not.to.have.property('overrides.yaml');
  });

  it('prints a toolset as disabled without the required credential, and as enabled with it', async () => {
    const without = await said(kubernaut, [grafana()], { needsCredential: true });
    const credentials = { grafana: { api_key: '{{ env.KEY }}' } };
    const given = await said(kubernaut, [grafana()], { needsCredential: true, credentials });

    expect(parse(without.data['grafana-toolset.yaml'] ?? '')).to.include({ enabled: false });
    expect(without.unusable).to.deep.equal([
      'grafana: monitoring/grafana answers only with a credential; name one in spec.credentials and trust its namespace in spec.trust.namespaces',
    ]);
    expect(parse(given.data['grafana-toolset.yaml'] ?? '')).to.deep.include({
      enabled: true,
      config: {
        url: 'http://grafana.monitoring.svc.cluster.local:80',
        namespace: 'monitoring',
        api_key: '{{ env.KEY }}',
      },
    });
    expect(given.unusable).to.deep.equal([]);
  });

  it('gives no credential to an untrusted namespace', async () => {
    const credentials = { grafana: { api_key: '{{ env.KEY }}' } };

    const { data, unusable } = await said(kubernaut, [grafana('theirs')], { needsCredential: true, credentials });

    expect(JSON.stringify(data)).not.to.include('env.KEY');
    expect(unusable).to.have.length(1);
  });

  it('reads back what it prints', async () => {
    const { data, file } = await said(kubernaut, [prometheus(), grafana()]);

    expect(kubernaut.read({ ...data, 'overrides.yaml': '# not a toolset' }, key)).to.deep.equal(file);
  });

  it('names the type after the entry, and warns of a different name in Git', () => {
    const entry = { toolset: 'store', enabled: true };

    const data = kubernaut.data({ toolsets: { shop: entry }, mcp_servers: {} }, key, null);

    expect(parse(data['shop-toolset.yaml'] ?? '')).to.deep.equal({ toolset: 'shop', enabled: true });
    const told = (shop: DataMap): readonly ConsumerIssue[] | undefined =>
      kubernaut.validateNames?.({ toolsets: { shop }, mcp_servers: {} }).map(({ issue }) => issue);
    expect(told({ ...entry, toolset: 'shop' })).to.deep.equal([]);
    expect(told(entry)).to.deep.equal([
      {
        path: ['toolset'],
        part: 'value',
        effect: 'unused',
        message: 'toolset: the name of the entry is "shop", and that is printed',
        hint: 'give the entry the name that you mean, or remove this key',
      },
    ]);
  });

  const unreadable = [
    { title: 'empty data', data: {} },
    { title: 'invalid YAML', data: { 'prometheus-toolset.yaml': '[' } },
    { title: 'a list', data: { 'prometheus-toolset.yaml': '- a\n' } },
  ];
  for (const { title, data } of unreadable) {
    it(`rejects ${title} as a toolset file`, () => {
      expect(kubernaut.read(data, key)).to.equal(null);
    });
  }

  for (const name of ['a b', 'a/b', 'é', 'x'.repeat(241), '', '..a']) {
    it(`rejects ${JSON.stringify(name.slice(0, 10))} (${name.length} characters) as a key of the ConfigMap`, async () => {
      const error = await failure(() => {
        kubernaut.assertAccepted({ toolsets: { [name]: { enabled: true } }, mcp_servers: {} });
      });

      expect(error.code).to.equal('OUTPUT_INVALID');
      expect(error.message).to.match(/^the toolset ".*" cannot be a key of the ConfigMap$/);
    });
  }
});
