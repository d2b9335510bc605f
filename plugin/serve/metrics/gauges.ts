import type { ApplicationView } from '../../argocd/application.ts';
import type { Clock } from '../../lib/clock.ts';
import { actionCodes } from '../../lib/codes.ts';
import { compare, keyOf } from '../../lib/object-key.ts';
import { collectionNames } from '../cache/index.ts';
import type { Caches } from '../cache/index.ts';
import { actionsOf, isEmpty, stateOf } from '../reconcile/status.ts';
import type { ConfigMapStatus } from '../reconcile/status.ts';
import { errorType, warningType } from './label-values.ts';
import type { Metrics } from './metrics.ts';
import { gauge } from './metrics.ts';

/** One cluster at one scrape. */
export interface ClusterReading {
  readonly name: string;
  readonly isReadable: boolean;
  readonly configMaps: ReadonlyMap<string, ConfigMapStatus>;
}

/** What gauges are read from at each scrape. */
export interface GaugeSources {
  readonly caches: Pick<Caches<ApplicationView>, 'health' | 'services' | 'namespaces' | 'configMaps' | 'applications'>;
  readonly configMaps: ReadonlyMap<string, ConfigMapStatus>;
  /** Of each cluster that is open, the own one included. */
  readonly clusters: () => Iterable<ClusterReading>;
  /** Names of clusters that are not open. */
  readonly unopened: () => number;
  readonly isLeader: () => boolean;
  /** The one that `outOfDateSince` was read from. */
  readonly clock: Pick<Clock, 'now'>;
  /** Whether serve may not sync the Application: see `blocks` in reasons.ts. */
  readonly needsAction: (application: string) => boolean;
}

/** Limit of series with the name of a ConfigMap: anyone with the right to create ConfigMaps determines their number. */
const maxConfigMaps = 200;
/** Of the ConfigMaps that one Application lists. */
const maxListed = 5;

/** Adds the gauges that need the reconciler. */
export function addGauges(metrics: Metrics, sources: GaugeSources): void {
  const { caches, configMaps, isLeader, clock, needsAction } = sources;
  gauge(metrics, 'toolset_configmap_out_of_date_seconds', (set) => {
    const now = clock.now();
    for (const one of worstOf(configMaps.values()))
      set(labelsOf(one), one.outOfDateSince === null ? 0 : (now - one.outOfDateSince) / 1000);
  });
  gauge(metrics, 'toolset_configmap_needs_action', (set) => {
    for (const one of worstOf(configMaps.values()))
      set(labelsOf(one), one.outOfDateSince !== null && needsAction(one.application ?? '') ? 1 : 0);
  });
  gauge(metrics, 'toolset_configmap_problem', (set) => {
    for (const one of worstOf(configMaps.values())) set(labelsOf(one), one.problem === null ? 0 : 1);
  });
  addDiscoveryGauges(metrics, configMaps);
  gauge(metrics, 'toolset_configmap_generation_failed', (set) => {
    for (const view of [...caches.applications.values()].filter(hasFailed).slice(0, maxConfigMaps))
      addFailure(view, set);
  });
  gauge(metrics, 'toolset_configmaps', (set) => {
    const counts = { 'up-to-date': 0, 'out-of-date': 0, problem: 0, empty: 0 };
    for (const cluster of sources.clusters()) for (const one of cluster.configMaps.values()) counts[stateOf(one)] += 1;
    for (const [state, count] of Object.entries(counts)) set({ state }, count);
  });
  addClusterGauges(metrics, sources);
  gauge(metrics, 'toolset_leader', (set) => {
    set({}, isLeader() ? 1 : 0);
  });
  gauge(metrics, 'toolset_cached_objects', (set) => {
    for (const collection of ['services', 'namespaces', 'configMaps', 'applications'] as const)
      set({ collection }, caches[collection].size);
  });
}

function addClusterGauges(metrics: Metrics, { clusters, unopened }: GaugeSources): void {
  gauge(metrics, 'toolset_cluster_up', (set) => {
    for (const { name, isReadable } of clusters()) set({ dest_cluster: name }, isReadable ? 1 : 0);
  });
  gauge(metrics, 'toolset_clusters_unopened', (set) => {
    set({}, unopened());
  });
}

/** Added at the start: a collection that never becomes watched must be visible. */
export function addWatchGauge(metrics: Metrics, caches: Pick<Caches<unknown>, 'health'>): void {
  gauge(metrics, 'toolset_watch_up', (set) => {
    for (const collection of collectionNames) set({ collection }, caches.health(collection).watching ? 1 : 0);
  });
}

/** What the current discovery of each ConfigMap finds and warns of. */
function addDiscoveryGauges(metrics: Metrics, configMaps: GaugeSources['configMaps']): void {
  gauge(metrics, 'toolset_configmap_selected_services', (set) => {
    for (const one of worstOf(configMaps.values()))
      if (one.services && (one.services.selected > 0 || isEmpty(one))) set(labelsOf(one), one.services.selected);
  });
  gauge(metrics, 'toolset_configmap_unhealthy_services', (set) => {
    for (const one of worstOf(configMaps.values())) if (one.services) set(labelsOf(one), one.services.unhealthy);
  });
  gauge(metrics, 'toolset_configmap_warnings', (set) => {
    for (const one of worstOf(configMaps.values()))
      for (const [code, some] of Map.groupBy(one.warnings, (warning) => warningType(warning.code)))
        set({ ...labelsOf(one), code, needs_action: String(actionCodes.has(code)) }, some.length);
  });
}

type FailureLabels = Record<'namespace' | 'name' | 'application' | 'error_type', string>;

function addFailure(view: ApplicationView, set: (labels: FailureLabels, value: number) => void): void {
  const error_type = errorType(view.generationError ?? '');
  const listed = view.configMaps.length > 0 ? view.configMaps.slice(0, maxListed) : [{ namespace: '', name: '' }];
  for (const { namespace, name } of listed) set({ namespace, name, application: keyOf(view), error_type }, 1);
}

function hasFailed({ generationError }: ApplicationView): boolean {
  return generationError !== null;
}

function labelsOf({ namespace, name, application }: ConfigMapStatus): ConfigMapLabels {
  return { namespace, name, application: application ?? '' };
}

type ConfigMapLabels = Record<'namespace' | 'name' | 'application', string>;

/** Out of date the longest first, then those with a problem, then those that need action, then by name. */
function worstOf(configMaps: Iterable<ConfigMapStatus>): readonly ConfigMapStatus[] {
  const since = ({ outOfDateSince }: ConfigMapStatus): number => outOfDateSince ?? Infinity;
  const all = [...configMaps];
  if (all.length <= maxConfigMaps) return all;
  return all
    .sort(
      (a, b) =>
        compare(since(a), since(b)) ||
        compare(a.problem === null, b.problem === null) ||
        compare(actionsOf(a).length === 0, actionsOf(b).length === 0) ||
        compare(keyOf(a), keyOf(b)),
    )
    .slice(0, maxConfigMaps);
}
