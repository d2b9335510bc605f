import { collectionNames } from '../cache/index.ts';
import type { ConfigMapProblem } from '../reasons.ts';

/** What triggers an evaluation: a change of a watched collection, or another event. */
export const causes = [...collectionNames, 'start', 'time', 'probe', 'policy', 'request'] as const;
export type Cause = (typeof causes)[number];

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
  /** Since when the two differ, in monotonic milliseconds; `null` if they do not. */
  readonly outOfDateSince: number | null;
  /** Of the change that made them differ; else of the last evaluation. */
  readonly cause: Cause;
}

/** Whether the desired digest is known and differs from the current one. */
export function isOutOfDate({ digest, desired }: Pick<ConfigMapStatus, 'digest' | 'desired'>): boolean {
  return desired !== null && desired !== digest;
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
