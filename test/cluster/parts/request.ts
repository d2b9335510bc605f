import type { OutgoingHttpHeaders } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';

/** Concurrent requests, and connections kept for them. */
export const parallelRequests = 32;

export interface Answer {
  readonly status: number;
  /** Parsed JSON, or text if the response is not JSON. */
  readonly body: unknown;
}

export interface RequestOptions {
  /** The token to send: the admin's by default, none for `null`. */
  readonly token?: string | null;
  /** JSON by default; text of another type is sent as it is. */
  readonly contentType?: string;
}

export type Request = (method: string, path: string, body?: unknown, options?: RequestOptions) => Promise<Answer>;

export interface Client {
  readonly request: Request;
  readonly close: () => void;
}

/** Sends JSON requests to the API server over persistent connections. Any status is a result, not an error. */
export function createClient(url: string, ca: string, adminToken: string): Client {
  const agent = new Agent({ ca, keepAlive: true, maxSockets: parallelRequests });
  return {
    request: (method, path, body, { token = adminToken, contentType = 'application/json' } = {}) => {
      const headers: OutgoingHttpHeaders = { accept: 'application/json' };
      if (token !== null) headers.authorization = `Bearer ${token}`;
      if (body !== undefined) headers['content-type'] = contentType;
      const isText = typeof body === 'string' && contentType !== 'application/json';
      return send(agent, new URL(path, url), method, headers, isText ? body : JSON.stringify(body));
    },
    close: () => {
      agent.destroy();
    },
  };
}

/** The body of a successful response; otherwise throws an error that quotes the server. */
export function expectSuccess(answer: Answer, what: string): unknown {
  if (answer.status < 300) return answer.body;
  throw new Error(`${what}: status ${answer.status}: ${JSON.stringify(answer.body).slice(0, 500)}`);
}

/** Deletes the object at a path of the API, if it exists. */
export async function deleteAt(request: Request, path: string): Promise<void> {
  const answer = await request('DELETE', path);
  if (answer.status !== 404) expectSuccess(answer, `deleting ${path}`);
}

async function send(
  agent: Agent,
  url: URL,
  method: string,
  headers: OutgoingHttpHeaders,
  body: string | undefined,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const request = httpsRequest(url, { agent, method, headers }, (response) => {
    text(response).then((content) => {
      resolve({ status: response.statusCode ?? 0, body: parse(content) });
    }, reject);
  });
  request.once('error', reject);
  request.end(body);
  return promise;
}

function parse(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return content;
  }
}
