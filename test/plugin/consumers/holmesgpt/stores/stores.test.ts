import { expect } from 'chai';
import { elasticsearch } from '../../../../../detectors/elasticsearch.ts';
import { loki } from '../../../../../detectors/loki.ts';
import { prometheus } from '../../../../../detectors/prometheus.ts';
import { tempo } from '../../../../../detectors/tempo.ts';
import type { Detector } from '../../../../../detectors/types.ts';
import { victorialogs } from '../../../../../detectors/victorialogs.ts';
import { holmesgpt } from '../../../../../plugin/consumers/holmesgpt/index.ts';
import type { Candidate } from '../../../../../plugin/discovery/decision.ts';
import type { StoreFacts } from '../../../../../plugin/discovery/first-question/facts.ts';
import type { DataMap } from '../../../../../plugin/lib/json.ts';
import { trustingAccess } from '../../../../support/access.ts';
import { candidate } from '../../../../support/candidate.ts';

const products: Readonly<Record<string, Detector>> = {
  'grafana/loki': loki,
  'grafana/tempo': tempo,
  'prometheus/metrics': prometheus,
  victorialogs,
  'elasticsearch/data': elasticsearch,
};

function store(toolset: string, facts: Partial<StoreFacts>, key = 'obs/store'): Candidate {
  const detector = products[toolset]!;
  const entryPoint = detector.entryPoints[0];
  return candidate(key, { toolset, detector, entryPoint, store: { tenants: [], labels: {}, from: {}, ...facts } });
}

function generated(
  backends: readonly Candidate[],
  version = '0.45',
  access = trustingAccess,
): Readonly<Record<string, DataMap>> {
  return holmesgpt(version).generate(backends, access).file.toolsets as Readonly<Record<string, DataMap>>;
}

function instructions(
  backends: readonly Candidate[],
  version?: string,
  access?: typeof trustingAccess,
): string[] | null {
  const entry = generated(backends, version, access)['cluster/stores'];
  return entry === undefined ? null : (entry.llm_instructions as string).trimEnd().split('\n').slice(1);
}

