/**
 * Slots for work of several owners. Where more is waiting than there are slots, the owners take turns, in the order in
 * which each first waited: one that wants a thousand does not delay one that wants a single one.
 */
export class FairSlots {
  #free: number;
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(count: number) {
    this.#free = count;
  }

  /** Whether a slot is free, and no owner waits for one. */
  hasFree(): boolean {
    return this.#free > 0;
  }

  /** Resolves when the caller has a slot, which it gives back with `release`. */
  async acquire(owner: string): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    await new Promise<void>((resolve) => {
      const waiting = this.#waiting.get(owner) ?? [];
      waiting.push(resolve);
      this.#waiting.set(owner, waiting);
    });
  }

  release(): void {
    const [next] = this.#waiting;
    if (!next) {
      this.#free += 1;
      return;
    }
    const [owner, [start, ...others]] = next;
    // Set anew, an owner stands behind all others.
    this.#waiting.delete(owner);
    if (others.length > 0) this.#waiting.set(owner, others);
    start?.();
  }
}
