import type { Detector, ServiceView } from '../../detectors/types.ts';
import type { Prober } from '../cluster/probe/probe.ts';
import type { StoreReader } from '../cluster/stores/question.ts';
import type { Cluster, EndpointsView, LiveConfigMap } from '../cluster/types.ts';
import type { Spec } from '../settings/schema/index.ts';
import { selectBackends } from './selection/select-backends.ts';
import type { SelectionResult } from './selection/select-backends.ts';
import type { ConsumerCapabilities } from './survey/evaluate-service.ts';
import { oversizeReason, suspectsIn } from './survey/evaluate-service.ts';
import { clusterEvidence } from './evidence/reader.ts';
import { keyOf } from '../lib/object-key.ts';
import { shortened } from '../lib/messages/text.ts';
import { warning } from '../lib/diagnostic.ts';
import type { Diagnostic } from '../lib/diagnostic.ts';
import type { NamespacePolicy } from './scope-and-filters.ts';
import { keptKeys, namedKeys } from './kept-keys.ts';
import { scopeOf } from './scope-and-filters.ts';
import { readMemory } from './selection/previous-sources.ts';
import type { ReferenceTargets } from './survey/reference-targets.ts';
import { namespacesIfMisspelt } from './survey/reference-targets.ts';
import { supportedBy, surveyOf, withDecided } from './survey/survey.ts';

export interface DiscoveryInputs {
  readonly spec: Spec;
  /** The built-in detectors; those of the settings come before them. */
  readonly detectors: readonly Detector[];
  readonly cluster: Cluster;
  /** `null` where probing is off. */
  readonly prober: Prober | null;
  /** For runs outside the cluster: tells whether a ConfigMap was made with the same settings. */
  readonly fromOutside?: { readonly isMadeBySame: (live: LiveConfigMap) => boolean } | null;
  /** Asks stores what a first query needs; absent where stores are not asked. */
  readonly stores?: StoreReader | null;
  readonly consumer: ConsumerCapabilities;
  /** `null` where no policy is set. */
  readonly policy: NamespacePolicy | null;
  /** Whether Services of a namespace may receive credentials; these also win every tie. */
  readonly isTrusted: (namespace: string) => boolean;
  /** Reads EndpointSlices even where health is not checked, for the Pods they name: costs nothing with a recording. */
  readonly readsEndpoints?: true;
  /** Evaluates the Services that were read; a function of `memoizedSurvey` where several targets share them. */
  readonly survey?: typeof surveyOf;
}

/** The decision about every Service of a cluster, and the backends for the ConfigMap. */
export interface Discovery extends SelectionResult {
  readonly live: LiveConfigMap | null;
  readonly referenceTargets: ReferenceTargets;
}

/** Evaluates each Service, then selects the backends for the consumer among the candidates. */
export async function discover(inputs: DiscoveryInputs): Promise<Discovery> {
  const { spec, detectors, cluster, prober, stores = null, consumer, policy, isTrusted, survey = surveyOf } = inputs;
  const readsEndpoints = inputs.readsEndpoints === true || spec.health.check !== 'none';
  const scope = scopeOf(spec, policy);
  const keys = keptKeys(detectors, namedKeys([spec]));
  const [all, listed, live] = await Promise.all([
    cluster.services(scope, keys),
    scope === 'cluster' ? cluster.namespaces(keys) : [],
    cluster.configMap(spec.target.configMap),
  ]);
  const namespaces =
    scope === 'cluster' ? listed : await namespacesIfMisspelt(cluster, { scope, services: all, policy }, keys);
  const surveyed = survey({ spec, detectors, policy, isTrusted, scope, services: all, listed, namespaces });
  const { services, referenceTargets } = surveyed;
  const evaluations = supportedBy(surveyed, consumer);
  const conclusion = await selectBackends(
    evaluations.flatMap(({ candidate }) => candidate ?? []),
    suspectsIn(evaluations),
    {
      spec,
      prober,
      fromOutside: inputs.fromOutside
        ? { decidedAt: live && inputs.fromOutside.isMadeBySame(live) ? (live.rememberedAt ?? null) : null }
        : null,
      stores,
      namespaces: () => new Set(services.map(({ namespace }) => namespace)),
      consumer,
      isTrusted,
      memory: readMemory(live),
      evidence: spec.discovery.evidence === 'auto' ? clusterEvidence(cluster) : null,
      now: cluster.now(),
      endpointsOf: (some) => (readsEndpoints ? cluster.endpoints(some, scope) : noEndpoints),
    },
  );
  const decided = evaluations.flatMap(({ decision, suspect }) => (decision && !suspect ? decision : []));
  const decisions = withDecided(surveyed, [...decided, ...conclusion.decisions]);
  const warnings = [...conclusion.warnings, ...oversizeWarnings(services)];
  return { ...conclusion, decisions, warnings, live, referenceTargets };
}

/** Maximum number of Services that a warning names. */
const maxNamed = 3;

function oversizeWarnings(services: readonly ServiceView[]): Diagnostic[] {
  const large = services.filter(({ oversize }) => oversize !== null);
  if (large.length === 0) return [];
  const named = large.map((one) => `${keyOf(one)}: ${oversizeReason(one)?.message ?? ''}`);
  return [warning('SERVICE_TOO_LARGE', shortened(named, maxNamed).join('; '))];
}

const noEndpoints: ReadonlyMap<string, EndpointsView> = new Map();
