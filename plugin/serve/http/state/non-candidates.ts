import type { ServiceView } from '../../../../detectors/types.ts';
import type { Decision } from '../../../discovery/decision.ts';
import type { Caches } from '../../cache/index.ts';
import type { Candidates } from '../../reconcile/candidates.ts';
import type { Explained } from '../../reconcile/reconciler.ts';
import { inOrder } from '../sort-decisions.ts';
import { boundedCache } from './lru.ts';
import type { ChangeFeed } from './change-feed.ts';

/** Verdicts by Service, `null` for a candidate; those of a Service that has not changed hold on. */
interface CachedVerdicts {
  readonly version: number;
  readonly namespaces: number;
  readonly verdicts: ReadonlyMap<ServiceView, Decision | null>;
  readonly decisions: readonly Decision[];
}

/** Services that are kept at most, of all sets of settings together: some 200 bytes each. */
const maxKept = 50_000;

/**
 * Decisions about Services that no detector claims, or whose claim came to nothing. Nearly all of a cluster is: they
 * are only made when somebody wants to see them, and once for all ConfigMaps with the same settings.
 */
export function dismissals(
  { services }: Pick<Caches<unknown>, 'services'>,
  changes: ChangeFeed,
): (explained: Explained) => readonly Decision[] {
  const kept = boundedCache<Candidates, CachedVerdicts>(maxKept);
  return ({ candidates }) => {
    const namespaces = changes.versionOf('namespaces');
    const version = changes.versionOf('services') + namespaces;
    const before = kept.get(candidates, 0);
    if (before?.version === version) return before.decisions;
    const known = before?.namespaces === namespaces ? before.verdicts : new Map<ServiceView, Decision | null>();
    const verdicts = new Map<ServiceView, Decision | null>();
    for (const service of services.values()) {
      const verdict = known.get(service);
      verdicts.set(service, verdict === undefined ? (candidates.judge(service)?.decision ?? null) : verdict);
    }
    const decisions = inOrder([...verdicts.values()].filter((decision) => decision !== null));
    kept.set(candidates, 0, { version, namespaces, verdicts, decisions }, verdicts.size);
    return decisions;
  };
}
