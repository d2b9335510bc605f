import type { Detector } from '../../detectors/types.ts';
import type { Prober } from '../cluster/probe.ts';
import type { Cluster, EndpointsView, LiveConfigMap } from '../cluster/types.ts';
import type { ToolsetConfig } from '../settings/schema/index.ts';
import { selectBackends } from './select-backends.ts';
import type { Conclusion } from './select-backends.ts';
import type { ConsumerCapabilities } from './evaluate-service.ts';
import { serviceEvaluator } from './evaluate-service.ts';
import type { NamespacePolicy } from './scope-and-filters.ts';
import { inFence, filtersOf, scopeOf } from './scope-and-filters.ts';
import { byKey } from './deduplicate.ts';
import { readSources } from './previous-sources.ts';

export interface DiscoveryInputs {
  readonly spec: ToolsetConfig['spec'];
  /** The built-in ones; those of the settings go before them. */
  readonly detectors: readonly Detector[];
  readonly cluster: Cluster;
  readonly prober: Prober;
  readonly consumer: ConsumerCapabilities;
  /** `null` where no policy is set. */
  readonly fence: NamespacePolicy | null;
  /** Whether Services of a namespace may receive credentials; they also win every tie. */
  readonly isTrusted: (namespace: string) => boolean;
}

/** One answer about a cluster: every Service's decision, and what goes into the ConfigMap. */
export interface Discovery extends Conclusion {
  readonly live: LiveConfigMap | null;
}

/** detect, then select, then health: from all Services to those that the consumer will be told of. */
export async function discover(inputs: DiscoveryInputs): Promise<Discovery> {
  const { spec, detectors, cluster, prober, consumer, fence, isTrusted } = inputs;
  const scope = scopeOf(spec, fence);
  const [all, namespaces, live] = await Promise.all([
    cluster.services(scope),
    scope === 'cluster' ? cluster.namespaces() : [],
    cluster.configMap(spec.target.configMap),
  ]);
  const services = fence ? all.filter(({ namespace }) => inFence(fence, namespace)) : all;
  const judged = services.map(serviceEvaluator(spec, detectors, filtersOf(spec, namespaces, isTrusted), consumer));
  const conclusion = await selectBackends(
    judged.flatMap(({ candidate }) => candidate ?? []),
    {
      ...{ spec, prober, consumer, isTrusted, previouslyAdmitted: readSources(live), now: cluster.now() },
      endpointsOf: (some) => (spec.health.check === 'none' ? noEndpoints : cluster.endpoints(some, scope)),
    },
  );
  const decisions = [...judged.flatMap(({ decision }) => decision ?? []), ...conclusion.decisions];
  return { ...conclusion, decisions: decisions.toSorted(byKey), live };
}

const noEndpoints: ReadonlyMap<string, EndpointsView> = new Map();
