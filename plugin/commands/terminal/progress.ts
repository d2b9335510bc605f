import { printable } from '../../lib/messages/text.ts';

/** Milliseconds without a result after which a run reports what it is doing. */
const delayMs = 1_000;

/** Erases the cursor's line and returns to its beginning. */
const eraseLine = '\r\u001B[K';

/** How progress is shown: each stage on its own line, the current one at a terminal, or not at all. */
export type ProgressMode = 'lines' | 'terminal' | 'none';

/**
 * Reports on stderr what a run is doing. At a terminal this is a single line, which appears after a second and
 * disappears before anything else is printed.
 */
export class Progress {
  readonly #write: (text: string) => void;
  readonly #mode: ProgressMode;
  readonly #columns: () => number;
  readonly #startedAt = performance.now();
  #stage = 'starting';
  #isShown = false;
  readonly #timer: NodeJS.Timeout | null;

  /** `columns`: width of the terminal, queried for each line, as people resize it. */
  constructor(write: (text: string) => void, mode: ProgressMode, columns: () => number = () => 80) {
    this.#write = write;
    this.#mode = mode;
    this.#columns = columns;
    this.#timer =
      mode === 'terminal'
        ? setTimeout(() => {
            this.#show();
          }, delayMs).unref()
        : null;
  }

  readonly report = (stage: string): void => {
    this.#stage = stage;
    if (this.#mode === 'lines') this.#write(`${this.#seconds()} s  ${printable(stage)}\n`);
    else if (this.#isShown) this.#show();
  };

  /** Removes what is shown. */
  end(): void {
    if (this.#timer) clearTimeout(this.#timer);
    if (this.#isShown) this.#write(eraseLine);
    this.#isShown = false;
  }

  /** Cut to the width: if a line wrapped, only its last row could be erased. */
  #show(): void {
    this.#isShown = true;
    const stage = printable(this.#stage).slice(0, Math.max(0, this.#columns() - ' …'.length - 1));
    this.#write(`${eraseLine}${stage} …`);
  }

  #seconds(): string {
    return ((performance.now() - this.#startedAt) / 1000).toFixed(2).padStart(6);
  }
}
