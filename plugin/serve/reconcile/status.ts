import type { CollectionName } from '../cache/index.ts';

/** What made a ConfigMap's answer be looked for again. */
export type Cause = CollectionName | 'start' | 'time' | 'probe' | 'policy' | 'request';

/** A managed ConfigMap: what it says, and what it should say. */
export interface Tracked {
  readonly namespace: string;
  readonly name: string;
  /** `namespace/name` of its Application; `null` where none can be told. */
  readonly application: string | null;
  /** Why nothing can be done about it; `null` where all is well. */
  readonly problem: string | null;
  /** Empty where there is none that can be relied on. */
  readonly digest: string;
  /** `null` where it cannot be told. */
  readonly wanted: string | null;
  /** Since when the two differ, in monotonic milliseconds; `null` where they do not. */
  readonly behindSince: number | null;
  /** What was the first to make them differ, or the last to be looked at. */
  readonly cause: Cause;
}

/** Whether the cluster asks for another digest than the ConfigMap has. */
export function isBehind({ digest, wanted }: Pick<Tracked, 'digest' | 'wanted'>): boolean {
  return wanted !== null && wanted !== digest;
}

/** What is known now, with since when it is behind. `now` is monotonic. */
export function trackedNow(
  found: Omit<Tracked, 'behindSince' | 'cause'>,
  before: Tracked | undefined,
  cause: Cause,
  now: number,
): Tracked {
  if (!isBehind(found)) return { ...found, behindSince: null, cause };
  const since = before?.behindSince ?? null;
  return since === null || before === undefined
    ? { ...found, behindSince: now, cause }
    : { ...found, behindSince: since, cause: before.cause };
}
