import { printable } from '../../lib/text.ts';

/** Milliseconds without an answer after which a run says what it is doing. */
const patience = 1_000;

/** Erases the line that the cursor is in, and goes back to its beginning. */
const eraseLine = '\r\u001B[K';

/** How much is told: each stage on a line of its own, the present one at a terminal, or nothing. */
export type ProgressMode = 'lines' | 'terminal' | 'none';

/**
 * Tells on stderr what a run is doing. At a terminal that is one line, which comes after a second and goes before
 * anything else is printed.
 */
export class Progress {
  readonly #write: (text: string) => void;
  readonly #mode: ProgressMode;
  readonly #columns: () => number;
  readonly #startedAt = performance.now();
  #stage = 'starting';
  #isShown = false;
  readonly #timer: NodeJS.Timeout | null;

  /** `columns`: width of the terminal, asked for with each line, as people change it. */
  constructor(write: (text: string) => void, mode: ProgressMode, columns: () => number = () => 80) {
    this.#write = write;
    this.#mode = mode;
    this.#columns = columns;
    this.#timer =
      mode === 'terminal'
        ? setTimeout(() => {
            this.#show();
          }, patience).unref()
        : null;
  }

  readonly tell = (stage: string): void => {
    this.#stage = stage;
    if (this.#mode === 'lines') this.#write(`${this.#seconds()} s  ${printable(stage)}\n`);
    else if (this.#isShown) this.#show();
  };

  /** Takes away what is shown. */
  end(): void {
    if (this.#timer) clearTimeout(this.#timer);
    if (this.#isShown) this.#write(eraseLine);
    this.#isShown = false;
  }

  /** Cut to the width: only the last row of a line that wraps could be erased. */
  #show(): void {
    this.#isShown = true;
    const stage = printable(this.#stage).slice(0, Math.max(0, this.#columns() - ' …'.length - 1));
    this.#write(`${eraseLine}${stage} …`);
  }

  #seconds(): string {
    return ((performance.now() - this.#startedAt) / 1000).toFixed(2).padStart(6);
  }
}
