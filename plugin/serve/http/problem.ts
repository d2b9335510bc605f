/** Every problem that the API answers with (RFC 9457). docs/problems.md has a heading for each. */
export const problems = {
  'invalid-request': { status: 400, title: 'The request is not as the API describes it' },
  unauthenticated: { status: 401, title: 'A valid bearer token is needed' },
  forbidden: { status: 403, title: 'The token does not allow this' },
  'not-found': { status: 404, title: 'There is no such thing' },
  'method-not-allowed': { status: 405, title: 'The path does not have this method' },
  'not-acceptable': { status: 406, title: 'No media type that is offered is accepted' },
  'request-timeout': { status: 408, title: 'The request did not arrive in time' },
  'payload-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body is of a type that is not read' },
  'too-complex': { status: 422, title: 'Checking this takes too much' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  'headers-too-large': { status: 431, title: 'The headers are too large' },
  'internal-error': { status: 500, title: 'A bug in dynamic-toolset' },
  'cluster-unavailable': { status: 502, title: 'The API server did not answer' },
  'not-ready': { status: 503, title: 'The cluster is not known yet' },
  overloaded: { status: 503, title: 'Too much is going on' },
} as const;

export type ProblemName = keyof typeof problems;

/** One thing that is wrong with a request, and where: `query`, `body` or `path`, and a JSON pointer into it. */
export interface Fault {
  readonly in: 'query' | 'body' | 'path';
  readonly pointer: string;
  readonly detail: string;
}

/** What stands in the body of a problem response. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly Fault[];
}

interface ProblemOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly faults?: readonly Fault[];
}

/** A request that is answered with a problem. `detail` says what is wrong and what to do, for people. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly problem: ProblemName;
  readonly headers: Readonly<Record<string, string>>;
  readonly faults: readonly Fault[];

  constructor(problem: ProblemName, detail: string, { headers = {}, faults = [] }: ProblemOptions = {}) {
    super(detail);
    this.problem = problem;
    this.headers = headers;
    this.faults = faults;
  }
}

/** For a problem that passes: when to ask again. */
export function retryAfter(seconds: number): Pick<ProblemOptions, 'headers'> {
  return { headers: { 'retry-after': String(seconds) } };
}

/** Ends what is done for a client that has gone. */
export function assertClientConnected(response: { readonly destroyed: boolean }): void {
  if (response.destroyed) throw clientDisconnected();
}

/** Nobody reads it. */
export function clientDisconnected(): Problem {
  return new Problem('request-timeout', 'The client has not waited for its answer.');
}

/** Names of problems are in the name space of the settings' API group: they are identifiers, not addresses. */
export function typeOf(problem: ProblemName): string {
  return `https://toolset.kubernaut.ai/problems/${problem}`;
}

export function documentOf({ problem, message, faults }: Problem): ProblemDocument {
  const { status, title } = problems[problem];
  return { type: typeOf(problem), title, status, detail: message, ...(faults.length > 0 ? { errors: faults } : {}) };
}
