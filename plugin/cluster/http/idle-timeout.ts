/** How long an answer that never needs to end is waited for. */
export interface IdleTimeout {
  /** Aborted with the signal that it was made of, or when patience has ended. */
  readonly signal: AbortSignal;
  /** Something came: silence begins anew. */
  readonly resetIdleTimer: () => void;
  /** What ended it; `null` while it lasts, or where the signal did. */
  readonly end: () => 'silent' | 'overlong' | null;
  readonly clear: () => void;
}

/** Ends after `silentMs` without a word, and after `wholeMs` in any case. */
export function patienceFor(silentMs: number, wholeMs: number, signal: AbortSignal): IdleTimeout {
  const own = new AbortController();
  let end: 'silent' | 'overlong' | null = null;
  const giveUp = (why: 'silent' | 'overlong'): void => {
    end ??= why;
    own.abort();
  };
  const silence = setTimeout(giveUp, silentMs, 'silent');
  const whole = setTimeout(giveUp, wholeMs, 'overlong');
  return {
    signal: AbortSignal.any([signal, own.signal]),
    resetIdleTimer: () => silence.refresh(),
    end: () => end,
    clear: () => {
      clearTimeout(silence);
      clearTimeout(whole);
    },
  };
}
