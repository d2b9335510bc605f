/** Every type of problem in responses (RFC 9457). docs/code-texts.ts says what to do about each. */
export const problems = {
  'invalid-request': { status: 400, title: 'Invalid request' },
  unauthenticated: { status: 401, title: 'Bearer token required' },
  forbidden: { status: 403, title: 'Forbidden' },
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'Method not allowed' },
  'not-acceptable': { status: 406, title: 'Not acceptable' },
  'request-timeout': { status: 408, title: 'Request timeout' },
  'payload-too-large': { status: 413, title: 'Request body too large' },
  'unsupported-media-type': { status: 415, title: 'Unsupported media type' },
  'too-complex': { status: 422, title: 'Files too complex' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  'headers-too-large': { status: 431, title: 'Request headers too large' },
  'internal-error': { status: 500, title: 'Internal error' },
  'cluster-unavailable': { status: 502, title: 'Kubernetes API server unavailable' },
  'not-ready': { status: 503, title: 'Not ready' },
  overloaded: { status: 503, title: 'Server overloaded' },
} as const;

export type ProblemCode = keyof typeof problems;

/** One invalid part of a request: the part, and a JSON Pointer into it. */
export interface Fault {
  readonly in: 'query' | 'body' | 'path' | 'header';
  readonly pointer: string;
  readonly detail: string;
}

/** The body of a problem response. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly Fault[];
  /** X-Request-Id of the response. */
  readonly requestId?: string;
}

interface ProblemOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly faults?: readonly Fault[];
}

/** Fails a request. `code` is the stable type; the message becomes `detail`. problem-details.ts has all messages. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly headers: Readonly<Record<string, string>>;
  readonly faults: readonly Fault[];

  constructor(code: ProblemCode, detail: string, { headers = {}, faults = [] }: ProblemOptions = {}) {
    super(detail);
    this.code = code;
    this.headers = headers;
    this.faults = faults;
  }
}

/** Type URIs are below the API group of the settings: identifiers, not addresses. */
function typeOf(code: ProblemCode): string {
  return `https://toolset.kubernaut.ai/problems/${code}`;
}

/** `requestId` is missing if the request was not valid HTTP. */
export function documentOf({ code, message, faults }: Problem, requestId?: string): ProblemDocument {
  const { status, title } = problems[code];
  return {
    type: typeOf(code),
    title,
    status,
    detail: message,
    ...(faults.length > 0 ? { errors: faults } : {}),
    ...(requestId === undefined ? {} : { requestId }),
  };
}
