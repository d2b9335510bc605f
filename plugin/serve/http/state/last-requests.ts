import { keyOf } from '../../../lib/object-key.ts';
import type { ApplicationView } from '../../../argocd/application.ts';
import type { SyncEvent } from '../../argocd/sync-controller.ts';
import { blocks } from '../../reasons.ts';
import type { BlockedReason, FailureKind } from '../../reasons.ts';

/** What Argo CD was last asked for. */
export interface LastRequest {
  readonly request: 'refresh' | 'sync';
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly result: string;
  /** `null` where it failed. */
  readonly attempt: number | null;
}

/** What is known of the driving of one Application; it is forgotten with the process. */
export interface RequestHistory {
  readonly lastRequest: LastRequest | null;
  /** How the last refresh or sync went wrong, or why people have to act; `null` where neither is so. */
  readonly obstacle: FailureKind | BlockedReason | 'RequestFailed' | null;
}

/** Remembers the last of what the driver did about each Application. */
export interface History {
  readonly record: (event: SyncEvent, application: ApplicationView) => void;
  readonly of: (application: string) => RequestHistory;
  /** Nothing of it is behind: what stood in the way does no longer. */
  readonly settle: (application: string) => void;
  /** An Application that is gone is not remembered. */
  readonly forget: (application: string) => void;
}

const noRequest: RequestHistory = { lastRequest: null, obstacle: null };

export function createHistory(now: () => number = Date.now): History {
  const past = new Map<string, RequestHistory>();
  return {
    record: (event, application) => {
      const key = keyOf(application);
      past.set(key, after(past.get(key) ?? noRequest, event, now()));
    },
    of: (application) => past.get(application) ?? noRequest,
    settle: (application) => {
      const before = past.get(application);
      if (before?.obstacle) past.set(application, { ...before, obstacle: null });
    },
    forget: (application) => past.delete(application),
  };
}

/** Whether it waits for people, as its Application has it. */
export function needsAction({ obstacle }: RequestHistory): boolean {
  return obstacle !== null && obstacle in blocks;
}

function after(before: RequestHistory, event: SyncEvent, at: number): RequestHistory {
  switch (event.kind) {
    case 'requested': {
      const { request, result, attempt } = event;
      // It could be asked, and is not left to people.
      const obstacle = needsAction(before) || before.obstacle === 'RequestFailed' ? null : before.obstacle;
      return { lastRequest: { request, at, result, attempt }, obstacle };
    }
    case 'request-failed':
      return {
        lastRequest: { request: event.request, at, result: 'failed', attempt: null },
        obstacle: 'RequestFailed',
      };
    case 'failure':
      return { ...before, obstacle: event.reason };
    case 'blocked':
      return { ...before, obstacle: event.reason };
  }
}
