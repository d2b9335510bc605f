import type { Clock } from '../../lib/clock.ts';
import { compare, keyOf } from '../../lib/object-key.ts';
import { collectionNames } from '../cache/index.ts';
import type { Caches } from '../cache/index.ts';
import type { ConfigMapStatus } from '../reconcile/status.ts';
import type { Metrics } from './metrics.ts';
import { gauge } from './metrics.ts';

/** What gauges are read from at each scrape. */
export interface GaugeSources {
  readonly caches: Pick<Caches<unknown>, 'health' | 'services' | 'namespaces' | 'configMaps' | 'applications'>;
  readonly configMaps: ReadonlyMap<string, ConfigMapStatus>;
  readonly isLeader: () => boolean;
  /** The one that `outOfDateSince` was read from. */
  readonly clock: Pick<Clock, 'now'>;
  /** Whether serve may not sync the Application: see `blocks` in reasons.ts. */
  readonly needsAction: (application: string) => boolean;
}

/** Limit of series with the name of a ConfigMap: anyone with the right to create ConfigMaps determines their number. */
const maxConfigMaps = 200;

/** Adds the gauges that need the reconciler. */
export function addGauges(metrics: Metrics, { caches, configMaps, isLeader, clock, needsAction }: GaugeSources): void {
  gauge(metrics, 'toolset_configmap_out_of_date_seconds', (set) => {
    const now = clock.now();
    for (const { namespace, name, outOfDateSince } of worstOf(configMaps.values()))
      set({ namespace, name }, outOfDateSince === null ? 0 : (now - outOfDateSince) / 1000);
  });
  gauge(metrics, 'toolset_configmap_needs_action', (set) => {
    for (const { namespace, name, application, outOfDateSince } of worstOf(configMaps.values()))
      set({ namespace, name }, outOfDateSince !== null && needsAction(application ?? '') ? 1 : 0);
  });
  gauge(metrics, 'toolset_configmap_problem', (set) => {
    for (const { namespace, name, problem } of worstOf(configMaps.values()))
      set({ namespace, name }, problem === null ? 0 : 1);
  });
  gauge(metrics, 'toolset_configmaps', (set) => {
    const counts = { 'up-to-date': 0, 'out-of-date': 0, problem: 0 };
    for (const one of configMaps.values()) counts[stateOf(one)] += 1;
    for (const [state, count] of Object.entries(counts)) set({ state }, count);
  });
  gauge(metrics, 'toolset_leader', (set) => {
    set({}, isLeader() ? 1 : 0);
  });
  gauge(metrics, 'toolset_cached_objects', (set) => {
    for (const collection of ['services', 'namespaces', 'configMaps', 'applications'] as const)
      set({ collection }, caches[collection].size);
  });
}

/** Added at the start: a collection that never becomes watched must be visible. */
export function addWatchGauge(metrics: Metrics, caches: Pick<Caches<unknown>, 'health'>): void {
  gauge(metrics, 'toolset_watch_up', (set) => {
    for (const collection of collectionNames) set({ collection }, caches.health(collection).watching ? 1 : 0);
  });
}

function stateOf({ problem, outOfDateSince }: ConfigMapStatus): 'up-to-date' | 'out-of-date' | 'problem' {
  if (problem !== null) return 'problem';
  return outOfDateSince === null ? 'up-to-date' : 'out-of-date';
}

/** Out of date the longest first, then those with a problem, then by name. */
function worstOf(configMaps: Iterable<ConfigMapStatus>): readonly ConfigMapStatus[] {
  const since = ({ outOfDateSince }: ConfigMapStatus): number => outOfDateSince ?? Infinity;
  const all = [...configMaps];
  if (all.length <= maxConfigMaps) return all;
  return all
    .sort(
      (a, b) =>
        compare(since(a), since(b)) || compare(a.problem === null, b.problem === null) || compare(keyOf(a), keyOf(b)),
    )
    .slice(0, maxConfigMaps);
}
