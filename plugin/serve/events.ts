import type { Logger } from 'pino';

type Level = 'debug' | 'info' | 'warn' | 'error';

interface EventKind {
  readonly level: Level;
  /** Meaning of the event, for docs/serve.md. */
  readonly about: string;
}

/** Every event that `serve` logs. Names are stable; docs/serve.md is generated from this list. */
export const events = {
  started: { level: 'info', about: 'The process has started and fills its caches.' },
  synced: { level: 'info', about: 'Every collection has been listed completely: evaluation of ConfigMaps begins.' },
  stopping: { level: 'info', about: 'Received a signal to stop.' },
  stopped: { level: 'info', about: 'All requests have ended; the process exits.' },
  'watch-ended': { level: 'debug', about: 'A watch ended as expected and is reopened.' },
  'watch-failed': {
    level: 'warn',
    about: 'A watch or list failed: `cause` is the kind of failure; retried in `retryInMs`.',
  },
  'services-too-large': {
    level: 'warn',
    about:
      'Services are not evaluated because they are too large: `count` is the number not logged before, `services` has the first.',
  },
  'cluster-opened': {
    level: 'info',
    about: 'Another cluster is watched from now on, because an Application reads it: `cluster` is its name.',
  },
  'cluster-closed': { level: 'info', about: 'Another cluster is no longer watched: no Application reads it.' },
  'cluster-failed': {
    level: 'warn',
    about: 'Another cluster could not be opened: `cluster` is what Applications call it; retried in `retryInMs`.',
  },
  'cluster-readable': {
    level: 'info',
    about: 'Another cluster has been listed completely and is watched.',
  },
  'cluster-unreadable': {
    level: 'warn',
    about: 'Another cluster cannot be read: its Applications are left as they are until it can be read; retried.',
  },
  'clusters-left-out': {
    level: 'warn',
    about: 'Applications name more clusters than are looked up: `count` are left out.',
  },
  'leader-elected': { level: 'info', about: 'This replica is the leader: it sends the requests to Argo CD.' },
  'leader-lost': {
    level: 'warn',
    about: 'This replica is no longer the leader: another is, or the Lease was not renewed in time.',
  },
  'lease-failed': { level: 'warn', about: 'The Lease could not be read or renewed; retried.' },
  'policy-failed': {
    level: 'error',
    about: 'The policy file could not be read again; the previous policy stays in force.',
  },
  'configmap-out-of-date': {
    level: 'info',
    about: 'The desired digest (`desired`) of a ConfigMap differs from its current one (`digest`).',
  },
  'configmap-up-to-date': {
    level: 'info',
    about: 'The ConfigMap has its desired digest again; it was out of date for `outOfDateMs`.',
  },
  'configmap-empty': {
    level: 'warn',
    about: 'No backend is discovered for a ConfigMap: the consumer gets no data source from this cluster.',
  },
  'configmap-warnings': {
    level: 'warn',
    about:
      'The generation of a ConfigMap has warnings that a person must act on: `code` and `message` are those of the first, `count` is their number.',
  },
  'configmap-problem': {
    level: 'warn',
    about: 'The desired digest of a ConfigMap cannot be computed: `reason` is the code, `message` the sentence.',
  },
  'refresh-requested': { level: 'info', about: 'Asked Argo CD to generate the manifests again.' },
  'sync-requested': { level: 'info', about: 'Asked Argo CD to apply the ConfigMap.' },
  'request-failed': { level: 'error', about: 'A request to Argo CD failed; retried with back-off.' },
  'generation-failed': {
    level: 'warn',
    about: 'Argo CD could not generate the manifests: `message` has its error; retried with back-off.',
  },
  'refresh-had-no-effect': {
    level: 'warn',
    about: 'Refresh had no effect: plugin and serve disagree; retrying with exponential back-off.',
  },
  'sync-failed': { level: 'warn', about: 'A sync did not update the ConfigMap; retried with back-off.' },
  'application-needs-action': {
    level: 'warn',
    about:
      'serve does not sync an out-of-date Application: `reason` is ApplicationDeleting, HookFailed, NoSelfHeal, ReconcileSkipped or SyncWindow.',
  },
  'certificate-failed': {
    level: 'error',
    about: 'The certificate could not be read again; the previous one stays in use.',
  },
  'extension-secret-failed': {
    level: 'error',
    about: "The secret of Argo CD's proxy extension could not be read again; the previous one stays in use.",
  },
  bug: { level: 'error', about: 'A bug in dynamic-toolset; everything else continues.' },
} as const satisfies Readonly<Record<string, EventKind>>;

export type EventName = keyof typeof events;

/** Fields of an event: object names are `namespace/name`, times are milliseconds. */
export type Fields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Logs one event on one line. */
export type Emit = (event: EventName, fields?: Fields) => void;

/** Emits events to a logger. */
export function emitTo(logger: Logger): Emit {
  return (event, fields = {}) => {
    logger[events[event].level]({ event, ...fields });
  };
}
