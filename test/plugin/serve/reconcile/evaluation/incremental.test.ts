import { expect } from 'chai';
import fc from 'fast-check';
import { probeReason } from '../../../../../plugin/cluster/probe/probe-reasons.ts';
import type { Prober } from '../../../../../plugin/cluster/probe/probe.ts';
import type { StoreReader } from '../../../../../plugin/cluster/stores/question.ts';
import type { ManagedConfigMap } from '../../../../../plugin/serve/reconcile/managed-config-map.ts';
import type { ConfigMapMetadata } from '../../../../../plugin/serve/reconcile/config-map-metadata.ts';
import { readConfigMapMetadata } from '../../../../../plugin/serve/reconcile/config-map-metadata.ts';
import { CandidateGroups } from '../../../../../plugin/serve/reconcile/candidate-groups.ts';
import { KeptKeysOfConfigMaps } from '../../../../../plugin/serve/reconcile/kept-keys.ts';
import { desiredStateOf } from '../../../../../plugin/serve/reconcile/evaluation/desired-state.ts';
import { clusterEvidence } from '../../../../../plugin/discovery/evidence/reader.ts';
import type { ProjectPolicy } from '../../../../../plugin/settings/policy.ts';
import type { KubeObject } from '../../../../cluster/parts/objects.ts';
import { service, slice } from '../../../../support/objects.ts';
import { clusterModel } from '../../cluster-model.ts';
import type { ClusterModel } from '../../cluster-model.ts';
import { digestIn, generated } from '../../generated.ts';

const namespaces = ['monitoring', 'team-a', 'team-b'];
const names = ['prometheus', 'prometheus-2', 'grafana', 'tool'];
const prod = { matchLabels: { tier: 'prod' } };

/** What Git may say: each names something that decides by another part of the cluster. */
const specs: readonly Readonly<Record<string, unknown>>[] = [
  {},
  { health: { check: 'readiness', evictAfter: '1m' } },
  { health: { check: 'none' }, discovery: { namespaces: { include: ['team-*'], exclude: ['team-b'] } } },
  { discovery: { namespaces: { selector: prod } } },
  { discovery: { namespaces: { include: ['monitoring', 'team-a'] } }, health: { check: 'readiness' } },
  {
    trust: { namespaces: ['monitoring'] },
    credentials: { 'grafana/dashboards': { api_key: '{{ env.GRAFANA_API_KEY }}' } },
  },
  { discovery: { services: { selector: prod }, instances: 'best' }, detectors: { grafana: { enabled: false } } },
  {
    customDetectors: [
      {
        id: 'tool',
        match: [{ names: ['tool*'] }],
        health: { path: '/up' },
        toolset: { name: 'tool', template: { description: 'ours', config: { url: '${url}' } } },
      },
    ],
  },
  { target: { format: 'kubernaut' }, trust: { foreignEndpoints: true } },
  { target: { format: 'grafana-datasources', plugins: ['*'] }, trust: { namespaces: ['team-a'] } },
  { target: { format: 'kubernaut-helm' } },
  { target: { version: '0.16' } },
  { stores: [{ namespace: 'team-*', tenants: ['ours'] }], target: { cluster: { label: 'cluster', value: 'here' } } },
  { target: { maxToolTokens: 9_000, budget: 'enforce' } },
];

const policies: readonly (ProjectPolicy | null)[] = [
  null,
  { include: ['*'], exclude: ['team-b'], trust: null, clusters: [] },
  { include: ['monitoring', 'team-a'], exclude: [], trust: ['team-a'], clusters: [] },
];

/** One thing that happens; the numbers choose among what there is. */
type Happening =
  | { readonly kind: 'object'; readonly objects: readonly KubeObject[] }
  | { readonly kind: 'gone'; readonly objects: readonly KubeObject[] }
  | { readonly kind: 'settings'; readonly configMap: number; readonly spec: number; readonly policy: number }
  | { readonly kind: 'applied' | 'deleted'; readonly configMap: number }
  | { readonly kind: 'time'; readonly ms: number };

const place = fc.record({ namespace: fc.constantFrom(...namespaces), name: fc.constantFrom(...names) });

