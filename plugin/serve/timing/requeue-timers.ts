/** Caps each timer at 60 s, so that a change of the wall clock is noticed within a minute. */
const maxMs = 60_000;

/** One timer per key. */
export interface Timers {
  /** Replaces the timer of the key; a time of more than 60 s fires early. */
  readonly set: (key: string, ms: number) => void;
  readonly clear: (key: string) => void;
}

/** Calls `onTime` with the key of each timer. No timer fires after the signal, and none keeps the process alive. */
export function startTimers(signal: AbortSignal, onTime: (key: string) => void): Timers {
  const timers = new Map<string, NodeJS.Timeout>();
  const clear = (key: string): void => {
    clearTimeout(timers.get(key));
    timers.delete(key);
  };
  signal.addEventListener(
    'abort',
    () => {
      for (const key of timers.keys()) clear(key);
    },
    { once: true },
  );
  return {
    set: (key, ms) => {
      clear(key);
      if (signal.aborted) return;
      const fire = (): void => {
        timers.delete(key);
        onTime(key);
      };
      timers.set(key, setTimeout(fire, Math.min(Math.max(ms, 0), maxMs)).unref());
    },
    clear,
  };
}
