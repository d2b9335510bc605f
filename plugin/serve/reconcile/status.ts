import { collectionNames } from '../cache/index.ts';
import type { ConfigMapProblem } from '../reasons.ts';

/** What triggers an evaluation: a change of a watched collection, or another event. */
export const causes = [...collectionNames, 'start', 'time', 'probe', 'policy', 'request'] as const;
export type Cause = (typeof causes)[number];

/** A managed ConfigMap: what it says, and what it should say. */
export interface ConfigMapStatus {
  readonly namespace: string;
  readonly name: string;
  /** `namespace/name` of its Application; `null` where none can be told. */
  readonly application: string | null;
  /** Why its desired digest cannot be computed; `null` where it can. */
  readonly problem: ConfigMapProblem | null;
  /** Empty where there is none that can be relied on. */
  readonly digest: string;
  /** `null` where it cannot be told. */
  readonly desired: string | null;
  /** Since when the two differ, in monotonic milliseconds; `null` where they do not. */
  readonly outOfDateSince: number | null;
  /** What was the first to make them differ, or the last to be looked at. */
  readonly cause: Cause;
}

/** Whether the cluster asks for another digest than the ConfigMap has. */
export function isOutOfDate({ digest, desired }: Pick<ConfigMapStatus, 'digest' | 'desired'>): boolean {
  return desired !== null && desired !== digest;
}

/** What is known now, with since when it is behind. `now` is monotonic. */
export function updatedStatus(
  found: Omit<ConfigMapStatus, 'outOfDateSince' | 'cause'>,
  before: ConfigMapStatus | undefined,
  cause: Cause,
  now: number,
): ConfigMapStatus {
  if (!isOutOfDate(found)) return { ...found, outOfDateSince: null, cause };
  const since = before?.outOfDateSince ?? null;
  return since === null || before === undefined
    ? { ...found, outOfDateSince: now, cause }
    : { ...found, outOfDateSince: since, cause: before.cause };
}
