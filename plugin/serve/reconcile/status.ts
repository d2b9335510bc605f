import { actionCodes } from '../../lib/codes.ts';
import { collectionNames } from '../cache/collections.ts';
import type { AnnotationWarning } from '../../customizations/warnings-annotation.ts';
import type { ConfigMapProblem } from '../reasons.ts';

/** What triggers an evaluation: a change of a watched collection, or another event. */
export const causes = [...collectionNames, 'start', 'time', 'probe', 'policy', 'request'] as const;
export type Cause = (typeof causes)[number];

/** The parts of a backend's address, any of which can change. */
export const addressFields = ['scheme', 'host', 'port', 'path'] as const;

/** Current and desired digest of a managed ConfigMap. */
export interface ConfigMapStatus {
  readonly namespace: string;
  readonly name: string;
  /** `namespace/name` of its Application; `null` if it is unknown. */
  readonly application: string | null;
  /** Why its desired digest cannot be computed; `null` if it can. */
  readonly problem: ConfigMapProblem | null;
  /** Empty if its annotations are invalid. */
  readonly digest: string;
  /** `null` if it cannot be computed. */
  readonly desired: string | null;
  /** Services in the desired state, and those left out as unhealthy; `null` if it cannot be computed. */
  readonly services: { readonly selected: number; readonly unhealthy: number } | null;
  /** Warnings of the generation that the live ConfigMap is from, and of the current discovery. */
  readonly warnings: readonly AnnotationWarning[];
  /**
   * When the two began to differ, in monotonic milliseconds; `null` if they are equal. A problem that hides whether they
   * still do does not end it while the ConfigMap stays as it is.
   */
  readonly outOfDateSince: number | null;
  /** Cause of the change that made them differ, or else of the last evaluation. */
  readonly cause: Cause;
}

/** Whether the desired digest is known and differs from the current one. */
export function isOutOfDate({ digest, desired }: Pick<ConfigMapStatus, 'digest' | 'desired'>): boolean {
  return desired !== null && desired !== digest;
}

/** Whether its discovery has no result, and its settings do not say that this is intended. */
export function isEmpty({ warnings, services }: Pick<ConfigMapStatus, 'warnings' | 'services'>): boolean {
  return services?.selected === 0 && warnings.some(({ code }) => code === 'NOTHING_DISCOVERED');
}

/** Warnings that a person must act on, whatever else there is. */
export function actionsOf({ warnings }: Pick<ConfigMapStatus, 'warnings'>): readonly AnnotationWarning[] {
  return warnings.filter(({ code }) => actionCodes.has(code));
}

/** States of a ConfigMap. */
export const states = ['up-to-date', 'out-of-date', 'problem', 'empty'] as const;

/** The state of a ConfigMap. */
export function stateOf(status: ConfigMapStatus): (typeof states)[number] {
  if (status.problem !== null) return 'problem';
  if (status.outOfDateSince !== null) return 'out-of-date';
  return isEmpty(status) ? 'empty' : 'up-to-date';
}

/** Adds to an evaluation since when the ConfigMap is out of date. `now` is monotonic. */
export function updatedStatus(
  evaluation: Omit<ConfigMapStatus, 'outOfDateSince' | 'cause'>,
  before: ConfigMapStatus | undefined,
  cause: Cause,
  now: number,
): ConfigMapStatus {
  const outOfDate = isOutOfDate(evaluation);
  const since = before?.outOfDateSince ?? null;
  if (before && since !== null && (outOfDate || isHidden(evaluation, before)))
    return { ...evaluation, outOfDateSince: since, cause: before.cause };
  return { ...evaluation, outOfDateSince: outOfDate ? now : null, cause };
}

/** Whether a problem hides if the same ConfigMap is still out of date. */
function isHidden({ problem, digest }: Pick<ConfigMapStatus, 'problem' | 'digest'>, before: ConfigMapStatus): boolean {
  return problem !== null && digest === before.digest;
}
