import { backoffMs } from '../../../../lib/duration.ts';
import type { StreamState } from '../model.ts';
import { ApiError, request } from './client.ts';
import { pause } from './pause.ts';

export interface StreamOptions {
  readonly token: string;
  readonly signal: AbortSignal;
  readonly onState: (state: StreamState) => void;
  /** The state has changed. */
  readonly onChange: () => void;
  readonly onUnauthenticated: (error: ApiError) => void;
}

/** Capped at 10 s, since a person is looking at the page; jitter shortens each pause by up to half. */
const backoff = { baseMs: 500, maxMs: 10_000 };
/** The service sends a heartbeat every 10 s: a stream without one is dead, even if TCP has not noticed. */
const idleTimeoutMs = 40_000;

/**
 * Follows changes until the signal aborts, and reconnects after interruptions. Not EventSource, which cannot send a
 * token.
 */
export async function listen(options: StreamOptions): Promise<void> {
  const { signal, onState } = options;
  let failures = 0;
  const opened = (): void => {
    failures = 0;
    onState('live');
  };
  while (!signal.aborted) {
    const isOver = await follow(options, opened).then(
      () => signal.aborted,
      (error: unknown) => signal.aborted || isRefused(error, options),
    );
    if (isOver) return;
    onState('lost');
    failures += 1;
    await pause(backoffMs(failures, backoff, Math.random() / 2), signal, [window, 'online']);
  }
}

/** Whether reconnecting with this token is pointless. */
function isRefused(error: unknown, { onState, onUnauthenticated }: StreamOptions): boolean {
  if (!(error instanceof ApiError)) return false;
  if (error.status === 401) onUnauthenticated(error);
  if (error.status === 403) onState('refused');
  return error.status === 401 || error.status === 403;
}

/** One connection, until it ends. */
async function follow({ token, signal, onChange }: StreamOptions, onOpen: () => void): Promise<void> {
  const idle = new AbortController();
  const either = AbortSignal.any([signal, idle.signal]);
  const giveUp = (): void => {
    idle.abort();
  };
  let timer = setTimeout(giveUp, idleTimeoutMs);
  let rest = '';
  try {
    const response = await request('api/v1/events', token, { accept: 'text/event-stream', signal: either });
    onOpen();
    const body: ReadableStream<Uint8Array<ArrayBuffer>> = response.body ?? new Blob([]).stream();
    const reader: ReadableStreamDefaultReader<string> = body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      clearTimeout(timer);
      timer = setTimeout(giveUp, idleTimeoutMs);
      const blocks = (rest + part.value).split('\n\n');
      rest = blocks.pop() ?? '';
      if (blocks.some((block) => /^event: changed$/m.test(block))) onChange();
    }
  } finally {
    clearTimeout(timer);
  }
}
