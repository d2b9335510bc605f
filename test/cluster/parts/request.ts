import type { OutgoingHttpHeaders } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';

/** How many requests travel at the same time, and how many connections are kept for them. */
export const parallelRequests = 32;

export interface Answer {
  readonly status: number;
  /** Parsed JSON, or the text when the answer is not JSON. */
  readonly body: unknown;
}

export interface RequestOptions {
  /** Whose token to send: the admin's unless given, none at all for `null`. */
  readonly token?: string | null;
  /** JSON unless given; a text of another type is sent as it is. */
  readonly contentType?: string;
}

export type Request = (method: string, path: string, body?: unknown, options?: RequestOptions) => Promise<Answer>;

export interface Client {
  readonly request: Request;
  readonly close: () => void;
}

/** Talks JSON to the API server over connections that are kept open. Any status is an answer, not an error. */
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

/** The body of an answer that succeeded; an error that quotes the server otherwise. */
export function expectSuccess(answer: Answer, what: string): unknown {
  if (answer.status < 300) return answer.body;
  throw new Error(`${what}: status ${answer.status}: ${JSON.stringify(answer.body).slice(0, 500)}`);
}

/** Deletes what is at a path of the API, if it is there. */
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
