import type { Application, Cluster, Decision } from './api/responses.ts';

/** Each decision explained to a first-time reader. */
export const decisionTitles: Readonly<Record<Decision, string>> = {
  selected: 'in the ConfigMap',
  redundant: 'the right product, but another Service is the preferred entry point',
  unhealthy: 'the right product, but unhealthy',
  rejected: 'looks like a known product, but is not',
  denied: 'excluded by policy, trust or an opt-out',
  ignored: 'no sign of a known product',
};

/** Most urgent first. */
export const allStatuses = ['out-of-date', 'needs-attention', 'up-to-date'] as const;
export type Status = (typeof allStatuses)[number];

export const statusTitles: Readonly<Record<Status, string>> = {
  'up-to-date': 'Up to date',
  'out-of-date': 'Out of date',
  'needs-attention': 'Needs attention',
};

/** The ConfigMap compared with the current discovery. */
export function statusOf({ outOfDate, desired, reason }: Application): Status {
  if (outOfDate) return 'out-of-date';
  return desired === null || reason !== null ? 'needs-attention' : 'up-to-date';
}

/** Text after the name of a cluster that is not read. */
export const stateTitles: Readonly<Record<Cluster['state'], string>> = {
  readable: '',
  unreadable: ' – cannot be read',
  unopened: ' – not opened',
};

/** Why a ConfigMap went out of date, as a clause. */
export const causeTitles: Readonly<Record<Application['cause'], string>> = {
  services: 'a Service changed',
  endpoints: 'the endpoints of a Service changed',
  namespaces: 'a Namespace changed',
  configMaps: 'the ConfigMap changed',
  applications: 'the Application changed',
  time: 'a backend was unready for too long',
  probe: 'a backend became healthy or unhealthy',
  policy: 'the policy changed',
  start: 'before this process started',
  request: 'a discovery was requested',
};

/** Tooltip for a backend's address, which the consumer uses inside the cluster. */
export const mayBeUnreachable = 'Your browser may not reach it: it is an address of the cluster.';