const aService = fc
  .record({
    place,
    product: fc.constantFrom('', '', '', 'prometheus', 'grafana', 'elasticsearch', 'loki', 'mimir', 'something'),
    tier: fc.option(fc.constantFrom('prod', 'test')),
    annotations: fc.constantFrom<Readonly<Record<string, string>>>(
      ...Array.from({ length: 8 }, () => ({})),
      { 'kubernaut.io/toolset': 'false' },
      { 'kubernaut.io/toolset-tenant': 'team-a' },
      { 'kubernaut.io/toolset': 'true', 'kubernaut.io/toolset-type': 'grafana' },
      { 'kubernaut.io/toolset': 'enabled', 'kubernaut.io/toolset-endpoint': 'http://elsewhere.example:80' },
      { 'kubernaut.io/toolset': 'true', 'kubernaut.io/toolset-type': 'custom', 'kubernaut.io/toolset-name': 'mine' },
    ),
    ports: fc.constantFrom(
      [{ name: 'web', port: 9090 }],
      [{ name: 'http', port: 80 }],
      [{ port: 9200 }],
      [{ name: 'http-metrics', port: 3100 }],
      [{ name: 'https', port: 443 }],
    ),
    app: fc.constantFrom('one', 'two', 'three'),
    headless: fc.boolean(),
  })
  .map(({ place: where, product, tier, annotations, ports, app, headless }) => {
    const labels = {
      'app.kubernetes.io/name': product === '' ? where.name.replace(/-\d/, '') : product,
      ...(tier === null ? {} : { tier }),
    };
    const made = service({ ...where, labels, annotations, ports, selector: { app } });
    return headless ? { ...made, spec: { ...(made.spec as object), clusterIP: 'None' } } : made;
  });

const aSlice = fc
  .record({
    place,
    suffix: fc.constantFrom('a', 'b'),
    ready: fc.nat(1),
    notReady: fc.nat(1),
    changedMinutesAgo: fc.option(fc.integer({ min: -1, max: 12 })),
    port: fc.option(fc.constantFrom(9090, 3000)),
  })
  .map(({ place: where, suffix, ready, notReady, changedMinutesAgo, port }) => {
    const changed =
      changedMinutesAgo === null ? {} : { changedAt: new Date(start - changedMinutesAgo * 60_000).toISOString() };
    const made = slice(service(where), { ready, notReady, ...changed });
    const metadata = { ...made.metadata, name: `${where.name}-${suffix}` };
    return { ...made, metadata, ports: port === null ? [] : [{ name: 'web', port }] };
  });

const aNamespace = fc
  .record({ name: fc.constantFrom(...namespaces), tier: fc.constantFrom('prod', 'test') })
  .map(({ name, tier }) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { tier } } }));

const anObject = fc.oneof(aService, aSlice, aSlice, aNamespace);
const objects = fc.array(anObject, { minLength: 1, maxLength: 3 });
const configMap = fc.nat(3);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('object'), objects }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('gone'), objects }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('settings'),
      configMap,
      spec: fc.nat(specs.length - 1),
      policy: fc.nat(policies.length - 1),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('applied', 'deleted'), configMap }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('time'), ms: fc.integer({ min: 1, max: 600_000 }) }) },
);

/** A cluster in which something is, and ConfigMaps with any of the settings. */
const beginning: fc.Arbitrary<readonly Happening[]> = fc
  .tuple(fc.array(anObject, { minLength: 20, maxLength: 40 }), fc.shuffledSubarray([...specs.keys()], { minLength: 4 }))
  .map(([some, [a = 0, b = 0, c = 0, d = 0]]) => [
    { kind: 'object', objects: some },
    ...[a, b, c, d].map((spec, index) => ({ kind: 'settings' as const, configMap: index, spec, policy: 0 })),
  ]);

const start = Date.parse('2026-01-01T00:00:00Z');

/** Half of all backends answer, some only with a credential. */
const prober: Prober = ({ target }) => {
  const sum = Buffer.from(target).reduce((total, byte) => total + byte, 0);
  return Promise.resolve({ healthy: sum % 2 === 0, needsCredential: sum % 3 === 0, ...probeReason('ProbePending') });
};

/** Two of three stores tell something, with the last tenant that they are asked with. */
const stores: StoreReader = ({ url, tenants, clusterLabels }) => {
  const sum = Buffer.from(url).reduce((total, byte) => total + byte, 0);
  if (sum % 3 === 0) return { noFacts: 'Empty' };
  const names = new Set(['k8s_namespace_name', 'cluster']);
  const clusterLabel = clusterLabels.find((label) => names.has(label)) ?? null;
  const tenant = tenants.at(-1) ?? null;
  return { content: { tenants: tenant === null ? [] : [tenant], names, clusterLabel, clusters: null } };
};

