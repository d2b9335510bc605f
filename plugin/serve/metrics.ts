import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Caches } from './caches.ts';
import { collectionNames } from './caches.ts';
import type { RestartCause } from './reflector-health.ts';
import type { Tracked } from './tracked.ts';

/** What the metrics that are read off, not counted, are read from. */
export interface Readings {
  readonly caches: Pick<Caches<unknown>, 'health' | 'services' | 'namespaces' | 'configMaps' | 'applications'>;
  readonly configMaps: ReadonlyMap<string, Tracked>;
  readonly isActing: () => boolean;
}

/** What happens and is counted. Labels have few values each, whatever the cluster holds; ConfigMaps are those managed. */
export interface Metrics {
  readonly registry: Registry;
  readonly requests: Counter<'request' | 'result' | 'cause'>;
  readonly setbacks: Counter<'setback'>;
  readonly updated: Histogram<'cause'>;
  readonly watchRestarts: Counter<'collection' | 'cause'>;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    requests: new Counter({
      name: 'toolset_argocd_requests_total',
      help: 'Requests to Argo CD: refresh or sync, what came of them, and what made the ConfigMap fall behind.',
      labelNames: ['request', 'result', 'cause'],
      registers,
    }),
    setbacks: new Counter({
      name: 'toolset_argocd_setbacks_total',
      help: 'Refreshes or syncs after which the ConfigMap was not right: generation-failed, disagreement, sync-failed.',
      labelNames: ['setback'],
      registers,
    }),
    updated: new Histogram({
      name: 'toolset_configmap_update_seconds',
      help: 'From noticing that a ConfigMap is behind until it is current again.',
      labelNames: ['cause'],
      buckets: [0.25, 0.5, 1, 2, 5, 10, 30, 60, 300],
      registers,
    }),
    watchRestarts: new Counter({
      name: 'toolset_watch_restarts_total',
      help: 'Watches and lists that ended, by collection and cause; closed and resync are as it should be.',
      labelNames: ['collection', 'cause'],
      registers,
    }),
  };
}

/** Causes that are as it should be. */
export const expectedRestarts: readonly RestartCause[] = ['closed', 'resync'];

/** Adds what is read off whenever somebody asks. */
export function addReadings({ registry }: Metrics, { caches, configMaps, isActing }: Readings): void {
  const registers = [registry];
  new Gauge({
    name: 'toolset_configmap_behind_seconds',
    help: 'How long a managed ConfigMap has not said what the cluster says; 0 where it does.',
    labelNames: ['namespace', 'name'],
    registers,
    collect() {
      this.reset();
      const now = performance.now();
      for (const { namespace, name, behindSince } of configMaps.values())
        this.set({ namespace, name }, behindSince === null ? 0 : (now - behindSince) / 1000);
    },
  });
  new Gauge({
    name: 'toolset_configmap_problem',
    help: '1 where nothing can be done about a managed ConfigMap: the log says why.',
    labelNames: ['namespace', 'name'],
    registers,
    collect() {
      this.reset();
      for (const { namespace, name, problem } of configMaps.values())
        this.set({ namespace, name }, problem === null ? 0 : 1);
    },
  });
  new Gauge({
    name: 'toolset_acting',
    help: '1 where this replica is the one that asks Argo CD.',
    registers,
    collect() {
      this.set(isActing() ? 1 : 0);
    },
  });
  new Gauge({
    name: 'toolset_watch_up',
    help: '1 where a collection is being watched.',
    labelNames: ['collection'],
    registers,
    collect() {
      for (const collection of collectionNames) this.set({ collection }, caches.health(collection).watching ? 1 : 0);
    },
  });
  new Gauge({
    name: 'toolset_cached_objects',
    help: 'Objects in the caches.',
    labelNames: ['collection'],
    registers,
    collect() {
      for (const collection of ['services', 'namespaces', 'configMaps', 'applications'] as const)
        this.set({ collection }, caches[collection].size);
    },
  });
}
