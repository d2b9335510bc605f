import type { ApplicationView, ManagedResource } from '../../argocd/application.ts';
import type { Clock } from '../../lib/clock.ts';
import { actionCodes } from '../../lib/codes.ts';
import { compare, keyOf } from '../../lib/object-key.ts';
import type { Caches, CollectionName } from '../cache/index.ts';
import { actionsOf, isEmpty, stateOf } from '../reconcile/status.ts';
import type { ConfigMapStatus } from '../reconcile/status.ts';
import { errorType, warningType } from './label-values.ts';
import type { Metrics } from './metrics.ts';
import { gauge } from './metrics.ts';

/** State of one cluster at one scrape. */
export interface ClusterReading {
  readonly name: string;
  readonly isReadable: boolean;
  readonly caches: Pick<Caches<ApplicationView>, 'health' | 'services' | 'namespaces' | 'configMaps' | 'applications'>;
  /** Its watched collections. */
  readonly collections: readonly CollectionName[];
  readonly configMaps: ReadonlyMap<string, ConfigMapStatus>;
}

/** Sources of the gauges, read at each scrape. */
export interface GaugeSources {
  readonly applications: Caches<ApplicationView>['applications'];
  /** All open clusters, including Argo CD's own. */
  readonly clusters: () => readonly ClusterReading[];
  /** Name of the cluster that an Application deploys to; `null` if it is not open. */
  readonly destinationOf: (application: ApplicationView) => string | null;
  /** Number of cluster names that are not open. */
  readonly unopened: () => number;
  readonly isLeader: () => boolean;
  /** The clock that `outOfDateSince` was read from. */
  readonly clock: Pick<Clock, 'now'>;
  /** Whether serve may not sync the Application: see `blocks` in reasons.ts. */
  readonly needsAction: (application: string) => boolean;
}

/** Most series with a ConfigMap's name: anyone who may create ConfigMaps determines their number. */
const maxConfigMaps = 200;
/** Most ConfigMaps of one Application. */
const maxListed = 5;

/** Adds the gauges that need the reconciler. */
export function addGauges(metrics: Metrics, sources: GaugeSources): void {
  const { applications, clusters, destinationOf, isLeader, clock, needsAction } = sources;
  const worst = (): readonly LabelledStatus[] => worstOf(clusters());
  gauge(metrics, 'toolset_configmap_out_of_date_seconds', (set) => {
    const now = clock.now();
    for (const { labels, status } of worst())
      set(labels, status.outOfDateSince === null ? 0 : (now - status.outOfDateSince) / 1000);
  });
  gauge(metrics, 'toolset_configmap_needs_action', (set) => {
    for (const { labels, status } of worst())
      set(labels, status.outOfDateSince !== null && needsAction(status.application ?? '') ? 1 : 0);
  });
  gauge(metrics, 'toolset_configmap_problem', (set) => {
    for (const { labels, status } of worst()) set(labels, status.problem === null ? 0 : 1);
  });
  addDiscoveryGauges(metrics, worst);
  gauge(metrics, 'toolset_configmap_generation_failed', (set) => {
    const managed = new Set(clusters().flatMap(({ configMaps }) => [...configMaps.keys()]));
    for (const view of [...applications.values()].filter(hasFailed).slice(0, maxConfigMaps))
      addFailure(view, generatedOf(view, managed), destinationOf(view) ?? unopened, set);
  });
  gauge(metrics, 'toolset_configmaps', (set) => {
    const counts = { 'up-to-date': 0, 'out-of-date': 0, problem: 0, empty: 0 };
    for (const { configMaps } of clusters()) for (const one of configMaps.values()) counts[stateOf(one)] += 1;
    for (const [state, count] of Object.entries(counts)) set({ state }, count);
  });
  addClusterGauges(metrics, sources);
  gauge(metrics, 'toolset_leader', (set) => {
    set({}, isLeader() ? 1 : 0);
  });
}

/** Stands for a cluster that is not open: its name is made up by the Application's author. */
const unopened = 'other';

