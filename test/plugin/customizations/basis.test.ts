import { expect } from 'chai';
import fc from 'fast-check';
import type { Candidate } from '../../../plugin/discovery/decision.ts';
import type { PipelineResult } from '../../../plugin/commands/pipeline/build-result.ts';
import { buildResult } from '../../../plugin/commands/pipeline/build-result.ts';
import { consumerOf, credentialPolicyOf } from '../../../plugin/consumers/index.ts';
import { formatLocation } from '../../../plugin/lib/diagnostic.ts';
import { PluginError } from '../../../plugin/lib/errors.ts';
import type { Data, DataMap } from '../../../plugin/lib/json.ts';
import { isMap } from '../../../plugin/lib/json.ts';
import { locationOf } from '../../../plugin/customizations/provenance.ts';
import { parseSettings } from '../../../plugin/settings/parse-settings.ts';
import { parseYamlFile } from '../../../plugin/settings/yaml/parse.ts';
import type { KubeObject } from '../../cluster/parts/objects.ts';
import { changesOf } from '../../support/git.ts';
import { grafana, prometheus, service } from '../../support/objects.ts';
import { discoverFixture } from '../discovery/fixture.ts';

const metrics = 'prometheus/metrics';
const trusted = { trust: { namespaces: ['monitoring'] } };

function labelled(product: string, namespace: string, port: number): KubeObject {
  return service({
    namespace,
    name: product,
    labels: { 'app.kubernetes.io/name': product },
    ports: [{ name: 'http', port }],
  });
}

function annotated(namespace: string, name: string): KubeObject {
  const annotations = { 'kubernaut.io/toolset': 'true', 'kubernaut.io/toolset-type': 'custom' };
  return service({ namespace, name, annotations });
}

/** What comes of a cluster and Git's files, from the discovery to the toolsets. */
async function run(
  items: readonly KubeObject[],
  files: object,
  spec: object = trusted,
  learned: (one: Candidate) => Candidate = (one) => one,
): Promise<PipelineResult> {
  const { admitted: found, decisions, sources, warnings, live } = await discoverFixture({ items, spec });
  const admitted = found.map(learned);
  const text = JSON.stringify({ apiVersion: 'toolset.kubernaut.ai/v1alpha1', kind: 'ToolsetConfig', spec });
  const settings = parseSettings(parseYamlFile({ name: 'toolset.yaml', text }, 'SETTINGS_INVALID'));
  const consumer = consumerOf(settings.spec.target);
  return buildResult(
    { settings, consumer, customizations: changesOf(files as Record<string, unknown>, consumer) },
    { admitted, decisions, sources, warnings, live },
    credentialPolicyOf(settings.spec, null),
  );
}

function configOf(result: PipelineResult, name = metrics): DataMap {
  return (result.final.toolsets[name] as { config: DataMap }).config;
}

function patched(target: string, ...patch: readonly object[]): object {
  return { 'patches.yaml': [{ target, patch }] };
}

function replaced(path: string, value: Data): object {
  return { op: 'replace', path, value };
}

