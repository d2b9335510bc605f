import { keyOf } from '../../../lib/object-key.ts';
import { debounce } from '../../reconcile/debounce.ts';
import type { CacheChange } from '../../cache/index.ts';
import type { ConfigMapStatus } from '../../reconcile/status.ts';

export const topics = ['applications', 'configmaps', 'services'] as const;
export type Topic = (typeof topics)[number];

/** Which state of things an answer was computed from, and news of the next one. */
export interface ChangeFeed {
  /** Goes up whenever this may have another answer: a ConfigMap, all Services or all Namespaces. */
  readonly versionOf: (what: `configMap ${string}` | 'services' | 'namespaces') => number;
  /** Told once a burst is over of what is not as it was. */
  readonly onChange: (listener: (changed: ReadonlySet<Topic>) => void) => void;
  readonly cacheChanged: (change: CacheChange) => void;
  readonly statusChanged: (after: ConfigMapStatus | undefined, before: ConfigMapStatus | undefined) => void;
  /** Argo CD was asked for something, or could not be. */
  readonly historyChanged: () => void;
}

/** People look no sooner, and no more often. */
const quietMs = 250;
const maxQuietMs = 1_000;

const topicOf = {
  services: 'services',
  endpoints: 'services',
  namespaces: 'services',
  configMaps: 'configmaps',
  applications: 'applications',
} as const satisfies Record<CacheChange['collection'], Topic>;

export function createChanges(signal: AbortSignal): ChangeFeed {
  const versions = new Map<string, number>();
  let last = 0;
  const listeners: ((changed: ReadonlySet<Topic>) => void)[] = [];
  let changed = new Set<Topic>();
  const { trigger, cancel } = debounce(
    () => {
      const told = changed;
      changed = new Set();
      for (const listener of listeners) listener(told);
    },
    quietMs,
    maxQuietMs,
  );
  signal.addEventListener('abort', cancel, { once: true });
  const bump = (what: string): void => {
    // No number comes twice: what was deleted and made again is not what it was.
    versions.set(what, ++last);
  };
  const notify = (...some: readonly Topic[]): void => {
    if (signal.aborted) return;
    for (const topic of some) changed.add(topic);
    trigger();
  };
  return {
    versionOf: (what) => versions.get(what) ?? 0,
    onChange: (listener) => {
      listeners.push(listener);
    },
    cacheChanged: ({ collection }) => {
      bump(collection);
      notify(topicOf[collection]);
    },
    statusChanged: (after, before) => {
      const one = after ?? before;
      if (!one) return;
      const key = `configMap ${keyOf(one)}`;
      if (after) bump(key);
      else versions.delete(key);
      notify('configmaps', 'applications');
    },
    historyChanged: () => {
      notify('applications');
    },
  };
}
