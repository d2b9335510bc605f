import { setImmediate as turn } from 'node:timers/promises';
import type { Cause } from './status.ts';

/** Keys waiting for evaluation, each once. */
export interface Queue {
  /** A key that is already waiting keeps its cause. */
  readonly add: (keys: readonly string[], cause: Cause) => void;
  /** Settles when the queue is empty. */
  readonly idle: () => Promise<void>;
}

/** Works on one key at a time, and yields to the event loop in between. */
export function startQueue(signal: AbortSignal, work: (key: string, cause: Cause) => Promise<void>): Queue {
  const waiting = new Map<string, Cause>();
  let working: Promise<void> | null = null;
  const workAll = async (): Promise<void> => {
    // A key added twice in the same turn is evaluated once.
    await turn();
    // Iterating over a Map includes keys that are added meanwhile.
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
