import type { Connection } from '../../cluster/http/connection.ts';
import { PluginError } from '../../lib/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { systemClock } from '../../lib/clock.ts';
import { leaseStore } from './lease-client.ts';
import type { LeaseObject } from './lease-client.ts';

export interface LeaseOptions {
  readonly connection: Connection;
  readonly namespace: string;
  readonly name: string;
  /** Of this replica, and of no other: the Pod's name. */
  readonly identity: string;
  /** Releases the lease when aborted. */
  readonly signal: AbortSignal;
  /** Others take over when they have not seen it renewed for so long; 10 s unless given. */
  readonly leaseMs?: number;
  /** A leader that could not renew it for so long stops acting; less than `leaseMs`, 7 s unless given. */
  readonly renewDeadlineMs?: number;
  /** Between two attempts to get or renew it; 2 s unless given. */
  readonly retryMs?: number;
  readonly clock?: Clock;
  /** Told after `isLeader` has changed. */
  readonly onChange?: (leading: boolean) => void;
  /** Told of each attempt that failed; it goes on all the same. */
  readonly onError?: (error: PluginError) => void;
}

/** One of several replicas acts. */
export interface Lease {
  /** False as soon as the renewal is overdue, even where nobody had the time to tell. */
  readonly isLeader: () => boolean;
  /** Who holds it as far as was seen, this replica included; empty where nobody does. */
  readonly holder: () => string;
  /** Settles once the lease is released after the signal. Never rejects. */
  readonly done: Promise<void>;
}

/** What was last seen of the lease, and when, by the monotonic clock of this process. */
interface Observed {
  readonly lease: LeaseObject;
  readonly at: number;
}

/** How much longer a replica waits that does not lead, so that not all ask at once. */
const jitter = 0.2;

/**
 * Takes part in the election from now on. No clock is compared with that of another replica: another's lease runs out
 * when this process has not seen it change for as long as it lasts.
 */
export function startLease(options: LeaseOptions): Lease {
  const { identity, signal, leaseMs = 10_000, renewDeadlineMs = 7_000, retryMs = 2_000 } = options;
  const { clock = systemClock, onChange = noop, onError = noop } = options;
  const store = leaseStore({ ...options, leaseMs, timeoutMs: renewDeadlineMs / 2 });
  let observed: Observed | null = null;
  /** When the request that last got or renewed it was sent; `null` where another has it. */
  let renewedAt: number | null = null;
  let told = false;

  const isLeader = (): boolean => renewedAt !== null && clock.now() < renewedAt + renewDeadlineMs;
  const notify = (): void => {
    if (isLeader() === told) return;
    told = !told;
    onChange(told);
  };
  const observe = (lease: LeaseObject): Observed => {
    if (observed?.lease.resourceVersion !== lease.resourceVersion) observed = { lease, at: clock.now() };
    return observed;
  };
  const isFree = ({ lease, at }: Observed): boolean =>
    lease.holder === '' || lease.holder === identity || clock.now() >= at + lease.durationMs;

  /** Gets or renews it if it can be had, else `null`: another has it, or was faster. */
  async function acquire(): Promise<LeaseObject | null> {
    // A leader knows what it wrote last, unless somebody else wrote since.
    const renewed = observed && renewedAt !== null ? await store.take(observed.lease, signal) : null;
    if (renewed) return renewed;
    const seen = await store.read(signal);
    if (!seen) return store.create(signal);
    return isFree(observe(seen)) ? store.take(seen, signal) : null;
  }

  async function attempt(): Promise<void> {
    const sentAt = clock.now();
    try {
      const mine = await acquire();
      renewedAt = mine ? sentAt : null;
      if (mine) observe(mine);
    } catch (error) {
      if (!signal.aborted) onError(asPluginError(error));
    }
  }

  async function release(): Promise<void> {
    renewedAt = null;
    notify();
    // The requests have a limit of their own.
    const goOn = new AbortController().signal;
    try {
      // A request that was under way may have got it all the same: only a look tells.
      const seen = await store.read(goOn);
      if (seen?.holder !== identity) return;
      observed = null;
      await store.release(seen, goOn);
    } catch (error) {
      onError(asPluginError(error));
    }
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      await attempt();
      notify();
      const pause = isLeader() ? retryMs : retryMs * (1 + jitter * clock.random());
      await clock.sleep(pause, signal);
      notify();
    }
    await release();
  }

  return { isLeader, holder: () => observed?.lease.holder ?? '', done: run() };
}

function asPluginError(error: unknown): PluginError {
  if (error instanceof PluginError) return error;
  return new PluginError('CLUSTER_RESPONSE_INVALID', `the lease cannot be taken in: ${String(error)}`, {
    hint: 'look at the Lease with kubectl get lease -o yaml; it is tried again',
    cause: error,
  });
}

function noop(): void {
  // Nobody wants to know.
}
