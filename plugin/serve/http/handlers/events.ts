import type { RequestHandler, Response } from 'express';
import { accountOf } from '../auth/authorize.ts';
import type { ChangeFeed, Topic } from '../state/change-feed.ts';
import { Problem, assertClientConnected, retryAfter } from '../problem.ts';
import { slots } from '../limits/concurrency-limit.ts';

/** Open streams at most. */
const maxStreams = { ofOne: 500, ofAll: 1_000 };
/** Proxies close what is silent; each time it is looked whether the client may still listen. */
const heartbeatMs = 10_000;
/** What a client leaves unread of its stream; it comes again and looks anew. */
const maxUnread = 64 * 1024;

/** Tells clients that something has changed, never what: they ask again for what they show. */
export interface EventStreams {
  readonly open: RequestHandler;
  readonly size: () => number;
  /** Ends them all: clients come again, to another replica. */
  readonly close: () => void;
}

export interface EventStreamsOptions {
  readonly changes: Pick<ChangeFeed, 'onChange'>;
  /** Whether the client of this stream may still listen. */
  readonly isStillAuthorized: (response: Response) => Promise<boolean>;
  readonly signal: AbortSignal;
}

export function eventStreams({ changes, isStillAuthorized: mayStay, signal }: EventStreamsOptions): EventStreams {
  const streams = new Set<Response>();
  const room = slots(maxStreams, 'event streams');
  let isClosed = false;
  // One that is ending is told nothing more: its client may read so slowly that it ends long after.
  const end = (stream: Response): void => {
    if (streams.delete(stream)) stream.end();
  };
  const broadcast = (text: string): void => {
    for (const stream of streams) {
      if (stream.writableLength > maxUnread) stream.destroy();
      else stream.write(text);
    }
  };
  const endUnlessAllowed = async (stream: Response): Promise<void> => {
    if (!(await mayStay(stream))) end(stream);
  };
  changes.onChange((changed) => {
    broadcast(`event: changed\ndata: ${JSON.stringify({ changed: [...changed].sort() })}\n\n`);
  });
  const heartbeat = setInterval(() => {
    broadcast(': \n\n');
    for (const stream of streams) void endUnlessAllowed(stream);
  }, heartbeatMs).unref();
  const close = (): void => {
    isClosed = true;
    clearInterval(heartbeat);
    for (const stream of streams) end(stream);
  };
  signal.addEventListener('abort', close, { once: true });
  return {
    size: () => streams.size,
    close,
    open: (request, response) => {
      if (isClosed) throw new Problem('overloaded', 'This replica is about to end: ask another one.', retryAfter(1));
      assertClientConnected(response);
      response.set({ 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
      if (request.method === 'HEAD') {
        response.end();
        return;
      }
      const giveBack = room.acquire(accountOf(response));
      streams.add(response);
      response.once('close', () => {
        streams.delete(response);
        giveBack();
      });
      response.on('error', noop);
      // Whatever happened before it was open is news to the client.
      const all: readonly Topic[] = ['applications', 'configmaps', 'services'];
      response.write(`retry: 2000\n\nevent: changed\ndata: ${JSON.stringify({ changed: all })}\n\n`);
    },
  };
}

function noop(): void {
  // A connection that breaks ends the stream: there is nobody to tell.
}
