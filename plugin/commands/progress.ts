import { printable } from '../lib/text.ts';

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
  readonly #startedAt = performance.now();
  #stage = 'starting';
  #isShown = false;
  readonly #timer: NodeJS.Timeout | null;

  constructor(write: (text: string) => void, mode: ProgressMode) {
    this.#write = write;
    this.#mode = mode;
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

  #show(): void {
    this.#isShown = true;
    this.#write(`${eraseLine}${printable(this.#stage)} …`);
  }

  #seconds(): string {
    return ((performance.now() - this.#startedAt) / 1000).toFixed(2).padStart(6);
  }
}