describe('plugin/consumers/holmesgpt/stores', () => {
  it('passes label names to Tempo in its own key, if they differ from the defaults and it has keys for them', () => {
    const labels = {
      namespace: 'namespace',
      pod: 'k8s.pod.name',
      service: 'service.name',
      container: 'container',
      node: 'host',
    };
    const backends = [store('grafana/tempo', { labels })];

    expect(generated(backends)['grafana/tempo']).to.have.deep.nested.property('config.labels', {
      namespace: 'namespace',
      node: 'host',
    });
    expect(instructions(backends)).to.equal(null);
  });

  it('names the indices for a search in Elasticsearch', () => {
    const indices = ['app-logs', 'logstash-*'];

    expect(instructions([store('elasticsearch/data', { indices })])).to.deep.equal([
      '- Toolset elasticsearch/data: Search index `app-logs,logstash-*`.',
    ]);
  });

  it('passes the cluster of a central Prometheus in its own key, and label names in the instructions', () => {
    const cluster = { label: 'cluster', value: 'prod-eu' };
    const labels = {
      namespace: 'k8s_namespace_name',
      pod: 'pod',
      container: 'container',
      service: 'job',
      node: 'node',
    };
    const backends = [store('prometheus/metrics', { labels, cluster })];

    expect(generated(backends)['prometheus/metrics']).to.have.deep.nested.property('config.additional_labels', {
      cluster: 'prod-eu',
    });
    expect(instructions(backends)).to.deep.equal([
      '- Toolset prometheus/metrics: The labels are `k8s_namespace_name` for the namespace, `pod` for the pod, `container` for the container, `job` for the service, `node` for the node. Example: `{k8s_namespace_name="my-namespace"}`.',
    ]);
  });

  it('names the labels and cluster of a central Loki in the instructions, as it has no keys for them', () => {
    const labels = { namespace: 'k8s_namespace_name', service: 'service_name' };
    const cluster = { label: 'cluster', value: 'prod-eu' };

    expect(instructions([store('grafana/loki', { labels, cluster })])).to.deep.equal([
      '- Toolset grafana/loki: The labels are `k8s_namespace_name` for the namespace, `service_name` for the service. There is no label for the pod or the container. Example: `{k8s_namespace_name="my-namespace"}`. Data of this cluster alone: `{cluster="prod-eu"}`, in every query.',
    ]);
  });

  for (const [toolset, example] of [
    ['victorialogs', '"kubernetes.namespace":="my-namespace"'],
    ['elasticsearch/data', '{"term": {"kubernetes.namespace": "my-namespace"}}'],
  ] as const)
    it(`describes the names of ${toolset} as fields, with an example in its query language`, () => {
      const [line] = instructions([store(toolset, { labels: { namespace: 'kubernetes.namespace' } })]) ?? [];

      expect(line).to.contain('The fields are `kubernetes.namespace` for the namespace.');
      expect(line).to.contain(`Example: \`${example}\`.`);
    });

  for (const [title, toolset, facts] of [
    ['nothing is known about the store', 'grafana/loki', {}],
    [
      'the names are the default ones',
      'grafana/loki',
      { labels: { namespace: 'namespace', pod: 'pod', container: 'container', service: 'app' } },
    ],
    ['Tempo has its default names', 'grafana/tempo', { labels: { namespace: 'k8s.namespace.name' } }],
  ] as const)
    it(`adds no instructions when ${title}`, () => {
      const backends = [store(toolset, facts)];

      expect(instructions(backends)).to.equal(null);
      expect(generated(backends)[toolset]).not.to.have.nested.property('config.labels');
    });

  it('adds no instructions for a release that rejects an entry without tools', () => {
    const backends = [store('grafana/loki', { labels: { namespace: 'k8s_namespace_name' } })];

    expect(instructions(backends, '0.23')).to.equal(null);
    expect(instructions(backends, '0.24')).to.have.length(1);
  });

  it('names the instance when a toolset has several, with a line for each', () => {
    const other = (name: string): Candidate =>
      store('grafana/loki', { labels: { namespace: `${name}_namespace` } }, `obs/${name}`);

    const lines = instructions([other('a'), other('b')]);

    expect(lines?.map((line) => line.slice(0, 45))).to.deep.equal([
      '- Toolset grafana/loki, instance obs/a: The l',
      '- Toolset grafana/loki, instance obs/b: The l',
    ]);
  });

  it('describes at most fifty stores, and counts the rest', () => {
    const many = Array.from({ length: 53 }, (_, index) =>
      store('grafana/loki', { labels: { namespace: 'k8s_namespace_name' } }, `obs/store-${String(index)}`),
    );

    const lines = instructions(many) ?? [];

    expect(lines).to.have.length(51);
    expect(lines.at(-1)).to.equal('- 3 more stores: list the names of their labels or fields before the first query.');
  });

  it('describes stores of every namespace, trusted ones first, beside a namespace with many', () => {
    const labels = { namespace: 'k8s_namespace_name' };
    const crowd = (namespace: string, count: number): Candidate[] =>
      Array.from({ length: count }, (_, index) =>
        store('grafana/loki', { labels }, `${namespace}/store-${String(index)}`),
      );
    const access = { ...trustingAccess, isTrusted: (namespace: string) => namespace === 'monitoring' };

    const told = (backends: readonly Candidate[]): string => (instructions(backends, '0.45', access) ?? []).join('\n');

    expect(told([...crowd('team-a', 53), ...crowd('team-b', 1)])).to.include('instance team-b/store-0');
    const beside = Array.from({ length: 60 }, (_, index) => crowd(`team-${String(index)}`, 1)).flat();
    expect(told([...beside, ...crowd('monitoring', 2)])).to.include('instance monitoring/store-1');
  });

  it('keeps the order of stores regardless of the order of admission', () => {
    const labels = { namespace: 'kubernetes.namespace' };
    const backends = [store('victorialogs', { labels }, 'a/vl'), store('elasticsearch/data', { labels }, 'b/es')];

    expect(instructions(backends)).to.deep.equal(instructions(backends.toReversed()));
  });

  it('creates an instance for each tenant, named after it', () => {
    const { config } = generated([store('grafana/loki', { tenants: ['team-a', 'team-b'] })])['grafana/loki']!;

    expect(config).to.deep.equal({
      instances: ['team-a', 'team-b'].map((tenant) => ({
        name: `obs/store/${tenant}`,
        api_url: 'http://store.obs.svc:9090',
        additional_headers: { 'X-Scope-OrgID': tenant },
      })),
    });
  });

  it('creates an instance for each account of VictoriaLogs', () => {
    const { config } = generated([store('victorialogs', { tenants: ['0:0', '1:7'] })]).victorialogs!;

    expect(config).to.deep.equal({
      instances: [
        { name: 'obs/store/0:0', api_url: 'http://store.obs.svc:9090', headers: { AccountID: '0', ProjectID: '0' } },
        { name: 'obs/store/1:7', api_url: 'http://store.obs.svc:9090', headers: { AccountID: '1', ProjectID: '7' } },
      ],
    });
  });

  it('keeps the header of the entry point when the release has no instances, or with one tenant', () => {
    const entryPoint = { ...loki.entryPoints[0], headers: { 'X-Scope-OrgID': 'team-a' } };
    const backend = (tenants: readonly string[]): Candidate => ({ ...store('grafana/loki', { tenants }), entryPoint });

    expect(generated([backend(['team-a', 'team-b'])], '0.31')['grafana/loki']).to.deep.nested.include({
      'config.additional_headers': { 'X-Scope-OrgID': 'team-a' },
    });
    expect(generated([backend(['team-a'])])['grafana/loki']).to.deep.nested.include({
      'config.additional_headers': { 'X-Scope-OrgID': 'team-a' },
    });
  });

  it('sends VictoriaLogs headers under its own key', () => {
    const entryPoint = { ...victorialogs.entryPoints[0], headers: { AccountID: '1' } };
    const backend = { ...store('victorialogs', {}), entryPoint };

    expect(generated([backend]).victorialogs).to.deep.nested.include({ 'config.headers': { AccountID: '1' } });
  });

  it('adds no instructions for a store that cannot be used', () => {
    const backend = {
      ...store('grafana/loki', { labels: { namespace: 'k8s_namespace_name' } }),
      needsCredential: true,
    };

    expect(instructions([backend])).to.equal(null);
  });
});
