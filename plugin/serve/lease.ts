import type { Connection } from '../cluster/connection.ts';
import type { PluginError } from '../errors.ts';
import type { Clock } from './clock.ts';

export interface LeaseOptions {
  readonly connection: Connection;
  readonly namespace: string;
  readonly name: string;
  /** Of this replica, and of no other: the Pod's name. */
  readonly identity: string;
  /** Releases the lease when aborted. */
  readonly signal: AbortSignal;
  /** Others take over when they have not seen it renewed for so long. */
  readonly leaseMs?: number;
  /** A leader that could not renew it for so long stops acting; less than `leaseMs`. */
  readonly renewDeadlineMs?: number;
  readonly retryMs?: number;
  readonly clock?: Clock;
  /** Told after `isLeader` has changed. */
  readonly onChange?: (leading: boolean) => void;
  /** Told of each attempt that failed; it goes on all the same. */
  readonly onError?: (error: PluginError) => void;
}

/** One of several replicas acts. */
export interface Lease {
  readonly isLeader: () => boolean;
  /** Who holds it as far as was seen, this replica included; empty where nobody does. */
  readonly holder: () => string;
  /** Settles once the lease is released after the signal. Never rejects. */
  readonly done: Promise<void>;
}

/** Takes part in the election from now on. */
export type StartLease = (options: LeaseOptions) => Lease;
