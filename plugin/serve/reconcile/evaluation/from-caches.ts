import type { NamespaceScope } from '../../../cluster/types.ts';
import { isInScope } from '../../../cluster/types.ts';
import { scopeOf } from '../../../discovery/scope-and-filters.ts';
import type { ProjectPolicy } from '../../../settings/policy.ts';
import { configMapProblem } from '../../reasons.ts';
import type { ConfigMapProblem } from '../../reasons.ts';
import type { Candidates } from '../candidates.ts';
import type { ConfigMapMetadata } from '../config-map-metadata.ts';
import { desiredStateOf } from './desired-state.ts';
import type { DesiredState } from './desired-state.ts';
import { unreadableMs } from './inputs.ts';
import type { EvaluationInputs } from './inputs.ts';

/** Why a ConfigMap was not evaluated. */
export interface EvaluationProblem {
  readonly problem: ConfigMapProblem;
  /** It resolves by itself, and soon. */
  readonly isUnsettled?: true;
}

/** Evaluates a ConfigMap from the caches of this cluster. */
export async function fromCaches(
  key: string,
  metadata: ConfigMapMetadata,
  policy: ProjectPolicy | null,
  { caches, groups, keptKeys, readers, clock, onDue }: EvaluationInputs,
): Promise<{ readonly candidates: Candidates; readonly desired: DesiredState } | EvaluationProblem> {
  const scope = scopeOf(metadata.spec, policy);
  const unwatched = unwatchedOf(caches.scope, scope);
  if (unwatched !== null) return { problem: configMapProblem('ScopeNotWatched', { scope: unwatched }) };
  const unreadable = [...caches.unreadable('services'), ...caches.unreadable('endpoints')].find(({ namespace }) =>
    isInScope(scope, namespace),
  );
  if (unreadable) {
    onDue(key, unreadableMs);
    return { problem: configMapProblem('NamespaceUnreadable', unreadable) };
  }
  await keptKeys.include(metadata.spec);
  const candidates = groups.join(key, metadata, policy);
  const now = clock.epochMs();
  const desired = await desiredStateOf({ metadata, candidates, caches, readers, now });
  if (desired.dueAt !== null) onDue(key, desired.dueAt - now);
  return { candidates, desired };
}

/** The first part of `needed` that is not watched; `null` if there is none. */
function unwatchedOf(watched: NamespaceScope, needed: NamespaceScope): string | null {
  if (watched === 'cluster') return null;
  if (needed === 'cluster') return 'the whole cluster';
  return needed.find((namespace) => !watched.includes(namespace)) ?? null;
}
