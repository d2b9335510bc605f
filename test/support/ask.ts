import { request as requestHttp } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The parsed JSON of the response; `null` for any other. */
  readonly json: unknown;
}

export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly token?: string;
  /** Sent as JSON, unless it is text. */
  readonly body?: unknown;
  /** CA of the server, if it is one of the test's own. */
  readonly ca?: string;
  /** Source address of the connection. */
  readonly localAddress?: string;
}

/** Sends one request with nothing added: `fetch` has a cache policy of its own. */
export async function ask(
  url: string,
  { method = 'GET', token, body, ca, localAddress, ...rest }: Question = {},
): Promise<Answer> {
  const sent = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(sent === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(sent) }),
    ...rest.headers,
  };
  const start = url.startsWith('https:') ? requestHttps : requestHttp;
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  start(url, { method, headers, agent: false, localAddress, ...(ca === undefined ? {} : { ca }) }, (response) => {
    text(response).then((answer) => {
      const isJson = (response.headers['content-type'] ?? '').includes('json') && answer !== '';
      const json = isJson ? (JSON.parse(answer) as unknown) : null;
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text: answer, json });
    }, reject);
  })
    .on('error', reject)
    .end(sent);
  return promise;
}
