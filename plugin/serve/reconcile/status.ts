import { actionCodes } from '../../lib/codes.ts';
import { collectionNames } from '../cache/collections.ts';
import type { ToldWarning } from '../../customizations/warnings-annotation.ts';
import type { ConfigMapProblem } from '../reasons.ts';

/** What triggers an evaluation: a change of a watched collection, or another event. */
export const causes = [...collectionNames, 'start', 'time', 'probe', 'policy', 'request'] as const;
export type Cause = (typeof causes)[number];

/** Parts of the address of a backend, which can change. */
export const addressFields = ['scheme', 'host', 'port', 'path'] as const;

/** Current and desired digest of a managed ConfigMap. */
export interface ConfigMapStatus {
  readonly namespace: string;
  readonly name: string;
  /** `namespace/name` of its Application; `null` if it is unknown. */
  readonly application: string | null;
  /** Why its desired digest cannot be computed; `null` where it can. */
  readonly problem: ConfigMapProblem | null;
  /** Empty if its annotations are invalid. */
  readonly digest: string;
  /** `null` if it cannot be computed. */
  readonly desired: string | null;
  /** Services in the desired state, and those left out of it because they are not healthy; `null` if it cannot be computed. */
  readonly services: { readonly selected: number; readonly unhealthy: number } | null;
  /** Those of the generation that the live ConfigMap is from, and of the current discovery. */
  readonly warnings: readonly ToldWarning[];
  /** Since when the two differ, in monotonic milliseconds; `null` if they do not. */
  readonly outOfDateSince: number | null;
  /** Of the change that made them differ; else of the last evaluation. */
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

/** What a person must act on, whatever else there is. */
export function actionsOf({ warnings }: Pick<ConfigMapStatus, 'warnings'>): readonly ToldWarning[] {
  return warnings.filter(({ code }) => actionCodes.has(code));
}

/** What a ConfigMap can be. */
export const states = ['up-to-date', 'out-of-date', 'problem', 'empty'] as const;

/** In which state it is. */
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
  if (!isOutOfDate(evaluation)) return { ...evaluation, outOfDateSince: null, cause };
  const since = before?.outOfDateSince ?? null;
  return since === null || before === undefined
    ? { ...evaluation, outOfDateSince: now, cause }
    : { ...evaluation, outOfDateSince: since, cause: before.cause };
}
