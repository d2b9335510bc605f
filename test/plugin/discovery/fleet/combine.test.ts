import { expect } from 'chai';
import { detectors } from '../../../../detectors/index.ts';
import { snapshot } from '../../../../plugin/cluster/snapshot.ts';
import type { LiveConfigMap } from '../../../../plugin/cluster/types.ts';
import { specFor } from '../../../../plugin/commands/clusters/fleet.ts';
import { consumerOf, credentialPolicyOf, limitToSettings } from '../../../../plugin/consumers/index.ts';
import { configMapOf } from '../../../../plugin/customizations/config-map.ts';
import type { ConfigMap } from '../../../../plugin/customizations/config-map.ts';
import type { Discovery } from '../../../../plugin/discovery/discover.ts';
import { discover } from '../../../../plugin/discovery/discover.ts';
import { liveOfCluster } from '../../../../plugin/discovery/fleet/cluster-memory.ts';
import type { ClusterPart } from '../../../../plugin/discovery/fleet/combine.ts';
import { combineClusters } from '../../../../plugin/discovery/fleet/combine.ts';
import { warning } from '../../../../plugin/lib/diagnostic.ts';
import { keyOf } from '../../../../plugin/lib/object-key.ts';
import type { NamespacePolicy } from '../../../../plugin/discovery/scope-and-filters.ts';
import { ToolsetConfig } from '../../../../plugin/settings/schema/index.ts';
import type { KubeObject } from '../../../cluster/parts/objects.ts';
import { service } from '../../../support/objects.ts';

const urls = 'https://gateway.example.com/${cluster}/${namespace}/${name}${path}';

interface Fixture {
  /** Objects by the name of their cluster; of one that cannot be read `null`. */
  readonly clusters: Readonly<Record<string, readonly KubeObject[] | null>>;
  readonly spec?: object;
  readonly live?: LiveConfigMap | null;
  readonly policy?: NamespacePolicy | null;
}

interface Combined {
  readonly discovery: Discovery;
  readonly configMap: ConfigMap;
}

async function combined({ clusters, spec: written = {}, live = null, policy = null }: Fixture): Promise<Combined> {
  const given = { clusters: Object.keys(clusters), target: { urls }, health: { check: 'none' }, ...written };
  const head = { apiVersion: 'toolset.kubernaut.ai/v1alpha1', kind: 'ToolsetConfig' };
  const { spec } = ToolsetConfig.parse({ ...head, spec: given });
  const consumer = limitToSettings(consumerOf(spec.target), spec);
  const access = credentialPolicyOf(spec, null);
  const { isTrusted } = access;
  const parts = await Promise.all(
    Object.entries(clusters).map(async ([cluster, items]): Promise<ClusterPart> => {
      if (!items) return { cluster, found: { unread: warning('CLUSTER_UNREAD', `cluster ${cluster} cannot be read`) } };
      const read = {
        ...snapshot(Map.groupBy(items, ({ kind }) => kind)),
        configMap: () => Promise.resolve(liveOfCluster(live, cluster)),
      };
      const own = specFor(cluster, spec);
      const found = await discover({
        ...{ spec: own, detectors, cluster: read, prober: null, consumer, policy, isTrusted },
      });
      return { cluster, found };
    }),
  );
  const discovery = combineClusters(parts, { spec, detectors, consumer, policy, isTrusted, live });
  const generated = consumer.generate(discovery.admitted, access);
  const settings = { spec, written: given, file: null };
  const customizations = { overrides: [], patches: [], patching: null };
  const { warnings } = discovery;
  const final = generated.file;
  return {
    discovery,
    configMap: configMapOf({ settings, consumer, customizations, discovery, generated, final, warnings }),
  };
}

function liveOf({ metadata, data }: ConfigMap): LiveConfigMap {
  return { annotations: metadata.annotations, data };
}

function instancesOf({ discovery }: Combined): string[] {
  return discovery.admitted.map(({ instance }) => instance);
}

function prometheus(namespace: string, name = 'prometheus', more: object = {}): KubeObject {
  const labels = { 'app.kubernetes.io/name': 'prometheus', ...more };
  return service({ namespace, name, labels, ports: [{ name: 'web', port: 9090 }] });
}

