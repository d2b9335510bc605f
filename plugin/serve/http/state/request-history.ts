import type { ApplicationView } from '../../../argocd/application.ts';
import type { Clock } from '../../../lib/clock.ts';
import { PluginError } from '../../../lib/errors.ts';
import { keyOf } from '../../../lib/object-key.ts';
import type { RequestOutcome } from '../../argocd/client.ts';
import type { SyncEvent } from '../../argocd/sync-controller.ts';
import { blocks } from '../../reasons.ts';
import type { BlockedReason, FailureKind } from '../../reasons.ts';

/** The last request to Argo CD for an Application. */
export interface LastRequest {
  readonly request: 'refresh' | 'sync';
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly result: RequestOutcome | 'failed';
  /** `null` if it failed. */
  readonly attempt: number | null;
}

export interface ApplicationRequests {
  readonly lastRequest: LastRequest | null;
  /** Why the Application stays out of date: a failure, or a block that needs action; `null` if neither. */
  readonly obstacle: FailureKind | BlockedReason | 'RequestFailed' | null;
  /** Error message of a failed request, at most 500 characters; for a bug it is only in the log. */
  readonly detail?: string;
  /** Another replica leads now and knows what became of the request. */
  readonly isFormer?: boolean;
}

/** Messages of Argo CD and of API servers can be long. */
export const maxDetailLength = 500;

const emptyHistory: ApplicationRequests = { lastRequest: null, obstacle: null };

/** The request history of each Application, by `namespace/name`; in memory, so a restart loses it. */
export class RequestHistory {
  readonly #clock: Pick<Clock, 'epochMs'>;
  readonly #isLeader: () => boolean;
  readonly #byApplication = new Map<string, ApplicationRequests>();

  /** `isLeader`: whether this replica sends the requests. */
  constructor(clock: Pick<Clock, 'epochMs'>, isLeader: () => boolean) {
    this.#clock = clock;
    this.#isLeader = isLeader;
  }

  record(event: SyncEvent, application: ApplicationView): void {
    const key = keyOf(application);
    this.#byApplication.set(key, afterEvent(this.#known(key), event, this.#clock.epochMs()));
  }

  /** While another replica leads, this one's knowledge of obstacles is outdated. */
  of(application: string): ApplicationRequests {
    const known = this.#known(application);
    return this.#isLeader() ? known : { lastRequest: known.lastRequest, obstacle: null, isFormer: true };
  }

  /** All ConfigMaps of the Application are up to date: clears the obstacle. */
  settle(application: string): void {
    const before = this.#known(application);
    if (before.obstacle !== null)
      this.#byApplication.set(application, { lastRequest: before.lastRequest, obstacle: null });
  }

  /** The Application was deleted. */
  forget(application: string): void {
    this.#byApplication.delete(application);
  }

  #known(application: string): ApplicationRequests {
    return this.#byApplication.get(application) ?? emptyHistory;
  }
}

/** Whether a person has to act. */
export function needsAction({ obstacle }: ApplicationRequests): boolean {
  return obstacle !== null && Object.hasOwn(blocks, obstacle);
}

function afterEvent(before: ApplicationRequests, event: SyncEvent, at: number): ApplicationRequests {
  switch (event.kind) {
    case 'requested': {
      const { request, result, attempt } = event;
      // A request was possible, so neither a block nor a failed request is an obstacle any more.
      const obstacle = needsAction(before) || before.obstacle === 'RequestFailed' ? null : before.obstacle;
      return { lastRequest: { request, at, result, attempt }, obstacle };
    }
    case 'request-failed': {
      const lastRequest = { request: event.request, at, result: 'failed', attempt: null } as const;
      const { error } = event;
      const detail = error instanceof PluginError ? error.message.slice(0, maxDetailLength) : 'the log has the error';
      return { lastRequest, obstacle: 'RequestFailed', detail };
    }
    case 'failure':
    case 'blocked':
      return { lastRequest: before.lastRequest, obstacle: event.reason };
  }
}