describe('plugin/customizations/basis', () => {
  const tenant = prometheus('aaa', 'p');
  const realUrl = 'http://prometheus.monitoring.svc.cluster.local:9090';
  const tenantInstance = { name: 'aaa/p', prometheus_url: 'http://p.aaa.svc.cluster.local:9090' };
  const mimir = 'http://mimir.obs.svc:8080/prometheus';

  describe('a patch written for a single backend', () => {
    it('replaces its URL and then all instances, with and without an untrusted backend', async () => {
      const files = patched(metrics, replaced('/config/prometheus_url', mimir));

      for (const items of [[prometheus()], [prometheus(), tenant]])
        expect(configOf(await run(items, files))).to.deep.equal({ prometheus_url: mimir });
    });

    it('adds a key that is not specific to a backend for all of them', async () => {
      const files = patched(metrics, { op: 'add', path: '/config/query_timeout_seconds_default', value: 30 });

      expect(configOf(await run([prometheus(), tenant], files))).to.deep.equal({
        query_timeout_seconds_default: 30,
        instances: [{ name: 'monitoring/prometheus', prometheus_url: realUrl }, tenantInstance],
      });
    });

    it('changes what was generated for that backend, with the location in Git', async () => {
      const spec = { ...trusted, credentials: { 'grafana/dashboards': { api_key: '{{ env.KEY }}' } } };
      const files = patched('grafana/dashboards', replaced('/config/api_key', '{{ env.OTHER }}'));

      const result = await run([grafana(), grafana('aaa')], files, spec);

      const url = 'http://grafana.monitoring.svc.cluster.local:80';
      expect(configOf(result, 'grafana/dashboards')).to.deep.equal({
        instances: [
          { name: 'monitoring/grafana', api_url: url, api_key: '{{ env.OTHER }}' },
          { name: 'aaa/grafana', api_url: 'http://grafana.aaa.svc.cluster.local:80' },
        ],
      });
      const path = ['toolsets', 'grafana/dashboards', 'config', 'instances', 0];
      expect(formatLocation(locationOf(result.provenance.sourceOf([...path, 'api_key'])!))).to.match(/^patches\.yaml:/);
      expect(result.provenance.sourceOf([...path, 'api_url'])).to.equal(null);
    });

    it('applies to the first backend when no namespace is trusted', async () => {
      const files = patched(metrics, { op: 'test', path: '/config/prometheus_url', value: realUrl });

      const { final } = await run([prometheus(), prometheus('zzz')], files, {});

      expect(JSON.stringify(final.toolsets[metrics])).to.include(realUrl).and.to.include('zzz');
    });
  });

  describe('a patch written for several backends', () => {
    it('finds trusted backends in their list, followed by untrusted ones', async () => {
      const spec = { trust: { namespaces: ['monitoring', 'obs'] } };
      const files = patched(metrics, { op: 'add', path: '/config/instances/1/verify_ssl', value: false });

      const { instances } = configOf(await run([prometheus(), prometheus('obs'), tenant], files, spec));

      expect((instances as DataMap[]).map(({ name, verify_ssl: verify }) => [name, verify])).to.deep.equal([
        ['monitoring/prometheus', undefined],
        ['obs/prometheus', false],
        ['aaa/p', undefined],
      ]);
    });

    it('finds all backends when no namespace is trusted', async () => {
      const files = patched(metrics, { op: 'add', path: '/config/instances/1/verify_ssl', value: false });

      const { instances } = configOf(await run([tenant, prometheus()], files, {}));

      expect((instances as DataMap[]).map(({ verify_ssl: verify }) => verify)).to.deep.equal([undefined, false]);
    });
  });

  describe('an override', () => {
    const cases: readonly (readonly [string, DataMap])[] = [
      ['of the URL', { prometheus_url: mimir }],
      ['of the instances', { instances: [{ name: 'own', prometheus_url: mimir }] }],
    ];
    for (const [title, config] of cases) {
      it(`${title} replaces all backends, with and without an untrusted one`, async () => {
        const files = { 'overrides.yaml': { toolsets: { [metrics]: { config } } } };

        for (const items of [[prometheus()], [prometheus(), tenant]])
          expect(configOf(await run(items, files))).to.deep.equal(config);
      });
    }

    it('that removes the instances removes all of them, with and without an untrusted one', async () => {
      const files = { 'overrides.yaml': { toolsets: { [metrics]: { config: { instances: null } } } } };

      for (const items of [[prometheus()], [prometheus(), tenant]])
        expect(configOf(await run(items, files))).to.deep.equal({});
    });

    it('of the list of an HTTP API replaces all of it, while a patch of one of its items does not', async () => {
      const items = [labelled('alertmanager', 'monitoring', 9093), labelled('alertmanager', 'aaa', 9093)];
      const endpoints = [{ hosts: ['http://am.obs.svc:9093'] }];
      const whole = { 'overrides.yaml': { toolsets: { alertmanager: { config: { endpoints } } } } };
      const part = patched('alertmanager', replaced('/config/endpoints/0/health_check_url', 'http://am.obs.svc/up'));

      expect(configOf(await run(items, whole), 'alertmanager').endpoints).to.deep.equal(endpoints);
      const { endpoints: both } = configOf(await run(items, part), 'alertmanager');
      expect((both as DataMap[]).map((one) => one.health_check_url)).to.deep.equal(['http://am.obs.svc/up', undefined]);
    });

    it('that disables a toolset disables it with all of its backends', async () => {
      const files = { 'overrides.yaml': { toolsets: { [metrics]: { enabled: false } } } };

      const { final } = await run([prometheus(), tenant], files);

      expect(final.toolsets[metrics]).to.have.property('enabled', false);
      expect(JSON.stringify(final.toolsets[metrics])).to.not.include('aaa');
    });
  });

  describe('instructions about stores', () => {
    const learned = (one: Candidate): Candidate => ({
      ...one,
      store: { tenants: [], labels: { namespace: `${one.service.namespace}_namespace` }, from: {} },
    });
    const told = (result: PipelineResult): string => JSON.stringify(result.final.toolsets['cluster/stores'] ?? null);

    it('cover all backends, including untrusted ones', async () => {
      const text = told(await run([prometheus(), tenant], {}, trusted, learned));

      expect(text).to.contain('monitoring_namespace').and.to.contain('aaa_namespace');
    });

    it('cover an untrusted backend even when it is the only one with known labels', async () => {
      const ofTenant = (one: Candidate): Candidate => (one.service.namespace === 'aaa' ? learned(one) : one);

      expect(told(await run([prometheus(), tenant], {}, trusted, ofTenant))).to.contain('aaa_namespace');
    });

    it('are those from Git, if Git sets or removes them', async () => {
      const own = { 'overrides.yaml': { toolsets: { 'cluster/stores': { llm_instructions: 'ours' } } } };
      const none = { 'overrides.yaml': { toolsets: { 'cluster/stores': null } } };

      expect(told(await run([prometheus(), tenant], own, trusted, learned))).to.contain('"llm_instructions":"ours"');
      expect(told(await run([prometheus(), tenant], none, trusted, learned))).to.equal('null');
    });
  });

  it('skips a patch that fails only for a toolset of untrusted backends, and reports it', async () => {
    const files = patched('custom/*', replaced('/config/nothing', 1));

    const { findings } = await run([annotated('aaa', 'web')], files);

    expect(findings.map(({ code, message }) => `${code} ${message}`)).to.deep.equal([
      'OVERRIDE_UNUSED does not apply to "custom/aaa/web", and is skipped: none of its backends is trusted',
    ]);
    for (const spec of [{}, { trust: { namespaces: ['aaa'] } }])
      expect(await outcome([annotated('aaa', 'web')], files, spec)).to.equal('PATCH_FAILED');
  });

  const list = (config: DataMap, key: string): readonly DataMap[] =>
    Array.isArray(config[key]) ? (config[key] as readonly DataMap[]) : [];

  /**
   * What HolmesGPT makes of an entry's backends that do not belong to a tenant: each with what stands beside the list,
   * and without its health check, for of several it asks none.
   */
  function ownPart(entry: Data): unknown {
    if (!isMap(entry) || !isMap(entry.config)) return entry;
    const { config, description: _, ...rest } = entry;
    const { instances: __, endpoints: ___, ...shared } = config;
    const items = [...list(config, 'instances'), ...list(config, 'endpoints')];
    const own = items.filter((item) => !/(?:aaa|zzz)\.svc/.test(JSON.stringify(item)));
    const each = own.map(({ name: ____, health_check_url: _____, ...item }) => ({ ...shared, ...item }));
    return { ...rest, backends: items.length === 0 ? [shared] : each };
  }

  /** Of each entry that is not in `theirs` what is not a tenant's, or the code of the error. */
  async function outcome(
    items: readonly KubeObject[],
    files: object,
    spec: object,
    theirs: readonly string[] = [],
  ): Promise<unknown> {
    try {
      const { final } = await run(items, files, spec);
      const entries = Object.entries({ ...final.toolsets, ...final.mcp_servers });
      return Object.fromEntries(
        entries.filter(([name]) => !theirs.includes(name)).map(([name, entry]) => [name, ownPart(entry)]),
      );
    } catch (error) {
      if (error instanceof PluginError) return error.code;
      throw error;
    }
  }

  /** Names of the entries that only these tenants have backends of. */
  async function entriesOf(untrusted: readonly KubeObject[], real: readonly KubeObject[]): Promise<string[]> {
    const { backends } = (await run(real, {})).basis;
    return [...(await run(untrusted, {})).basis.backends.keys()].filter((name) => !backends.has(name));
  }

  it('gives trusted backends and Git the same toolsets or error, whatever untrusted Services exist', async () => {
    const own = [prometheus(), grafana(), labelled('alertmanager', 'monitoring', 9093)];
    const tenants = ['aaa', 'zzz'].flatMap((namespace) => [
      prometheus(namespace, 'p'),
      grafana(namespace),
      labelled('alertmanager', namespace, 9093),
      labelled('loki', namespace, 3100),
      annotated(namespace, 'web'),
    ]);
    const key = '{{ env.KEY }}';
    const anyOverrides = fc.subarray<readonly [string, DataMap | null]>([
      [metrics, { config: { query_timeout_seconds_default: 30 } }],
      [metrics, { config: { additional_headers: { 'X-Scope-OrgID': 'a' } } }],
      [metrics, { config: { prometheus_url: mimir } }],
      [metrics, { config: { instances: [{ name: 'own', prometheus_url: mimir }] } }],
      [metrics, { config: { instances: null } }],
      [metrics, { config: { prometheus_url: null } }],
      [metrics, { enabled: false }],
      ['grafana/dashboards', { enabled: true, config: { api_key: key } }],
      ['alertmanager', { description: 'Alerts', type: 'http' }],
      ['grafana/loki', { config: { timeout_seconds: 20 } }],
      ['grafana/loki', null],
      ['own', { description: 'own', type: 'http', config: { endpoints: [{ hosts: ['http://own.obs.svc'] }] } }],
    ]);
    const anyPatches = fc.subarray([
      { target: metrics, patch: [replaced('/config/prometheus_url', mimir)] },
      { target: metrics, patch: [replaced('/config/instances/0/prometheus_url', mimir)] },
      { target: metrics, patch: [{ op: 'add', path: '/config/verify_ssl', value: false }] },
      { target: 'grafana/*', patch: [replaced('/config/api_url', 'http://grafana.obs.svc')] },
      { target: 'grafana/*', patch: [{ op: 'add', path: '/config/api_key', value: key }] },
      { target: 'grafana/loki', patch: [replaced('/config/instances/0/api_url', mimir)] },
      { target: 'alertmanager', patch: [{ op: 'remove', path: '/config/endpoints/0/health_check_url' }] },
      { target: 'alertmanager', patch: [{ op: 'remove', path: '/config/endpoints/1' }], optional: true },
      { target: 'custom/*', patch: [{ op: 'remove', path: '/config/nothing' }] },
      { target: '*', patch: [{ op: 'add', path: '/tags', value: ['core'] }] },
    ]);
    await fc.assert(
      fc.asyncProperty(
        fc.subarray(own, { minLength: 1 }),
        fc.subarray(tenants),
        anyOverrides,
        anyPatches,
        fc.constantFrom('warn', 'error'),
        async (real, untrusted, overrides, patches, conflict) => {
          const layers = overrides.map(([name, entry], index) => [
            `overrides${String(index)}.yaml`,
            { toolsets: { [name]: entry } },
          ]);
          const files = { ...(Object.fromEntries(layers) as object), 'patches.yaml': patches };
          const spec = { ...trusted, overrides: { conflict } };

          const theirs = await entriesOf(untrusted, real);

          const among = await outcome([...untrusted, ...real], files, spec, theirs);

          expect(among).to.deep.equal(await outcome(real, files, spec, theirs));
        },
      ),
      { numRuns: 300 },
    );
  }).timeout(60_000);
});
