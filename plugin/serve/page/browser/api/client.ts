/** Why a request was not answered with what was asked for. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** 0 where nobody answered. */
  readonly status: number;
  readonly title: string;

  constructor(status: number, title: string, detail: string) {
    super(detail);
    this.status = status;
    this.title = title;
  }
}

export type Query = Readonly<Record<string, string | readonly string[] | number | null>>;

/** Path and query, relative to the page: it works behind a prefix too. Empty parameters are left out. */
export function urlOf(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === '') continue;
    for (const one of Array.isArray(value) ? (value as readonly string[]) : [String(value)]) search.append(name, one);
  }
  return search.size === 0 ? path : `${path}?${search.toString()}`;
}

/** Asks the API; fails with an `ApiError`, or as `fetch` does when `signal` comes. */
export async function ask(url: string, token: string, accept: string, signal: AbortSignal): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, accept };
  const response = await fetch(url, { headers, signal, credentials: 'omit' }).catch((cause: unknown) => {
    if (signal.aborted) throw cause;
    throw new ApiError(0, 'The service does not answer', 'It is asked again until it does.');
  });
  if (response.ok) return response;
  throw await problemOf(response);
}

export async function getJson<T>(url: string, token: string, signal: AbortSignal): Promise<T> {
  const response = await ask(url, token, 'application/json', signal);
  return (await response.json()) as T;
}

/** By RFC 9457, unless something between here and the service has answered. */
async function problemOf(response: Response): Promise<ApiError> {
  const { title, detail } = (await response.json().catch(() => ({}))) as { title?: unknown; detail?: unknown };
  return new ApiError(
    response.status,
    typeof title === 'string' ? title : `The answer was ${String(response.status)} ${response.statusText}`,
    typeof detail === 'string' ? detail : '',
  );
}
