import { keyOf } from '../../../lib/object-key.ts';
import { debounce } from '../../timing/debounce.ts';
import type { CacheChange } from '../../cache/index.ts';
import type { ConfigMapStatus } from '../../reconcile/status.ts';

export const topics = ['applications', 'clusters', 'configmaps', 'services'] as const;
export type Topic = (typeof topics)[number];

type Versioned = `configMap ${string}` | 'services' | 'namespaces';
type Listener = (changed: ReadonlySet<Topic>) => void;

/** Notifies after this time without a further change, and after `maxQuietMs` at the latest. */
const quietMs = 250;
const maxQuietMs = 1_000;

const topicOf = {
  services: 'services',
  endpoints: 'services',
  namespaces: 'services',
  configMaps: 'configmaps',
  applications: 'applications',
} as const satisfies Record<CacheChange['collection'], Topic>;

/** Versions of the state behind responses, and notifications of its changes. */
export class ChangeFeed {
  readonly #signal: AbortSignal;
  readonly #versions = new Map<string, number>();
  readonly #listeners: Listener[] = [];
  readonly #debounced: ReturnType<typeof debounce>;
  #lastVersion = 0;
  #changed = new Set<Topic>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    const notify = (): void => {
      const changed = this.#changed;
      this.#changed = new Set();
      for (const listener of this.#listeners) listener(changed);
    };
    this.#debounced = debounce(notify, quietMs, maxQuietMs);
    signal.addEventListener('abort', this.#debounced.cancel, { once: true });
  }

  /**
   * Increases with each change of a ConfigMap's status, of any Service or of any Namespace; 0 before the first change.
   */
  versionOf(what: Versioned): number {
    return this.#versions.get(what) ?? 0;
  }

  /** Calls the listener once per burst of changes. */
  onChange(listener: Listener): void {
    this.#listeners.push(listener);
  }

  cacheChanged({ collection }: CacheChange): void {
    this.#bump(collection);
    this.#add(topicOf[collection]);
  }

  statusChanged(after: ConfigMapStatus | undefined, before: ConfigMapStatus | undefined): void {
    const status = after ?? before;
    if (!status) return;
    const what = `configMap ${keyOf(status)}`;
    if (after) this.#bump(what);
    else this.#versions.delete(what);
    this.#add('configmaps', 'applications');
  }

  /** Passes on the same changes of another cluster. */
  relay(changed: ReadonlySet<Topic>): void {
    this.#add(...changed);
  }

  /** The set of watched clusters, or whether one is readable, has changed. */
  clustersChanged(): void {
    this.#add('clusters');
  }

  /** A request to Argo CD was sent or failed. */
  historyChanged(): void {
    this.#add('applications');
  }

  /** No version is reused: a recreated ConfigMap is a different one. */
  #bump(what: string): void {
    this.#lastVersion += 1;
    this.#versions.set(what, this.#lastVersion);
  }

  #add(...some: readonly Topic[]): void {
    if (this.#signal.aborted) return;
    for (const topic of some) this.#changed.add(topic);
    this.#debounced.trigger();
  }
}
