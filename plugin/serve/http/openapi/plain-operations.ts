import type { ProblemCode } from '../problem.ts';

/** What is answered as it is, without a query: for the OpenAPI document. */
export interface PlainOperation {
  readonly id: string;
  readonly path: string;
  readonly summary: string;
  readonly mediaType: string;
  /** Answered to everybody. */
  readonly isOpen: boolean;
  /** By status. */
  readonly answers: Readonly<Record<string, string>>;
  readonly problems: readonly ProblemCode[];
}

const guarded: readonly ProblemCode[] = [
  'unauthenticated',
  'forbidden',
  'not-acceptable',
  'too-many-requests',
  'internal-error',
  'cluster-unavailable',
];

export const eventsOperation: PlainOperation = {
  id: 'events',
  path: '/api/v1/events',
  summary: 'Server-sent events: `changed`, with which of applications, configmaps and services are not as they were',
  mediaType: 'text/event-stream',
  isOpen: false,
  answers: { 200: 'A stream that goes on; after it ends, connect again.' },
  problems: [...guarded, 'not-ready', 'overloaded'],
};

export const plainOperations: readonly PlainOperation[] = [
  {
    ...{
      id: 'healthz',
      path: '/healthz',
      summary: 'Whether the process is alive',
      mediaType: 'text/plain',
      isOpen: true,
    },
    answers: { 200: 'It is.' },
    problems: [],
  },
  {
    ...{
      id: 'readyz',
      path: '/readyz',
      summary: 'Whether the cluster is known and watched',
      mediaType: 'text/plain',
      isOpen: true,
    },
    answers: { 200: 'It is.', 503: 'It is not, and why.' },
    problems: [],
  },
  {
    ...{
      id: 'metrics',
      path: '/metrics',
      summary: "Metrics in Prometheus' text format",
      mediaType: 'text/plain',
      isOpen: false,
    },
    answers: { 200: 'All metrics.' },
    problems: guarded,
  },
  {
    ...{
      id: 'openapi',
      path: '/openapi.json',
      summary: 'This description',
      mediaType: 'application/json',
      isOpen: true,
    },
    answers: { 200: 'OpenAPI 3.1.' },
    problems: ['not-acceptable'],
  },
];
