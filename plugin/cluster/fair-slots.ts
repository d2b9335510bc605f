/**
 * Slots shared by several owners. When more work is waiting than there are slots, the owners take turns in the order in
 * which each began to wait: an owner that wants a thousand slots does not delay one that wants a single slot.
 */
export class FairSlots {
  #free: number;
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(count: number) {
    this.#free = count;
  }

  /** Whether a slot is free and no owner is waiting. */
  hasFree(): boolean {
    return this.#free > 0;
  }

  /** Resolves once the caller has a slot, which it returns with `release`. */
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
    // Re-inserting moves the owner behind all others.
    this.#waiting.delete(owner);
    if (others.length > 0) this.#waiting.set(owner, others);
    start?.();
  }
}