describe('discovery/fleet/combine', () => {
  it('remembers of a cluster that cannot be read all that decides what is printed', async () => {
    const annotated = prometheus('team', 'metrics', { tier: 'gold' });
    const annotations = {
      'kubernaut.io/toolset': 'true',
      'kubernaut.io/toolset-name': 'main',
      'kubernaut.io/toolset-tenant': 'team1',
    };
    const labels = { 'app.kubernetes.io/name': 'loki', 'app.kubernetes.io/component': 'gateway', tier: 'gold' };
    const loki = service({ namespace: 'team', name: 'loki-gateway', labels, ports: [{ name: 'http', port: 80 }] });
    const items = [
      { ...annotated, metadata: { ...annotated.metadata, annotations } },
      { ...loki, metadata: { ...loki.metadata, annotations } },
      prometheus('argo', 'argo-prometheus'),
    ];
    const rule = (selector: object, config: object): object => ({ services: { selector }, config });
    const spec = {
      trust: { namespaces: ['team'] },
      credentials: {
        'prometheus/metrics': [
          rule({ matchLabels: { tier: 'gold' } }, { additional_headers: { Authorization: '{{ env.T }}' } }),
        ],
      },
    };
    const before = await combined({ clusters: { 'spoke-1': items, 'in-cluster': [prometheus('m')] }, spec });
    const live = liveOf(before.configMap);

    const now = await combined({ clusters: { 'spoke-1': null, 'in-cluster': [prometheus('m')] }, spec, live });

    expect(before.configMap.data['custom_toolset.yaml']).to.include('spoke-1/team/main').and.include('{{ env.T }}');
    expect(now.configMap.data).to.deep.equal(before.configMap.data);
    const { 'kubernaut.io/toolset-warnings': told, ...others } = now.configMap.metadata.annotations;
    expect(others).to.deep.equal(before.configMap.metadata.annotations);
    expect(told).to.include('its 3 backends in the ConfigMap stay as they were');
  });

  it('keeps the first of a toolset of which the consumer takes one, and gives it to no untrusted newcomer', async () => {
    const spec = { discovery: { instances: 'best' } };
    const first = await combined({ clusters: { 'spoke-1': [], 'spoke-2': [prometheus('m')] }, spec });
    const live = liveOf(first.configMap);

    const untrusted = await combined({
      clusters: { 'spoke-1': [prometheus('m')], 'spoke-2': [prometheus('m')] },
      spec,
      live,
    });
    const trusted = await combined({
      clusters: { 'spoke-1': [prometheus('m')], 'spoke-2': [prometheus('m')] },
      spec: { ...spec, trust: { namespaces: ['m'] } },
      live,
    });

    expect(instancesOf(untrusted)).to.deep.equal(['spoke-2/m/prometheus']);
    const { decision, reason } = untrusted.discovery.decisions.find(
      (one) => keyOf(one.service) === 'spoke-1/m/prometheus',
    )!;
    expect([decision, reason]).to.deep.equal(['redundant', 'SingleBackend']);
    expect(instancesOf(trusted)).to.deep.equal(['spoke-1/m/prometheus']);
  });

  it('leaves out of an unreadable cluster what Git, the policy or a hand edit may not have there', async () => {
    const items = [prometheus('m'), prometheus('secret')];
    const { configMap } = await combined({ clusters: { 'spoke-1': items, 'spoke-2': [] } });
    const key = 'kubernaut.io/toolset-sources';
    const now = async (change: Omit<Fixture, 'clusters'>, edit = (text: string): string => text): Promise<string[]> => {
      const annotations = { ...configMap.metadata.annotations, [key]: edit(configMap.metadata.annotations[key]!) };
      const live = { ...liveOf(configMap), annotations };
      return instancesOf(await combined({ clusters: { 'spoke-1': null, 'spoke-2': [] }, live, ...change }));
    };

    expect(await now({})).to.deep.equal(['spoke-1/m/prometheus', 'spoke-1/secret/prometheus']);
    expect(await now({ policy: { include: ['*'], exclude: ['secret'] } })).to.deep.equal(['spoke-1/m/prometheus']);
    expect(await now({ spec: { discovery: { namespaces: { exclude: ['m'] } } } })).to.deep.equal([
      'spoke-1/secret/prometheus',
    ]);
    expect(await now({ spec: { detectors: { prometheus: { enabled: false } } } })).to.deep.equal([]);
    expect(await now({}, (text) => text.replaceAll('svc.cluster.local', 'evil.example.com'))).to.deep.equal([]);
    expect(await now({}, (text) => text.replaceAll('prometheus/metrics:', 'bash:'))).to.deep.equal([]);
    expect(await now({}, (text) => text.replaceAll('9090', '9090/{{ env.TOKEN }}'))).to.deep.equal([]);
  });

  it('has room for as many untrusted backends as may be in, with the longest names', async () => {
    const name = (letter: string, index: number): string => `${letter.repeat(60)}${String(index).padStart(3, '0')}`;
    const cluster = (letter: string): string => letter.repeat(100);
    const many = Array.from({ length: 10 }, (_, team) =>
      Array.from({ length: 60 }, (__, index) => prometheus(name('n', team), name('p', index))),
    ).flat();
    const clusters = { [cluster('a')]: many, [cluster('b')]: many };

    const { discovery, configMap } = await combined({ clusters });
    const again = await combined({ clusters: { [cluster('a')]: null, [cluster('b')]: many }, live: liveOf(configMap) });

    expect(discovery.admitted).to.have.length(200);
    expect(JSON.stringify(configMap.metadata.annotations).length).to.be.below(256 * 1024);
    expect(JSON.stringify(configMap.data).length).to.be.below(900 * 1024);
    expect(again.configMap.data).to.deep.equal(configMap.data);
  });
});
