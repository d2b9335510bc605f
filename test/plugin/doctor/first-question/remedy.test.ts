import { expect } from 'chai';
import type { StoreAnswer, StoreQuestion } from '../../../../plugin/cluster/stores/question.ts';
import type { AskResult } from '../../../../plugin/doctor/first-question/ask.ts';
import { because } from '../../../../plugin/doctor/first-question/outcomes.ts';
import type { Explanation } from '../../../../plugin/doctor/first-question/remedy.ts';
import { explainAnswer } from '../../../../plugin/doctor/first-question/remedy.ts';
import type { Target } from '../../../../plugin/doctor/first-question/targets.ts';
import { targetsOf } from '../../../../plugin/doctor/first-question/targets.ts';
import { configHeader, ToolsetConfig } from '../../../../plugin/settings/schema/index.ts';
import { learn, lokiObjects, openTelemetry, told } from '../../discovery/first-question/fixture.ts';

const selector = '{namespace="shop"}';
const empty: AskResult = { emptySelector: selector };
const { spec } = ToolsetConfig.parse({ ...configHeader, spec: {} });

describe('plugin/doctor/first-question/remedy', () => {
  let target: Target;
  let questions: StoreQuestion[];

  before(async () => {
    const { admitted, decisions } = await learn(lokiObjects(), { noFacts: 'Silent' });
    const final = { toolsets: {}, mcp_servers: {} };
    [target] = targetsOf({ admitted, decisions, final, supportsMultiple: () => true }) as [Target];
  });

  beforeEach(() => {
    questions = [];
  });

  function explain(
    answered: AskResult,
    about: StoreAnswer,
    change: Partial<Target> = {},
    isTrusted = false,
  ): Promise<Explanation> {
    const prober = {
      ask: (question: StoreQuestion) => {
        questions.push(question);
        return Promise.resolve(about);
      },
    };
    const namespaces = new Set(['shop', 'logging']);
    return explainAnswer({ ...target, ...change }, answered, {
      spec,
      namespaces,
      prober,
      isTrusted: () => isTrusted,
      fromWithin: 'kubectl exec',
    });
  }

  const both = new Map([
    ['prod', new Set(['shop', 'logging'])],
    ['test', new Set(['cart'])],
  ]);
  const clusters = { clusterLabel: 'cluster', clusters: both };
  const none = `no data for ${selector}`;
  const absent = `NamespacesAbsent: ${none}, though the store has data: of other namespaces, or older than 4 h`;
  /** What it says, and the setting for the store below its name. */
  const cases: readonly {
    readonly title: string;
    readonly answered?: AskResult;
    readonly about: StoreAnswer;
    readonly change?: Partial<Target>;
    readonly says: string;
    readonly setting?: readonly string[];
  }[] = [
    {
      title: 'has its own name for a namespace',
      about: told(openTelemetry),
      says: `NameDiffers: ${none}: the store calls a namespace k8s_namespace_name`,
      setting: ['labels:', '  namespace: k8s_namespace_name', '  pod: k8s_pod_name', '  service: service_name'],
    },
    {
      title: 'has no known name for a namespace',
      about: told(['service_name']),
      says: `NameUnknown: ${none}, and none of the names in the store is a known name for a namespace`,
      setting: ['labels:', '  namespace: NAME'],
    },
    {
      title: 'has no data at all',
      about: { noFacts: 'Empty' },
      says: 'StoreEmpty: the store has no data yet: nothing is written to it',
    },
    {
      title: 'lists too many names',
      about: { noFacts: 'TooLong' },
      says: `NotLearned: ${none}, and its names are not known: its list of names is longer than 512 KB: name the labels in spec.stores`,
      setting: ['labels:', '  namespace: NAME'],
    },
    { title: 'has other namespaces only', about: told(['namespace']), says: absent },
    {
      title: 'has data of other tenants',
      about: told(['namespace'], { tenants: ['b', 'c'] }),
      change: { tenant: 'a' },
      says: `TenantDiffers: ${none} with tenant a: b has data`,
      setting: ['tenants:', '  - b', '  - c', 'labels:', '  namespace: namespace'],
    },
    {
      title: 'has data of this tenant as well',
      about: told(['namespace'], { tenants: ['c', 'a'] }),
      change: { tenant: 'a' },
      says: absent,
    },
    {
      title: 'has data of another index',
      about: told(['namespace'], { indices: ['app', 'web'] }),
      change: { indices: ['logs', 'old'] },
      says: `IndexDiffers: ${none} in index logs,old: the store has app,web`,
      setting: ['indices:', '  - app', '  - web'],
    },
    {
      title: 'has data of this index',
      about: told(['namespace'], { indices: ['app'] }),
      change: { indices: ['app'] },
      says: absent,
    },
    { title: 'has indices, where none is set', about: told(['namespace'], { indices: ['app'] }), says: absent },
    ...['value', 'label'].map((key) => ({
      title: `has another ${key} for this cluster`,
      about: told(['namespace'], clusters),
      change: { cluster: { label: 'cluster', value: 'prod', [key]: 'eu' } },
      says: `ClusterDiffers: ${none}: in this store cluster is prod for this cluster`,
      setting: ['cluster:', '  label: cluster', '  value: prod'],
    })),
    {
      title: 'has this name for this cluster',
      about: told(['namespace'], clusters),
      change: { cluster: { label: 'cluster', value: 'prod' } },
      says: absent,
    },
    {
      title: 'needs a tenant, of which it has data',
      answered: because('TenantMissing'),
      about: told(['namespace'], { tenants: ['b', 'c'] }),
      says: 'TenantFound: it answers only for a tenant: b has data',
      setting: ['tenants:', '  - b'],
    },
    {
      title: 'needs a tenant, and none of the usual ones has data',
      answered: because('TenantMissing'),
      about: { noFacts: 'Tenant' },
      says: 'TenantMissing: it answers only for a tenant, and none of the usual ones has data',
      setting: ['tenants:', '  - TENANT'],
    },
  ];
  for (const { title, answered = empty, about, change, says, setting } of cases) {
    it(`explains a store that ${title}, with the setting`, async () => {
      const { reason, message, fix } = await explain(answered, about, change);

      expect(`${reason}: ${message}`).to.equal(says);
      const lines = ['spec:', '  stores:', '    - namespace: logging', '      name: loki'];
      expect(fix).to.deep.equal(setting ? [...lines, ...setting.map((line) => `      ${line}`)] : []);
    });
  }

  it('tries the tenant that was asked first, and each one once', async () => {
    await explain(empty, told(['namespace']), { tenant: 'anonymous' });
    await explain(empty, told(['namespace']));

    const [withTenant, without] = questions.map(({ tenants }) => tenants);
    expect(withTenant?.[0]).to.equal('anonymous');
    expect(withTenant).not.to.include(null);
    expect(withTenant).to.have.length.above(1);
    expect(new Set(withTenant).size).to.equal(withTenant?.length);
    expect(without?.[0]).to.equal(null);
  });

  it('asks nothing of a backend that was not admitted', async () => {
    const { reason, message } = await explain(empty, told(openTelemetry), { candidate: null });

    expect(questions).to.deep.equal([]);
    expect(`${reason}: ${message}`).to.equal(`NotLearned: ${none}, and its names are not known: it is not asked`);
  });

  it('asks from within the cluster where nothing answers from here', async () => {
    const unreachable = because('Unreachable', { why: 'no route' });

    expect((await explain(unreachable, told([]))).fix).to.deep.equal(['kubectl exec']);
    expect(questions).to.deep.equal([]);
  });

  it('gives a credential, and trusts a namespace that is not trusted yet', async () => {
    const refused = because('Refused', { status: '401' });
    const credentials = [
      '  credentials:',
      '    grafana/loki: {additional_headers: {Authorization: "Bearer {{ env.LOKI_TOKEN }}"}}',
    ];

    const [trusted, other] = [await explain(refused, told([]), {}, true), await explain(refused, told([]))];

    expect(trusted.fix[0]).to.equal('spec:');
    expect(trusted.fix.slice(1)).to.deep.equal(credentials);
    expect(other.fix).to.deep.equal(['spec:', '  trust:', '    namespaces:', '      - logging', ...credentials]);
    expect((await explain(because('Failed', { status: '500' }), told([]))).fix).to.deep.equal([]);
  });
});
