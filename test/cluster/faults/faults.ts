import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';

/** How much of the answer's body arrives, never compressed, and how it goes on from there. */
export type Limit =
  /** The connection breaks after so many bytes. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** So many bytes, then silence on an open connection. */
  | { readonly kind: 'hang'; readonly afterBytes: number }
  /** A whole answer to look at, but short: it ends as it should after so many bytes. */
  | { readonly kind: 'truncate'; readonly afterBytes: number };

/** Answered by the proxy; the API server does not hear of it. */
export type Stub =
  | {
      readonly kind: 'status';
      readonly status: number;
      /** A Kubernetes Status object unless given. */
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Status 200 with something else, such as the HTML of a login page. */
  | { readonly kind: 'replace'; readonly body: string; readonly contentType: string };

/** What happens to a request instead of an honest answer at once. `slow` is honest, but waits before it asks. */
export type Fault = Limit | Stub | { readonly kind: 'slow'; readonly delayMs: number };

export interface ProxiedRequest {
  readonly method: string;
  readonly url: string;
  /** What the client was told; 0 until then. */
  status: number;
  /** How much of the body went to the client so far. */
  bodyBytes: number;
}

const hopByHop = ['connection', 'keep-alive', 'transfer-encoding'];

/** Answers in place of the API server. */
export function sendStub(response: ServerResponse, record: ProxiedRequest, stub: Stub): void {
  const { status, contentType, headers, body } = describeStub(stub);
  record.status = status;
  record.bodyBytes = Buffer.byteLength(body);
  response.writeHead(status, { 'content-type': contentType, 'content-length': record.bodyBytes, ...headers });
  response.end(body);
}

/** Passes the API server's answer on as it comes, up to the limit. */
export async function relay(
  incoming: IncomingMessage,
  response: ServerResponse,
  record: ProxiedRequest,
  limit: Limit | null,
): Promise<void> {
  record.status = incoming.statusCode ?? 0;
  response.writeHead(record.status, relayedHeaders(incoming.headers, limit));
  response.flushHeaders();
  await relayBody(incoming, response, record, limit?.afterBytes ?? Infinity);
  incoming.destroy();
  if (limit?.kind === 'hang') return;
  if (limit?.kind === 'cut') response.destroy();
  else response.end();
}

function describeStub(stub: Stub): {
  readonly status: number;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
} {
  if (stub.kind === 'replace') return { status: 200, contentType: stub.contentType, headers: {}, body: stub.body };
  const message = 'injected by the fault proxy';
  const object = { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code: stub.status };
  const { status, headers = {}, body = JSON.stringify(object) } = stub;
  return { status, contentType: 'application/json', headers, body };
}

/** A truncated answer must not announce more than it has; the others do, as a real connection that breaks. */
function relayedHeaders(headers: IncomingHttpHeaders, limit: Limit | null): IncomingHttpHeaders {
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.includes(name)));
  const length = headers['content-length'];
  if (limit?.kind !== 'truncate' || length === undefined) return kept;
  return { ...kept, 'content-length': String(Math.min(Number(length), limit.afterBytes)) };
}

/**
 * Counts before it writes: a client may have the last byte first. Waits for each part to be handed over, so that a cut
 * comes after it.
 */
async function relayBody(
  incoming: IncomingMessage,
  response: ServerResponse,
  record: ProxiedRequest,
  maxBytes: number,
): Promise<void> {
  if (maxBytes === 0) return;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    const part = chunk.subarray(0, maxBytes - record.bodyBytes);
    record.bodyBytes += part.length;
    await write(response, part);
    if (record.bodyBytes >= maxBytes) return;
  }
}

async function write(response: ServerResponse, part: Buffer): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  response.write(part, (error) => {
    if (error) reject(error);
    else resolve(undefined);
  });
  await promise;
}
