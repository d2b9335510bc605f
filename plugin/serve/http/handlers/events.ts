import type { RequestHandler, Response } from 'express';
import type { Authorizer } from '../auth/authorize.ts';
import { ConcurrencyLimit } from '../limits/concurrency-limit.ts';
import { assertClientConnected, problemFor } from '../problem-details.ts';
import { topics } from '../state/change-feed.ts';
import type { ChangeFeed, Topic } from '../state/change-feed.ts';

const maxStreams = { perClient: 500, total: 1_000 };
/** Keeps proxies from closing an idle stream; each heartbeat also checks that the client is still authorized. */
const heartbeatMs = 10_000;
/** In bytes. A stream with more unread data is closed: its client reconnects and reloads. */
const maxUnread = 64 * 1024;

export interface EventStreamsOptions {
  readonly changes: Pick<ChangeFeed, 'onChange'>;
  readonly authorizer: Pick<Authorizer, 'accountOf' | 'isStillAuthorized'>;
  readonly signal: AbortSignal;
}

/** Server-sent events that name what has changed, without its content: clients reload what they show. */
export class EventStreams {
  readonly #authorizer: EventStreamsOptions['authorizer'];
  readonly #streams = new Set<Response>();
  readonly #limit = new ConcurrencyLimit(maxStreams, 'event streams');
  readonly #heartbeat: ReturnType<typeof setInterval>;
  #isClosed = false;

  constructor({ changes, authorizer, signal }: EventStreamsOptions) {
    this.#authorizer = authorizer;
    changes.onChange((changed) => {
      this.#broadcast(changedEvent(changed));
    });
    this.#heartbeat = setInterval(() => {
      this.#broadcast(': \n\n');
      for (const stream of this.#streams) void this.#endUnlessAuthorized(stream);
    }, heartbeatMs).unref();
    const onAbort = (): void => {
      this.close();
    };
    signal.addEventListener('abort', onAbort, { once: true });
  }

  get size(): number {
    return this.#streams.size;
  }

  /** Opens a stream for an authorized request. */
  open(): RequestHandler {
    return (request, response) => {
      if (this.#isClosed) throw problemFor.shuttingDown();
      assertClientConnected(response);
      response.set({ 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
      if (request.method === 'HEAD') response.end();
      else this.#start(response);
    };
  }

  /** Ends all streams: clients reconnect, to another replica. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#heartbeat);
    for (const stream of this.#streams) this.#end(stream);
  }

  #start(response: Response): void {
    const release = this.#limit.acquire(this.#authorizer.accountOf(response));
    this.#streams.add(response);
    response.once('close', () => {
      this.#streams.delete(response);
      release();
    });
    response.on('error', noop);
    // Anything may have changed before the stream was opened.
    response.write(`retry: 2000\n\n${changedEvent(new Set(topics))}`);
  }

  #broadcast(text: string): void {
    for (const stream of this.#streams) {
      if (stream.writableLength > maxUnread) stream.destroy();
      else stream.write(text);
    }
  }

  async #endUnlessAuthorized(stream: Response): Promise<void> {
    if (!(await this.#authorizer.isStillAuthorized(stream))) this.#end(stream);
  }

  /** Nothing may be written after the end, which a slow client can delay for long, so the stream is removed at once. */
  #end(stream: Response): void {
    if (this.#streams.delete(stream)) stream.end();
  }
}

function changedEvent(changed: ReadonlySet<Topic>): string {
  return `event: changed\ndata: ${JSON.stringify({ changed: [...changed].sort() })}\n\n`;
}

function noop(): void {
  // A broken connection closes the stream; there is nothing else to clean up.
}
