import type { Decision } from '../../discovery/decision.ts';
import { compare, keyOf } from '../../lib/object-key.ts';

/** By namespace and name. Each key is made once: of ten thousand Services, comparing would make a quarter of a million. */
export function inOrder(decisions: readonly Decision[]): readonly Decision[] {
  return decisions
    .map((decision) => ({ key: keyOf(decision.service), decision }))
    .sort((a, b) => compare(a.key, b.key))
    .map(({ decision }) => decision);
}
