import type { RequestHandler, Response } from 'express';
import type { Changes, Topic } from './changes.ts';
import { Problem } from './problem.ts';

/** Open streams at most. */
const maxStreams = 1_000;
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
  readonly changes: Changes;
  /** Whether the client of this stream may still listen. */
  readonly mayStay: (response: Response) => Promise<boolean>;
  readonly signal: AbortSignal;
}

export function eventStreams({ changes, mayStay, signal }: EventStreamsOptions): EventStreams {
  const streams = new Set<Response>();
  const broadcast = (text: string): void => {
    for (const stream of streams) {
      if (stream.writableLength > maxUnread) stream.destroy();
      else stream.write(text);
    }
  };
  changes.onChange((changed) => {
    broadcast(`event: changed\ndata: ${JSON.stringify({ changed: [...changed].sort() })}\n\n`);
  });
  const heartbeat = setInterval(() => {
    broadcast(': \n\n');
    for (const stream of streams) void endUnless(mayStay(stream), stream);
  }, heartbeatMs).unref();
  const close = (): void => {
    clearInterval(heartbeat);
    for (const stream of streams) stream.end();
  };
  signal.addEventListener('abort', close, { once: true });
  return {
    size: () => streams.size,
    close,
    open: (_request, response) => {
      if (streams.size >= maxStreams || signal.aborted)
        throw new Problem('overloaded', `There are ${String(streams.size)} event streams.`, {
          headers: { 'retry-after': '10' },
        });
      streams.add(response);
      response.once('close', () => streams.delete(response));
      response.set({ 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
      // Whatever happened before it was open is news to the client.
      const all: readonly Topic[] = ['applications', 'configmaps', 'services'];
      response.write(`retry: 2000\n\nevent: changed\ndata: ${JSON.stringify({ changed: all })}\n\n`);
    },
  };
}

async function endUnless(may: Promise<boolean>, stream: Response): Promise<void> {
  if (!(await may)) stream.end();
}