describe('plugin/serve/reconcile/evaluation/incremental', () => {
  it('agrees with a fresh run of generate for each ConfigMap, whatever happens in the cluster', async function () {
    this.timeout(120_000);
    await fc.assert(
      fc.asyncProperty(beginning, fc.array(happening, { minLength: 10, maxLength: 40 }), async (first, then) => {
        const world = createWorld();
        for (const one of [...first, ...then]) {
          await world.happen(one);
          expect(await world.fresh(), JSON.stringify(one)).to.deep.equal(world.wanted());
        }
      }),
      { numRuns: 15 },
    );
  });
});

interface Known {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly policy: ProjectPolicy | null;
  wanted: string;
  dueAt: number | null;
}

interface World {
  /** Looks again at those ConfigMaps alone that `groups` names, and at those whose time has come. */
  readonly happen: (happening: Happening) => Promise<void>;
  readonly wanted: () => Readonly<Record<string, string>>;
  readonly fresh: () => Promise<Readonly<Record<string, string | undefined>>>;
}

function createWorld(): World {
  let now = start;
  const model = clusterModel(() => now);
  const groups = new CandidateGroups(model.caches);
  const keys = new KeptKeysOfConfigMaps(model.caches);
  const known = new Map<string, Known>();
  const affected = new Set<string>();
  listen(model, groups, affected);

  const write = async (name: string, { spec, policy }: Pick<Known, 'spec' | 'policy'>): Promise<ManagedConfigMap> =>
    generated({ name, spec, policy, prober, stores, cluster: model.cluster });
  const look = async (key: string, one: Known): Promise<void> => {
    const metadata = readConfigMapMetadata(model.caches.configMaps.get(key)!) as ConfigMapMetadata;
    await keys.include(metadata.spec);
    const candidates = groups.join(key, metadata, one.policy);
    const readers = { prober, stores, evidence: clusterEvidence(model.cluster) };
    const { digest, dueAt } = await desiredStateOf({ metadata, candidates, caches: model.caches, readers, now });
    Object.assign(one, { wanted: digest, dueAt });
  };
  const happen = async (happening: Happening): Promise<void> => {
    switch (happening.kind) {
      case 'object':
        happening.objects.forEach(model.put);
        return;
      case 'gone':
        happening.objects.forEach(model.remove);
        return;
      case 'time':
        now += happening.ms;
        return;
      case 'settings': {
        const name = `c${happening.configMap}`;
        const one = { spec: specs[happening.spec]!, policy: policies[happening.policy]!, wanted: '', dueAt: null };
        known.set(`holmesgpt/${name}`, one);
        model.putConfigMap(await write(name, one));
        affected.add(`holmesgpt/${name}`);
        return;
      }
      case 'applied': {
        const name = `c${happening.configMap}`;
        const one = known.get(`holmesgpt/${name}`);
        if (one) model.putConfigMap(await write(name, one));
        return;
      }
      case 'deleted':
        known.delete(`holmesgpt/c${happening.configMap}`);
        groups.leave(`holmesgpt/c${happening.configMap}`);
        model.removeConfigMap(`holmesgpt/c${happening.configMap}`);
    }
  };
  return {
    happen: async (happening) => {
      affected.clear();
      await happen(happening);
      for (const [key, one] of known)
        if (affected.has(key) || (one.dueAt !== null && one.dueAt <= now)) await look(key, one);
    },
    wanted: () => Object.fromEntries([...known].map(([key, { wanted }]) => [key, wanted])),
    fresh: async () => {
      const entries = [...known].map(async ([key, one]) => [key, digestIn(await write(key.split('/')[1]!, one))]);
      return Object.fromEntries(await Promise.all(entries)) as Readonly<Record<string, string | undefined>>;
    },
  };
}

/** As the tracker does, but for its bursts. */
function listen({ caches }: ClusterModel, groups: CandidateGroups, affected: Set<string>): void {
  const add = (keys: readonly string[]): void => {
    for (const key of keys) affected.add(key);
  };
  caches.onChange(({ collection, keys }) => {
    if (collection === 'services') add(groups.updateServices(keys));
    if (collection === 'endpoints') add(groups.updateEndpoints(keys));
    if (collection === 'namespaces') add(groups.updateNamespaces());
    if (collection === 'configMaps') add(keys);
  });
}