function addClusterGauges(metrics: Metrics, sources: GaugeSources): void {
  gauge(metrics, 'toolset_cluster_up', (set) => {
    for (const { name, isReadable } of sources.clusters()) set({ dest_cluster: name }, isReadable ? 1 : 0);
  });
  gauge(metrics, 'toolset_clusters_unopened', (set) => {
    set({}, sources.unopened());
  });
  gauge(metrics, 'toolset_cached_objects', (set) => {
    for (const { name, caches, collections } of sources.clusters())
      for (const collection of collections)
        // EndpointSlices are only kept merged, by Service.
        if (collection !== 'endpoints') set({ collection, dest_cluster: name }, caches[collection].size);
  });
}

/** Added at the start: a collection that never becomes watched must be visible. */
export function addWatchGauge(
  metrics: Metrics,
  clusters: () => readonly Pick<ClusterReading, 'name' | 'collections' | 'caches'>[],
): void {
  gauge(metrics, 'toolset_watch_up', (set) => {
    for (const { name, caches, collections } of clusters())
      for (const collection of collections)
        set({ collection, dest_cluster: name }, caches.health(collection).watching ? 1 : 0);
  });
}

/** Results and warnings of each ConfigMap's current discovery. */
function addDiscoveryGauges(metrics: Metrics, worst: () => readonly LabelledStatus[]): void {
  gauge(metrics, 'toolset_configmap_selected_services', (set) => {
    for (const { labels, status } of worst())
      if (status.services && (status.services.selected > 0 || isEmpty(status))) set(labels, status.services.selected);
  });
  gauge(metrics, 'toolset_configmap_unhealthy_services', (set) => {
    for (const { labels, status } of worst()) if (status.services) set(labels, status.services.unhealthy);
  });
  gauge(metrics, 'toolset_configmap_warnings', (set) => {
    for (const { labels, status } of worst())
      for (const [code, some] of Map.groupBy(status.warnings, (warning) => warningType(warning.code)))
        set({ ...labels, code, needs_action: String(actionCodes.has(code)) }, some.length);
  });
}

type FailureLabels = ConfigMapLabels & { readonly error_type: string };

/** The ConfigMaps of an Application that the plugin generates, not those of other sources; all if none is known. */
function generatedOf(
  { configMaps }: ApplicationView,
  managed: ReadonlySet<string>,
): readonly Pick<ManagedResource, 'namespace' | 'name'>[] {
  const known = configMaps.filter((one) => managed.has(keyOf(one)));
  const listed = known.length > 0 ? known : configMaps;
  return listed.length > 0 ? listed.slice(0, maxListed) : [{ namespace: '', name: '' }];
}

function addFailure(
  view: ApplicationView,
  configMaps: ReturnType<typeof generatedOf>,
  dest_cluster: string,
  set: (labels: FailureLabels, value: number) => void,
): void {
  const error_type = errorType(view.generationError ?? '');
  for (const { namespace, name } of configMaps)
    set({ dest_cluster, namespace, name, application: keyOf(view), error_type }, 1);
}

function hasFailed({ generationError }: ApplicationView): boolean {
  return generationError !== null;
}

type ConfigMapLabels = Record<'dest_cluster' | 'namespace' | 'name' | 'application', string>;

/** A ConfigMap of any cluster. */
interface LabelledStatus {
  readonly labels: ConfigMapLabels;
  readonly status: ConfigMapStatus;
}

/** The longest out of date first, then those with a problem, then those that need action, then by cluster and name. */
function worstOf(clusters: readonly ClusterReading[]): readonly LabelledStatus[] {
  const all = clusters.flatMap(({ name: dest_cluster, configMaps }) =>
    [...configMaps.values()].map((status) => {
      const { namespace, name, application } = status;
      return { labels: { dest_cluster, namespace, name, application: application ?? '' }, status };
    }),
  );
  if (all.length <= maxConfigMaps) return all;
  const since = ({ outOfDateSince }: ConfigMapStatus): number => outOfDateSince ?? Infinity;
  return all
    .sort(
      ({ status: a, labels: { dest_cluster: one } }, { status: b, labels: { dest_cluster: other } }) =>
        compare(since(a), since(b)) ||
        compare(a.problem === null, b.problem === null) ||
        compare(actionsOf(a).length === 0, actionsOf(b).length === 0) ||
        compare(`${one} ${keyOf(a)}`, `${other} ${keyOf(b)}`),
    )
    .slice(0, maxConfigMaps);
}
