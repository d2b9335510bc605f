import { asObject, asString } from '../../../../lib/json.ts';

/** A failed request. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** 0 without a response. */
  readonly status: number;
  readonly title: string;

  constructor(status: number, title: string, detail: string) {
    super(detail);
    this.status = status;
    this.title = title;
  }
}

export type Query = Readonly<Record<string, string | readonly string[] | number | null>>;

/** Path and query, relative to the page so that it works below a prefix. Empty parameters are omitted. */
export function urlOf(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === '') continue;
    for (const one of Array.isArray(value) ? (value as readonly string[]) : [String(value)]) search.append(name, one);
  }
  return search.size === 0 ? path : `${path}?${search.toString()}`;
}

/**
 * Sends a GET request, or a POST request if there is a body; fails with an `ApiError`, or as `fetch` does when `signal`
 * aborts.
 */
export async function request(
  url: string,
  token: string,
  { accept, body, signal }: { readonly accept: string; readonly body?: unknown; readonly signal: AbortSignal },
): Promise<Response> {
  // `fetch` would fail as it does without a network.
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new ApiError(401, 'Not a token', 'It has characters that no token has: copy all of it, and nothing else.');
  const headers = { authorization: `Bearer ${token}`, accept };
  const posted = {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
  const init: RequestInit = body === undefined ? { headers } : posted;
  const response = await fetch(url, { ...init, signal, credentials: 'omit' }).catch((cause: unknown) => {
    throw signal.aborted ? cause : unreachable();
  });
  if (response.ok) return response;
  throw await problemOf(response);
}

/** The JSON of a GET request; fails as `request` does, also while the body arrives. */
export async function getJson<T>(url: string, token: string, signal: AbortSignal): Promise<T> {
  const response = await request(url, token, { accept: 'application/json', signal });
  if (!isJson(response)) throw unexpected(response, 'It is not from the service: perhaps a proxy asks for a login.');
  return (await response.json().catch((cause: unknown) => {
    throw signal.aborted ? cause : unreachable();
  })) as T;
}

/** Whether the service may have sent it: proxies respond with pages. */
export function isJson({ headers }: Response): boolean {
  return /^application\/(?:problem\+)?json\b/.test(headers.get('content-type') ?? '');
}

/** From the problem document (RFC 9457), or from the status if a proxy responded. */
async function problemOf(response: Response): Promise<ApiError> {
  const { title, detail } = asObject(await response.json().catch(() => null));
  if (typeof title !== 'string') return unexpected(response, asString(detail));
  return new ApiError(response.status, title, asString(detail));
}

function unexpected({ status, statusText }: Response, detail: string): ApiError {
  return new ApiError(status, `Unexpected response ${String(status)} ${statusText}`, detail);
}

function unreachable(): ApiError {
  return new ApiError(0, 'The service is unreachable', 'The page keeps retrying.');
}
