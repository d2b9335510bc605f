import { detectors } from '../../../detectors/index.ts';
import type { ServiceView } from '../../../detectors/types.ts';
import type { NamespaceScope } from '../../cluster/types.ts';
import type { Candidate } from '../../discovery/decision.ts';
import { serviceEvaluator } from '../../discovery/evaluate-service.ts';
import type { Evaluation } from '../../discovery/evaluate-service.ts';
import { chosenDetectors, allowsNamespace, filtersOf, scopeOf } from '../../discovery/scope-and-filters.ts';
import { keyOf } from '../../lib/object-key.ts';
import type { ProjectPolicy } from '../../settings/policy.ts';
import type { ToolsetConfig } from '../../settings/schema/index.ts';
import { credentialPolicyOf } from '../../consumers/credential-policy.ts';
import type { CredentialPolicy, Consumer } from '../../consumers/consumer.ts';
import { consumerOf, limitToSettings } from '../../consumers/index.ts';
import type { Caches } from '../cache/index.ts';

/** Candidates among all Services under one set of settings, kept up to date one Service at a time. */
export interface Candidates {
  readonly consumer: Consumer;
  readonly access: CredentialPolicy;
  /** Ids of those that are switched on. */
  readonly detectors: readonly string[];
  /** What has to be watched for it. */
  readonly scope: NamespaceScope;
  readonly has: (service: string) => boolean;
  /** What the settings say about a Service; `null` where they let nobody see it. */
  readonly judge: (service: ServiceView) => Evaluation | null;
  readonly all: () => readonly Candidate[];
  /** Judges these Services anew; answers whether a candidate came, went or changed. */
  readonly update: (services: readonly string[]) => boolean;
  /** Judges all of them anew, where labels of namespaces decide; answers whether they do. */
  readonly updateNamespaces: () => boolean;
}

/** Judges every Service in the caches once. */
export function candidatesFor(
  spec: ToolsetConfig['spec'],
  policy: ProjectPolicy | null,
  caches: Pick<Caches<unknown>, 'services' | 'namespaces'>,
): Candidates {
  const scope = scopeOf(spec, policy);
  const access = credentialPolicyOf(spec, policy);
  const consumer = limitToSettings(consumerOf(spec.target), spec);
  const isSeen = ({ namespace }: ServiceView): boolean =>
    (scope === 'cluster' || scope.includes(namespace)) && (policy === null || allowsNamespace(policy, namespace));
  const judge = (): ReturnType<typeof serviceEvaluator> => {
    const namespaces = scope === 'cluster' ? [...caches.namespaces.values()] : [];
    return serviceEvaluator(spec, detectors, filtersOf(spec, namespaces, access.isTrusted), consumer);
  };
  let judged = judge();
  const candidates = new Map<string, Candidate>();
  const update = (key: string): boolean => {
    const service = caches.services.get(key);
    const before = candidates.get(key);
    // The same state of the Service under the same settings: the same verdict.
    if (service !== undefined && before?.service === service) return false;
    const candidate = service && isSeen(service) ? judged(service).candidate : undefined;
    if (candidate) candidates.set(key, candidate);
    else candidates.delete(key);
    return candidate !== undefined || before !== undefined;
  };
  const updateAll = (): void => {
    candidates.clear();
    for (const service of caches.services.values()) update(keyOf(service));
  };
  updateAll();
  return {
    ...{ consumer, access, scope },
    detectors: [...spec.customDetectors, ...chosenDetectors(spec, detectors).enabled].map(({ id }) => id),
    has: (key) => candidates.has(key),
    judge: (service) => (isSeen(service) ? judged(service) : null),
    all: () => [...candidates.values()],
    update: (keys) => keys.map(update).includes(true),
    updateNamespaces: () => {
      const { matchLabels, matchExpressions } = spec.discovery.namespaces.selector;
      if (Object.keys(matchLabels).length + matchExpressions.length === 0) return false;
      judged = judge();
      updateAll();
      return true;
    },
  };
}
