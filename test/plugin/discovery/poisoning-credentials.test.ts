import { expect } from 'chai';
import type { KubeObject } from '../../cluster/parts/objects.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { grafana, prometheus, service } from '../../support/objects.ts';
import { runFixture } from './fixture.ts';

/**
 * A tenant who may create Services in one namespace, with servers behind them that answer as the real products do,
 * against a cluster with a namespace `monitoring` that is trusted.
 */
describe('plugin/discovery/poisoning-credentials', () => {
  const folder = temporaryFolder();
  const trust = { trust: { namespaces: ['monitoring'] } };
  const secret = '{{ env.GRAFANA_API_KEY }}';
  const spec = { ...trust, credentials: { 'grafana/dashboards': { api_key: secret } } };
  // Sorts before `monitoring`.
  const tenant = 'aaa';

  /** What the consumer sends to hosts of the tenant: their own entries, and what stands beside lists for all. */
  function sentToTenant(toolsets: object): string {
    const host = `.${tenant}.svc`;
    return Object.values(toolsets)
      .flatMap(({ config = {} }: { config?: Record<string, unknown> }) => {
        if (!JSON.stringify(config).includes(host)) return [];
        const { instances, endpoints, clusters, ...globals } = config;
        const each = [instances, endpoints, clusters].flat().map((one) => JSON.stringify(one ?? ''));
        return [JSON.stringify(globals), ...each.filter((text) => text.includes(host))];
      })
      .join('\n');
  }

  it('withholds the credential from an untrusted Grafana, even if it is the only one', async () => {
    const { toolsets, decisionOf } = await runFixture(folder, { spec, items: [grafana(tenant)] });

    expect(decisionOf(`${tenant}/grafana`)).to.match(/^selected/);
    expect(toolsets['grafana/dashboards']?.config).to.have.all.keys('api_url');
  });

  it('gives the credential only to the trusted one of two instances', async () => {
    const { toolsets } = await runFixture(folder, { spec, items: [grafana(), grafana(tenant)] });

    const { instances } = toolsets['grafana/dashboards']!.config as { instances: { name: string }[] };
    expect(instances).to.deep.equal([
      { name: 'monitoring/grafana', api_url: 'http://grafana.monitoring.svc.cluster.local:80', api_key: secret },
      { name: 'aaa/grafana', api_url: 'http://grafana.aaa.svc.cluster.local:80' },
    ]);
  });

  const merged: readonly (readonly [string, string, readonly KubeObject[], object])[] = [
    ['a partial override', 'grafana/dashboards', [grafana(tenant)], { api_key: secret }],
    ['an override beside instances', 'grafana/dashboards', [grafana(), grafana(tenant)], { api_key: secret }],
    [
      'headers in an override beside instances',
      'prometheus/metrics',
      [prometheus(), prometheus(tenant)],
      { additional_headers: { Authorization: 'Bearer {{ env.GRAFANA_API_KEY }}' } },
    ],
    [
      'an override that removes the URL',
      'prometheus/metrics',
      [prometheus(), prometheus(tenant)],
      { prometheus_url: null, additional_headers: { Authorization: 'Bearer {{ env.GRAFANA_API_KEY }}' } },
    ],
    [
      'default headers of HTTP endpoints',
      'alertmanager',
      [alertmanager('monitoring'), alertmanager(tenant)],
      { default_headers: { 'X-Auth': 'GRAFANA_API_KEY in the clear' } },
    ],
    [
      'a user name and password',
      'grafana/dashboards',
      [grafana(), grafana(tenant)],
      { username: 'GRAFANA_API_KEY', password: 'GRAFANA_API_KEY' },
    ],
  ];
  for (const [title, toolset, items, config] of merged) {
    it(`withholds the credential from an untrusted backend despite ${title}`, async () => {
      const overrides = { toolsets: { [toolset]: { config } } };

      const { toolsets, explanation } = await runFixture(folder, { spec: trust, items, overrides });

      expect(sentToTenant(toolsets)).to.include('aaa.svc').and.not.include('GRAFANA_API_KEY');
      expect(explanation.warnings.map(({ code }) => code)).to.include('CREDENTIAL_WITHHELD');
    });
  }

  it('denies an untrusted Service that matches a custom detector whose template holds a credential', async () => {
    const template = { type: 'http', config: { endpoints: [{ hosts: ['${url}'], auth: { token: secret } }] } };
    const detector = { id: 'own', match: [{ names: ['own'] }], toolset: { name: 'own-${namespace}', template } };
    const items = [service({ name: 'own' }), service({ name: 'own', namespace: tenant })];

    const { toolsets, decisionOf } = await runFixture(folder, {
      spec: { ...trust, customDetectors: [detector] },
      items,
    });

    expect(Object.keys(toolsets)).to.deep.equal(['kubernetes/core', 'own-monitoring']);
    expect(decisionOf('aaa/own')).to.equal('denied: UntrustedTemplate');
  });

  it('withholds the credential from another host that a trusted Service names', async () => {
    const away = grafana();
    const annotations = {
      'kubernaut.io/toolset': 'true',
      'kubernaut.io/toolset-endpoint': 'http://grafana.monitoring.svc.example.com',
    };
    const items = [{ ...away, metadata: { ...away.metadata, annotations } }];
    const foreign = { ...spec, trust: { ...trust.trust, foreignEndpoints: true } };

    const { toolsets } = await runFixture(folder, { spec: foreign, items });

    expect(toolsets['grafana/dashboards']?.config).to.deep.equal({
      api_url: 'http://grafana.monitoring.svc.example.com:80',
    });
  });

  function alertmanager(namespace: string): KubeObject {
    return service({ namespace, name: 'am', labels: { app: 'alertmanager' }, ports: [{ name: 'web', port: 9093 }] });
  }
});
