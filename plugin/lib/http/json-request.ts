import { parseProxy } from './proxy-url.ts';

/** A request to the API of a forge, such as GitHub. */
export interface JsonRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: object | undefined;
  readonly signal: AbortSignal;
}

/** A response with a status other than success. */
export class RefusedRequest extends Error {
  override readonly name = 'RefusedRequest';
  readonly status: number;

  constructor(method: string, url: string, status: number) {
    const hint =
      status === 403 || status === 401 || status === 404 ? ': its token has no right to it, as that of a fork' : '';
    super(`${method} ${url} responded with ${String(status)}${hint}`);
    this.status = status;
  }
}

/** Maximum size of a response. A page of a hundred pull requests with long texts is smaller. */
const maxBytes = 16 * 1024 * 1024;

/**
 * Sends the request and returns the JSON of the response, without following redirects. Throws `RefusedRequest`, or what
 * `fetch` throws, but never with a header's value in its message.
 */
export async function sendJson({ method, url, headers, body, signal }: JsonRequest): Promise<unknown> {
  assertSendable(headers);
  const response = await fetch(url, {
    method,
    headers: {
      'user-agent': 'dynamic-toolset',
      ...headers,
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
    redirect: 'error',
    signal,
  });
  if (response.ok) return parsed(await boundedText(response, `${method} ${url}`), `${method} ${url}`);
  await response.body?.cancel();
  throw new RefusedRequest(method, url, response.status);
}

/** The error of the parser would quote the response, and not say whose it is: often a login page. */
function parsed(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${what} responded with something other than JSON: check the URL of the API`);
  }
}

/** Node 24.14 and newer has it. */
interface GlobalProxies {
  readonly setGlobalProxyFromEnv?: (variables: Readonly<Record<string, string | undefined>>) => () => void;
}

/**
 * Sends requests through the proxies that these variables name while `use` runs, as git and curl do. Node before 24.14 cannot
 * do so at run time: it needs NODE_USE_ENV_PROXY=1.
 */
export async function throughProxies<T>(
  variables: Readonly<Record<string, string | undefined>>,
  use: () => Promise<T>,
): Promise<T> {
  // An `import` would load it for every command, or have Node print a warning in the bundle.
  const http: GlobalProxies = process.getBuiltinModule('node:http');
  const restore = http.setGlobalProxyFromEnv?.(asNodeReads(variables));
  try {
    return await use();
  } finally {
    restore?.();
  }
}

/** The variables that Node reads. It throws for a proxy that it cannot use: requests to that one go directly. */
function asNodeReads(variables: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const read = Object.entries(variables).flatMap(([name, value = '']) => {
    if (/^no_proxy$/i.test(name) && value !== '') return [[name, value] as const];
    const proxy = /^https?_proxy$/i.test(name) ? parseProxy(value) : null;
    return proxy && proxy.protocol !== 'socks5h:' ? [[name, proxy.href] as const] : [];
  });
  return Object.fromEntries(read);
}

/** The error of `fetch` would quote a value that it cannot send, and that is the token. */
function assertSendable(headers: JsonRequest['headers']): void {
  for (const [name, value] of Object.entries(headers))
    if (!/^[\x20-\x7e]*$/.test(value))
      throw new Error(`the value of the header ${name} cannot be sent: a token has to be one line of ASCII`);
}

async function boundedText(response: Response, what: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += (chunk as Uint8Array).length;
    if (bytes > maxBytes) throw new Error(`${what} responded with more than ${String(maxBytes / 1024 / 1024)} MB`);
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Why a request failed; `fetch` puts it into the cause of its error. */
export function requestReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
