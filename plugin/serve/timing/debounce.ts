/** Runs a function once per burst of triggers. */
export interface Debounce {
  readonly trigger: () => void;
  readonly cancel: () => void;
}

/** Runs `quietMs` after the last trigger of a burst, and `maxMs` after its first at the latest. */
export function debounce(run: () => void, quietMs: number, maxMs: number): Debounce {
  let first: number | null = null;
  let timer: NodeJS.Timeout | undefined;
  const fire = (): void => {
    first = null;
    timer = undefined;
    run();
  };
  return {
    trigger: () => {
      const now = performance.now();
      first ??= now;
      clearTimeout(timer);
      timer = setTimeout(fire, Math.max(0, Math.min(quietMs, first + maxMs - now)));
    },
    cancel: () => {
      clearTimeout(timer);
    },
  };
}
