import { LRUCache } from 'lru-cache';
import type { ServiceView } from '../../../../detectors/types.ts';
import type { Decision } from '../../../discovery/decision.ts';
import { compare, keyOf } from '../../../lib/object-key.ts';
import type { Caches } from '../../cache/index.ts';
import type { Candidates } from '../../reconcile/candidates.ts';
import type { ConfigMapDiscovery } from '../../reconcile/reconciler.ts';
import type { ChangeFeed } from './change-feed.ts';

/** Decisions by Service; `null` for a candidate or suspect. */
interface CachedDecisions {
  readonly version: number;
  readonly namespaces: number;
  readonly byService: ReadonlyMap<ServiceView, Decision | null>;
  readonly sorted: readonly Decision[];
}

/** Services in the cache, of all settings together, at some 200 bytes each. */
const maxServices = 50_000;

/**
 * Decisions about Services that no detector matches, or whose match was rejected: nearly all of a cluster. They are
 * computed on demand, once for all ConfigMaps with the same settings; those of unchanged Services are reused.
 */
export function nonCandidateDecisions(
  { services }: Pick<Caches<unknown>, 'services'>,
  changes: Pick<ChangeFeed, 'versionOf'>,
): (discovery: ConfigMapDiscovery) => readonly Decision[] {
  const cache = new LRUCache<Candidates, CachedDecisions>({ maxSize: maxServices });
  return ({ candidates }) => {
    const namespaces = changes.versionOf('namespaces');
    const version = changes.versionOf('services') + namespaces;
    const cached = cache.get(candidates);
    if (cached?.version === version) return cached.sorted;
    // A Namespace can change the decisions about all of its Services.
    const reusable = cached?.namespaces === namespaces ? cached.byService : new Map<ServiceView, Decision | null>();
    const byService = new Map<ServiceView, Decision | null>();
    for (const service of services.values()) {
      const decision = reusable.get(service);
      byService.set(service, decision === undefined ? ownDecision(candidates, service) : decision);
    }
    const others = [...services.others()].map((service) => ownDecision(candidates, service));
    const sorted = sortByService([...byService.values(), ...others].filter((decision) => decision !== null));
    cache.set(candidates, { version, namespaces, byService, sorted }, { size: 1 + byService.size });
    return sorted;
  };
}

/** `null` for a candidate or suspect: those are decided together. */
function ownDecision(candidates: Candidates, service: ServiceView): Decision | null {
  const evaluation = candidates.evaluate(service);
  return (evaluation?.suspect ? null : evaluation?.decision) ?? null;
}

/** By namespace and name. Each key is built once: sorting 10,000 Services makes 250,000 comparisons. */
export function sortByService(decisions: readonly Decision[]): readonly Decision[] {
  return decisions
    .map((decision) => ({ key: keyOf(decision.service), decision }))
    .sort((a, b) => compare(a.key, b.key))
    .map(({ decision }) => decision);
}
