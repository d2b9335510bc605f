import type { ProblemCode } from '../problem.ts';

/** An operation without parameters, outside the router: only for the OpenAPI document. */
export interface PlainOperation {
  readonly id: string;
  readonly path: string;
  readonly summary: string;
  readonly mediaType: string;
  /** Whether it needs no token. */
  readonly isOpen: boolean;
  /** Keyed by status. */
  readonly responses: Readonly<Record<string, string>>;
  readonly problems: readonly ProblemCode[];
}

/** Problems of every operation that needs a token. */
export const guarded: readonly ProblemCode[] = [
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
  summary:
    'Server-sent events: `changed`, with the changed topics among applications, clusters, configmaps and services',
  mediaType: 'text/event-stream',
  isOpen: false,
  responses: { 200: 'An endless stream; reconnect when it ends.' },
  problems: [...guarded, 'not-ready', 'overloaded'],
};

export const plainOperations: readonly PlainOperation[] = [
  {
    id: 'healthz',
    path: '/healthz',
    summary: 'Whether the process is alive',
    mediaType: 'text/plain',
    isOpen: true,
    responses: { 200: 'Alive.' },
    problems: [],
  },
  {
    id: 'readyz',
    path: '/readyz',
    summary: 'Whether the cluster has been listed completely and is watched',
    mediaType: 'text/plain',
    isOpen: true,
    responses: { 200: 'Ready.', 503: 'Not ready, and why.' },
    problems: [],
  },
  {
    id: 'metrics',
    path: '/metrics',
    summary: "Metrics in Prometheus' text format",
    mediaType: 'text/plain',
    isOpen: false,
    responses: { 200: 'Current metrics.' },
    problems: guarded,
  },
  {
    id: 'openapi',
    path: '/openapi.json',
    summary: 'The OpenAPI description',
    mediaType: 'application/json',
    isOpen: true,
    responses: { 200: 'OpenAPI 3.1.' },
    problems: ['not-acceptable'],
  },
];
