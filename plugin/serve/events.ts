import type { Logger } from 'pino';

type Level = 'debug' | 'info' | 'warn' | 'error';

interface EventKind {
  readonly level: Level;
  /** What it says, for docs/serve.md. */
  readonly about: string;
}

/** Every event that `serve` logs. The names are stable; docs/serve.md lists them from here. */
export const events = {
  started: { level: 'info', about: 'The process runs and fills its caches.' },
  synced: { level: 'info', about: 'Every collection has been listed whole: from now on it knows what is behind.' },
  stopping: { level: 'info', about: 'A signal asked it to end.' },
  stopped: { level: 'info', about: 'Nothing is on its way any more.' },
  'watch-ended': { level: 'debug', about: 'A watch ended as it should, and begins again.' },
  'watch-failed': {
    level: 'warn',
    about: 'A watch or list failed; `cause` says how, `retryInMs` when it is tried again.',
  },
  'leader-elected': { level: 'info', about: 'This replica acts from now on.' },
  'leader-lost': { level: 'warn', about: 'Another replica acts, or the Lease could not be renewed in time.' },
  'lease-failed': { level: 'warn', about: 'The Lease could not be read or renewed; it is tried again.' },
  'policy-failed': { level: 'error', about: 'The policy could not be read again: the one before stays in force.' },
  'configmap-behind': { level: 'info', about: 'The cluster asks for another ConfigMap than there is.' },
  'configmap-current': {
    level: 'info',
    about: 'The ConfigMap says again what the cluster says; `behindMs` is how long it did not.',
  },
  'configmap-problem': { level: 'warn', about: 'Nothing can be done about this ConfigMap; `problem` says why.' },
  'refresh-requested': { level: 'info', about: 'Argo CD was asked to generate anew.' },
  'sync-requested': { level: 'info', about: 'Argo CD was asked to apply the ConfigMap.' },
  'request-failed': { level: 'error', about: 'Argo CD could not be asked; it is tried again.' },
  'generation-failed': {
    level: 'warn',
    about: 'Argo CD could not generate; the Application says why. It is asked again.',
  },
  disagreement: {
    level: 'warn',
    about:
      'A refresh changed nothing: the plugin sees something else than this process, which asks again ever more seldom.',
  },
  'sync-failed': { level: 'warn', about: 'A sync did not bring the ConfigMap; it is tried again.' },
  'application-left': {
    level: 'warn',
    about:
      'The Application is behind and left to people, or to self-heal: `why` is deleting, no-self-heal or sync-window.',
  },
  'certificate-failed': {
    level: 'error',
    about: 'The certificate could not be read again: the one before stays in use.',
  },
  bug: { level: 'error', about: 'A bug in dynamic-toolset; everything else goes on.' },
} as const satisfies Readonly<Record<string, EventKind>>;

export type EventName = keyof typeof events;

/** Fields of an event: names of objects are `namespace/name`, times are milliseconds. */
export type Fields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Logs one event in one line. */
export type Emit = (event: EventName, fields?: Fields) => void;

/** Events on a logger. */
export function emitTo(logger: Logger): Emit {
  return (event, fields = {}) => {
    logger[events[event].level]({ event, ...fields });
  };
}
