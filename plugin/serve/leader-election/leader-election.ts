import type { Connection } from '../../cluster/connection/connection.ts';
import type { Clock } from '../../lib/clock.ts';
import { systemClock } from '../../lib/clock.ts';
import { PluginError } from '../../lib/errors.ts';
import { leaseClient } from './lease-client.ts';
import type { LeaseClient, LeaseObject } from './lease-client.ts';

export interface LeaderElectionOptions {
  readonly connection: Connection;
  readonly namespace: string;
  readonly name: string;
  /** Unique among the replicas: the name of the Pod. */
  readonly identity: string;
  /** Releases the lease when aborted. */
  readonly signal: AbortSignal;
  /** Another replica takes over after this time without a renewal; 10 s by default. */
  readonly leaseMs?: number;
  /** A leader without a renewal for this time steps down; less than `leaseMs`, 7 s by default. */
  readonly renewDeadlineMs?: number;
  /** Interval between attempts to acquire or renew the lease; 2 s by default. */
  readonly retryMs?: number;
  readonly clock?: Clock;
  /** Called after `isLeader` has changed. */
  readonly onChange?: (isLeader: boolean) => void;
  /** Called for each failed attempt; the next one follows after `retryMs`. */
  readonly onError?: (error: PluginError) => void;
}

/** The lease as this process last saw it, and when, in monotonic milliseconds. */
interface ObservedLease {
  readonly lease: LeaseObject;
  readonly at: number;
}

/** A replica that is not the leader pauses up to 20 % longer, so that replicas do not all try at once. */
const jitter = 0.2;

/**
 * Elects one of several replicas as the leader, through a Lease. Clocks of replicas are never compared: another
 * replica's lease has expired when this process has not seen it change for the duration of the lease.
 */
export class LeaderElection {
  readonly #options: LeaderElectionOptions;
  readonly #clock: Clock;
  readonly #client: LeaseClient;
  readonly #renewDeadlineMs: number;
  #observed: ObservedLease | null = null;
  /**
   * The lease that can be written without reading it first: the one last renewed or found free. `'missing'`: to be
   * created.
   */
  #writable: LeaseObject | 'missing' | null = null;
  /** When the last successful request to acquire or renew the lease was sent; `null` if another replica holds it. */
  #renewedAt: number | null = null;
  /** The last value passed to `onChange`. */
  #reported = false;

  constructor(options: LeaderElectionOptions) {
    const { leaseMs = 10_000, renewDeadlineMs = 7_000, clock = systemClock } = options;
    this.#options = options;
    this.#clock = clock;
    this.#renewDeadlineMs = renewDeadlineMs;
    this.#client = leaseClient({ ...options, clock, leaseMs, timeoutMs: renewDeadlineMs / 2 });
  }

  /** False as soon as the renewal is overdue, even before `onChange` is called. */
  isLeader(): boolean {
    return this.#renewedAt !== null && this.#clock.now() < this.#renewedAt + this.#renewDeadlineMs;
  }

  /** The last known holder of the lease, this replica included; empty if there is none. */
  holder(): string {
    return this.#observed?.lease.holder ?? '';
  }

  /** Takes part in the election; settles when the lease is released after the signal. Never rejects. Call it once. */
  async run(): Promise<void> {
    const { signal, retryMs = 2_000 } = this.#options;
    while (!signal.aborted) {
      const pauseMs = await this.#attempt(retryMs);
      this.#reportChange();
      await this.#clock.sleep(pauseMs, signal);
      this.#reportChange();
    }
    await this.#release();
  }

  /** Returns when the next attempt is due: sooner after a failure, and as late as the server asks. */
  async #attempt(retryMs: number): Promise<number> {
    const { signal, onError } = this.#options;
    const sentAt = this.#clock.now();
    try {
      const acquired = await this.#acquire(signal);
      this.#writable = acquired;
      this.#renewedAt = acquired ? sentAt : null;
      if (acquired) this.#observe(acquired);
      return this.#untilNext(retryMs);
    } catch (error) {
      const failure = asPluginError(error);
      if (!signal.aborted) onError?.(failure);
      return Math.max((retryMs / 4) * this.#spread(), failure.request?.retryAfterMs ?? 0);
    }
  }

  /** For a replica that is not the leader, no later than when the observed lease expires. */
  #untilNext(retryMs: number): number {
    if (this.isLeader() || !this.#observed) return retryMs * this.#spread();
    const { lease, at } = this.#observed;
    const untilExpiredMs = Math.max(0, at + lease.durationMs - this.#clock.now());
    return Math.min(retryMs, untilExpiredMs + retryMs / 10) * this.#spread();
  }

  #spread(): number {
    return this.isLeader() ? 1 : 1 + jitter * this.#clock.random();
  }

  /**
   * Acquires or renews the lease; `null` if another replica holds it or was faster. After a failed request, the next
   * attempt repeats exactly that request: the lease is read again only if there was another writer.
   */
  async #acquire(signal: AbortSignal): Promise<LeaseObject | null> {
    const written = this.#writable && (await this.#write(this.#writable, signal));
    if (written) return written;
    this.#writable = null;
    const lease = await this.#client.read(signal);
    if (lease && !this.#isAvailable(this.#observe(lease))) return null;
    this.#writable = lease ?? 'missing';
    return this.#write(this.#writable, signal);
  }

  #write(lease: LeaseObject | 'missing', signal: AbortSignal): Promise<LeaseObject | null> {
    return lease === 'missing' ? this.#client.create(signal) : this.#client.acquire(lease, signal);
  }

  /** Only a holder's write counts as a renewal, not a label that something else keeps writing. */
  #observe(lease: LeaseObject): ObservedLease {
    if (!this.#observed || JSON.stringify(this.#observed.lease.raw.spec) !== JSON.stringify(lease.raw.spec))
      this.#observed = { lease, at: this.#clock.now() };
    return this.#observed;
  }

  #isAvailable({ lease, at }: ObservedLease): boolean {
    const { holder, durationMs } = lease;
    return holder === '' || holder === this.#options.identity || this.#clock.now() >= at + durationMs;
  }

  async #release(): Promise<void> {
    const { identity, onError } = this.#options;
    this.#renewedAt = null;
    this.#reportChange();
    // Not the aborted signal; the requests have a timeout.
    const { signal } = new AbortController();
    try {
      // Read first: an aborted request may have acquired the lease nevertheless.
      const lease = await this.#client.read(signal);
      if (lease?.holder !== identity) return;
      this.#observed = null;
      await this.#client.release(lease, signal);
    } catch (error) {
      onError?.(asPluginError(error));
    }
  }

  #reportChange(): void {
    const isLeader = this.isLeader();
    if (isLeader === this.#reported) return;
    this.#reported = isLeader;
    this.#options.onChange?.(isLeader);
  }
}

function asPluginError(error: unknown): PluginError {
  if (error instanceof PluginError) return error;
  return new PluginError('CLUSTER_RESPONSE_INVALID', `the Lease cannot be processed: ${String(error)}`, {
    hint: 'look at the Lease with kubectl get lease -o yaml; the attempt is repeated',
    cause: error,
  });
}
