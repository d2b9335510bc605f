import type { ErrorCode } from '../../lib/codes.ts';
import type { PluginError } from '../../lib/errors.ts';
import type { Reason } from '../../lib/messages/reason.ts';
import type { Emit } from '../events.ts';

export interface ReadabilityOptions {
  readonly emit: Emit;
  /** Called when the cluster is readable again, to check what was left alone. */
  readonly onReadable: () => void;
  /** Called when the cluster's access is gone or names another server: it has to be looked up again. */
  readonly onAccessLost: () => void;
}

/** State of the watches of a cluster. */
interface WatchState {
  /** Why the cluster cannot be read or has not been listed yet; `null` if its known state is current. */
  readonly unread: Reason | null;
  /** Whether any of its watches has reported an error. */
  readonly hasFailed: boolean;
  /** Numbers of what has been listed, for the log. */
  readonly counts: { readonly services: number; readonly configMaps: number };
}

/** Failures of an open connection that only a new look-up can resolve. */
const lookupCodes: ReadonlySet<ErrorCode | undefined> = new Set(['CLUSTER_UNKNOWN', 'CLUSTER_ACCESS_INVALID']);

/** Reports each time that a cluster becomes readable or unreadable, once. */
export class Readability {
  readonly #options: ReadabilityOptions;
  /** Whether it has been readable since its access was looked up. */
  #wasReadable = false;
  /** The last reported value. */
  #isReadable: boolean | null = null;

  constructor(options: ReadabilityOptions) {
    this.#options = options;
  }

  /** The watches may have become current or stale. */
  changed({ unread, hasFailed, counts }: WatchState): void {
    const { emit, onReadable } = this.#options;
    const isReadable = unread === null;
    if (isReadable === this.#isReadable) return;
    // A pending first list is not a failure; only a reported error is.
    if (!isReadable && !hasFailed) return;
    this.#isReadable = isReadable;
    if (unread !== null) {
      emit('cluster-unreadable', { message: unread.message });
      return;
    }
    this.#wasReadable = true;
    emit('cluster-readable', { ...counts });
    onReadable();
  }

  /** Only for a cluster that could be read before: if its access never worked, a new look-up finds the same. */
  failed(error: PluginError | null): void {
    if (!this.#wasReadable || !lookupCodes.has(error?.code)) return;
    this.#wasReadable = false;
    this.#options.onAccessLost();
  }
}
