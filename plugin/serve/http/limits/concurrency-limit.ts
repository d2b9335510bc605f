import { problemFor } from '../problem-details.ts';

export interface ConcurrencyLimits {
  readonly perClient: number;
  readonly total: number;
}

/** Bounds what is in progress at the same time, per client and in total. */
export class ConcurrencyLimit {
  readonly #limits: ConcurrencyLimits;
  /** What is counted, in the plural. */
  readonly #what: string;
  readonly #byClient = new Map<string, number>();
  #total = 0;

  constructor(limits: ConcurrencyLimits, what: string) {
    this.#limits = limits;
    this.#what = what;
  }

  /** Takes a slot and returns the function that releases it; throws the HTTP problem if none is free. */
  acquire(client: string): () => void {
    const { perClient, total } = this.#limits;
    const inUse = this.#byClient.get(client) ?? 0;
    if (inUse >= perClient) throw problemFor.clientLimit(this.#what, perClient);
    if (this.#total >= total) throw problemFor.totalLimit(this.#what, total);
    this.#byClient.set(client, inUse + 1);
    this.#total += 1;
    return () => {
      this.#release(client);
    };
  }

  #release(client: string): void {
    const inUse = (this.#byClient.get(client) ?? 1) - 1;
    if (inUse > 0) this.#byClient.set(client, inUse);
    else this.#byClient.delete(client);
    this.#total -= 1;
  }
}
