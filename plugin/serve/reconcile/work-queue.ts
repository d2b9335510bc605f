import { setImmediate as turn } from 'node:timers/promises';
import type { Cause } from './status.ts';

/** Keys that are waiting to be looked at, each once. */
export interface Queue {
  /** What is in it already keeps its cause. */
  readonly add: (keys: readonly string[], cause: Cause) => void;
  /** Settles once nothing is in it. */
  readonly idle: () => Promise<void>;
}

/** Works through what is added, one after the other; requests and events of others come in between. */
export function startQueue(signal: AbortSignal, work: (key: string, cause: Cause) => Promise<void>): Queue {
  const waiting = new Map<string, Cause>();
  let working: Promise<void> | null = null;
  const workAll = async (): Promise<void> => {
    // What is added with it for another cause is not looked at twice.
    await turn();
    // What is added meanwhile is seen as well.
    for (const [key, cause] of waiting) {
      if (signal.aborted) break;
      waiting.delete(key);
      await work(key, cause);
      await turn();
    }
    working = null;
  };
  return {
    idle: async () => {
      await working;
    },
    add: (keys, cause) => {
      for (const key of keys) if (!waiting.has(key)) waiting.set(key, cause);
      if (waiting.size > 0) working ??= workAll();
    },
  };
}
