import { detectors } from '../../detectors/index.ts';
import { snapshot } from '../../plugin/cluster/snapshot.ts';
import type { LiveConfigMap } from '../../plugin/cluster/types.ts';
import { consumerOf, credentialPolicyOf, limitToSettings } from '../../plugin/consumers/index.ts';
import { configMapOf } from '../../plugin/customizations/config-map.ts';
import type { ConfigMap } from '../../plugin/customizations/config-map.ts';
import { Provenance } from '../../plugin/customizations/provenance.ts';
import { discover } from '../../plugin/discovery/discover.ts';
import { liveOfCluster } from '../../plugin/discovery/fleet/cluster-memory.ts';
import { specFor } from '../../plugin/discovery/fleet/cluster-spec.ts';
import type { ClusterPart } from '../../plugin/discovery/fleet/combine.ts';
import { combineClusters } from '../../plugin/discovery/fleet/combine.ts';
import type { NamespacePolicy } from '../../plugin/discovery/scope-and-filters.ts';
import type { SelectionResult } from '../../plugin/discovery/selection/select-backends.ts';
import { warning } from '../../plugin/lib/diagnostic.ts';
import type { Json } from '../../plugin/lib/json.ts';
import { ToolsetConfig } from '../../plugin/settings/schema/index.ts';
import type { KubeObject } from '../cluster/parts/objects.ts';

const urls = 'https://gateway.example.com/${cluster}/${namespace}/${name}${path}';

/** Recorded clusters of one ConfigMap. */
export interface FleetFixture {
  /** Objects by cluster name; `null` for a cluster that cannot be read. */
  readonly clusters: Readonly<Record<string, readonly KubeObject[] | null>>;
  readonly spec?: object;
  readonly live?: LiveConfigMap | null;
  readonly policy?: NamespacePolicy | null;
}

/** The combined result of several clusters. */
export interface Combined {
  /** The parts that it is combined from. */
  readonly parts: readonly ClusterPart[];
  readonly settings: { readonly spec: ToolsetConfig['spec']; readonly written: Json };
  readonly discovery: SelectionResult;
  readonly configMap: ConfigMap;
}

/** Discovery in each of the clusters, combined as in `generate`. */
export async function combined({
  clusters,
  spec: written = {},
  live = null,
  policy = null,
}: FleetFixture): Promise<Combined> {
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
    parts,
    settings: { spec, written: given },
    discovery,
    configMap: configMapOf({
      ...{ settings, consumer, customizations, discovery, generated, final, warnings },
      provenance: new Provenance(),
    }),
  };
}
