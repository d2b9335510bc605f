import { expect } from 'chai';
import { parse } from 'yaml';
import { until } from '../../support/until.ts';
import { apiScene, files } from './scene.ts';
import type { List } from './scene.ts';
import { endpointSlice, service } from '../support/backends.ts';
import { gitFolder, toolsetYaml } from '../support/program.ts';

const configMap = 'holmesgpt/custom-toolsets-configmap';
/** What HolmesGPT 0.45 enables by itself. */
const implicitlyEnabled = ['bash', 'connectivity_check', 'core_investigation', 'internet', 'kubernetes/logs', 'skills'];

interface Explained {
  readonly namespace: string;
  readonly name: string;
  readonly decision: string;
  readonly phase: string;
  readonly type: string | null;
}

interface Application {
  readonly outOfDate: boolean;
  readonly outOfDateSince: string | null;
  readonly cause: string;
  readonly reason: string | null;
  readonly message: string | null;
  readonly lastRequest: { readonly request: string; readonly result: string } | null;
  readonly digest: string;
  readonly desired: string;
}

describe('cluster/api', () => {
  const scene = apiScene();

  it('explains every Service as the explain command does', async () => {
    const path = await gitFolder(scene.cluster.folder, files);
    const kubeconfig = await scene.cluster.kubeconfig();
    const { stdout } = await scene.program.run(['explain', '-o', 'json', '--path', path, '--kubeconfig', kubeconfig]);

    const query = ['selected', 'redundant', 'unhealthy', 'rejected', 'denied', 'ignored'];
    const { items } = await scene.list(`/api/v1/explain?${query.map((one) => `decision=${one}`).join('&')}`);

    const { services } = JSON.parse(stdout) as { readonly services: readonly Record<string, unknown>[] };
    const shared = services.map(({ detector, ...rest }) => ({ ...rest, type: detector }));
    expect(items.map(({ cluster: _cluster, configMap: _, endpoints, phase, ...rest }) => rest)).to.have.deep.members(
      shared,
    );
    expect(items.map(({ namespace, name }) => `${String(namespace)}/${String(name)}`)).to.deep.equal(
      services.map(({ namespace, name }) => `${String(namespace)}/${String(name)}`),
    );
  });

  it('omits ignored Services from an explanation by default', async () => {
    const decisions = async (query: string): Promise<string[]> =>
      (await scene.list<Explained>(`/api/v1/explain${query}`)).items.map(
        ({ name, decision, phase }) => `${name} ${decision} ${phase}`,
      );

    expect(await decisions('')).to.deep.equal([
      'grafana unhealthy Unhealthy',
      'prometheus selected Active',
      'prometheus-node-exporter rejected Excluded',
    ]);
    expect(await decisions('?decision=ignored&namespace=shop')).to.deep.equal(['web ignored Ignored']);
  });

  it('searches, sorts and pages', async () => {
    const names = async (query: string): Promise<string[]> =>
      (await scene.list<Explained>(`/api/v1/explain?${query}`)).items.map(({ name }) => name);

    expect(await names('search=EXPORTER')).to.deep.equal(['prometheus-node-exporter']);
    expect(await names('sort=decision')).to.deep.equal(['prometheus-node-exporter', 'prometheus', 'grafana']);
    expect(await names('sort=service&order=descending')).to.deep.equal([
      'prometheus-node-exporter',
      'prometheus',
      'grafana',
    ]);
    const { items, page } = await scene.list<Explained>('/api/v1/explain?limit=1&offset=1');
    expect(items.map(({ name }) => name)).to.deep.equal(['prometheus']);
    expect(page).to.deep.equal({ limit: 1, offset: 1, total: 3 });
  });

  it('lists discovered Services, filtered by namespace and type', async () => {
    const names = async (query: string): Promise<string[]> =>
      (await scene.list<Explained>(`/api/v1/services${query}`)).items.map(({ name }) => name);

    expect(await names('')).to.deep.equal(['grafana', 'prometheus']);
    expect(await names('?type=grafana')).to.deep.equal(['grafana']);
    expect(await names('?namespace=shop')).to.deep.equal([]);
  });

  it('counts ConfigMaps and discovered Services, with a request ID and rate limit headers', async () => {
    const { json, headers } = await scene.ask('/api/v1/statistics');

    expect(json).to.deep.equal({
      configMaps: { total: 1, upToDate: 1, outOfDate: 0, empty: 0, problem: 0 },
      services: [
        { type: 'grafana', decision: 'unhealthy', reason: 'NotReady', count: 1 },
        { type: 'prometheus', decision: 'selected', reason: 'AlreadyAdmitted', count: 1 },
      ],
    });
    expect(headers['x-request-id']).to.match(/^[0-9a-f-]{36}$/);
    expect(headers['ratelimit-policy']).to.equal('"requests";q=1000;w=5');
  });

  it('shows the origin and the overrides of each toolset', async () => {
    const { items } = await scene.list('/api/v1/toolsets');

    expect(
      items.map(({ name, enabled, origin, healthy, overridden }) => ({ name, enabled, origin, healthy, overridden })),
    ).to.deep.equal([
      { name: 'kafka/admin', enabled: false, origin: 'override', healthy: null, overridden: [''] },
      { name: 'kubernetes/core', enabled: true, origin: 'default', healthy: null, overridden: [] },
      {
        name: 'prometheus/metrics',
        enabled: true,
        origin: 'discovered',
        healthy: true,
        overridden: ['/config/headers'],
      },
      ...implicitlyEnabled.map((name) => ({ name, enabled: true, origin: 'consumer', healthy: null, overridden: [] })),
    ]);
  });

  it('filters toolsets by enabled and healthy', async () => {
    const names = async (query: string): Promise<unknown[]> =>
      (await scene.list(`/api/v1/toolsets?${query}`)).items.map(({ name }) => name);

    expect(await names('enabled=false')).to.deep.equal(['kafka/admin']);
    expect(await names('healthy=true')).to.deep.equal(['prometheus/metrics']);
    expect(await names('healthy=false')).to.deep.equal([]);
  });

  for (const written of ['prometheus/metrics', 'prometheus%2Fmetrics']) {
    it(`shows a toolset by its name, written as ${written}`, async () => {
      const { json } = await scene.ask(`/api/v1/toolsets/${written}`);

      const [item] = (json as List).items;
      expect(item).to.deep.include({ configMap, withheld: null });
      expect(item!.entry).to.deep.include({ enabled: true });
    });
  }

  it('withholds an entry that may contain a secret', async () => {
    const leaky = 'toolsets:\n  leaky:\n    enabled: true\n    config:\n      api_key: "glsa_0123456789abcdefghij"\n';
    const patch = JSON.stringify({ data: { 'custom_toolset.yaml': leaky } });
    const target = ['--namespace', 'holmesgpt', 'configmap', 'custom-toolsets-configmap'];
    await scene.cluster.kubectl(['patch', ...target, '--type', 'merge', '--patch', patch]);
    let answer = await scene.ask('/api/v1/toolsets/leaky');
    await until('the edit is seen', async () => {
      answer = await scene.ask('/api/v1/toolsets/leaky');
      return answer.status === 200;
    });

    const [item] = (answer.json as List).items;
    expect(item).to.deep.include({ name: 'leaky', origin: 'override', entry: null });
    expect(item!.withheld).to.match(/looks like a secret/);
    expect(answer.text).not.to.include('glsa_');
    await scene.manage('one', files);
  });

  it('shows which ConfigMap is out of date, since when and why, and the last request to Argo CD', async () => {
    await scene.cluster.apply([service('logging', 'loki', 3100), endpointSlice('logging', 'loki', { ready: 1 })]);
    const list = async (query: string): Promise<unknown[]> =>
      (await scene.list(`/api/v1/applications?${query}`)).items.map((item) => item.configMap);
    const read = async (): Promise<Application> => (await scene.list<Application>('/api/v1/applications')).items[0]!;
    await until('a request is sent', async () => (await read()).lastRequest !== null);

    const application = await read();
    expect(application).to.deep.include({ configMap, application: 'argocd/one', project: 'default', outOfDate: true });
    expect(application.digest).not.to.equal(application.desired);
    expect(Date.parse(application.outOfDateSince ?? '')).to.be.closeTo(Date.now(), 60_000);
    expect(application.cause).to.be.oneOf(['services', 'endpoints']);
    expect(application.lastRequest).to.deep.include({ request: 'refresh', result: 'accepted' });
    expect(application.reason).to.equal('Refreshing');
    expect(application.message).to.be.a('string').and.not.equal('');
    expect(await list('outOfDate=true')).to.deep.equal([configMap]);
    expect(await list('outOfDate=false')).to.deep.equal([]);
    const { items } = await scene.list('/api/v1/toolsets');
    expect(items.find(({ name }) => name === 'grafana/loki')).to.deep.include({ applied: false, overridden: null });
    await scene.manage('one', files);
    await until('it is up to date', async () => !(await read()).outOfDate);
    expect(await read()).to.deep.include({ outOfDateSince: null, reason: null, message: null });
    expect(await list('outOfDate=false')).to.deep.equal([configMap]);
  });

  it('shows the consumer and the settings of a ConfigMap', async () => {
    const { items } = await scene.list('/api/v1/configmaps');

    const told = items.map(({ warnings, ...others }) => ({
      ...others,
      warnings: (warnings as { readonly code: string }[]).map(({ code }) => code),
    }));
    expect(told).to.deep.equal([
      {
        cluster: 'in-cluster',
        configMap,
        application: 'argocd/one',
        consumer: 'HolmesGPT 0.45',
        problem: null,
        phase: 'up-to-date',
        phases: { Active: 2, Pending: 0, Leaving: 0, Unhealthy: 1, Unproved: 0 },
        warnings: ['OVERRIDE_UNUSED'],
        settings: { health: { check: 'readiness' }, target: { format: 'holmesgpt', version: '0.45' } },
        services: { selected: 2, redundant: 0, unhealthy: 1 },
      },
    ]);
  });

  it('discovers on request, and returns the result', async () => {
    const { status, json } = await scene.ask('/api/v1/discover', { method: 'POST', body: { configMap } });

    expect(status).to.equal(200);
    const [item] = (json as { readonly items: readonly object[] }).items;
    expect(item).to.deep.include({ configMap, outOfDate: false, problem: null, unhealthy: ['monitoring/grafana'] });
    expect(item).to.deep.include({ selected: ['logging/loki', 'monitoring/prometheus'] });
  });

  it('validates files, with the location of each diagnostic', async () => {
    const overrides = 'toolsets:\n  prometheus/metrics:\n    cnfig: {}\n';
    const { json } = await scene.ask('/api/v1/toolsets/validate', {
      method: 'POST',
      body: { files: { 'overrides.yaml': overrides } },
    });

    const { valid, findings } = json as { readonly valid: boolean; readonly findings: readonly object[] };
    expect(valid).to.equal(false);
    expect(findings).to.have.lengthOf(1);
    expect(findings[0]).to.deep.include({ code: 'OVERRIDE_REJECTED', file: 'overrides.yaml', line: 3, column: 5 });
  });

  it('serves other requests while it validates hostile files', async () => {
    const hostile = `toolsets:\n${'  ? [[[[[[[[\n'.repeat(40_000)}`;
    const checking = scene.ask('/api/v1/toolsets/validate', {
      method: 'POST',
      body: { files: { 'overrides.yaml': hostile } },
    });
    const first = await Promise.race([checking, scene.ask('/healthz')]);

    expect(first.text).to.equal('ok\n');
    expect((await checking).status).to.be.oneOf([200, 422]);
  });

  it('generates the same as the generate command for the same settings, and writes nothing', async () => {
    const kubeconfig = await scene.cluster.kubeconfig();
    const live = ['get', 'configmaps', '-A', '-o', 'jsonpath={.items[*].metadata.resourceVersion}'];
    const before = await scene.cluster.kubectl(live);

    for (const settings of [
      {},
      { target: { format: 'grafana-datasources' }, trust: { namespaces: ['monitoring'] } },
      { discovery: { namespaces: { exclude: ['logging'] } }, detectors: { grafana: { enabled: false } } },
    ]) {
      const spec = { health: { check: 'readiness' }, ...settings };
      const path = await gitFolder(scene.cluster.folder, { 'toolset.yaml': toolsetYaml(spec) });
      const printed = parse(
        (await scene.program.run(['generate', '--path', path, '--kubeconfig', kubeconfig])).stdout,
      ) as {
        readonly data: object;
      };

      const { status, json } = await scene.ask('/api/v1/toolsets/generate', { method: 'POST', body: { settings } });

      expect(status).to.equal(200);
      expect((json as { readonly data: object }).data).to.deep.equal(printed.data);
    }
    expect(await scene.cluster.kubectl(live)).to.equal(before);
  });

  const refused: readonly (readonly [about: string, settings: object, pointer: string])[] = [
    ['custom detectors', { customDetectors: [] }, '/settings/customDetectors'],
    ['a health check that probes backends', { health: { check: 'http' } }, '/settings/health/check'],
    [
      'a Service selector, whose labels may not be cached',
      { discovery: { services: {} } },
      '/settings/discovery/services',
    ],
    ['101 globs', { trust: { namespaces: Array<string>(101).fill('a') } }, '/settings/trust/namespaces'],
    ['credentials', { credentials: {} }, '/settings/credentials'],
  ];
  for (const [about, settings, pointer] of refused) {
    it(`refuses to generate from settings that a caller may not give: ${about}`, async () => {
      const { status, json } = await scene.ask('/api/v1/toolsets/generate', { method: 'POST', body: { settings } });

      expect(status).to.equal(400);
      expect(JSON.stringify(json)).to.include(`"pointer":"${pointer}"`);
    });
  }

  it('responds with 304 while nothing has changed', async () => {
    const { headers } = await scene.ask('/api/v1/explain');
    const again = await scene.ask('/api/v1/explain', { headers: { 'if-none-match': headers.etag! } });

    expect(again.status).to.equal(304);
    expect(again.text).to.equal('');
  });
});
