import { LRUCache } from 'lru-cache';
import type { Connection } from '../../../cluster/connection/connection.ts';
import type { Decision } from '../../../discovery/decision.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { ApplicationView } from '../../../argocd/application.ts';
import { isPluginError } from '../../../lib/errors.ts';
import { compareEntries } from '../../../lib/object-key.ts';
import type { Caches } from '../../cache/index.ts';
import type { ConfigMapStatus } from '../../reconcile/status.ts';
import type { ConfigMapDiscovery, Reconciler } from '../../reconcile/reconciler.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { ConfigMapHistory } from './config-map-history.ts';
import { configMapReader, readConfigMap } from './config-map-data.ts';
import type { ReadConfigMap } from './config-map-data.ts';
import { nonCandidateDecisions } from './non-candidates.ts';
import type { RequestHistory } from './request-history.ts';
import type { Links } from './links.ts';
import type { ServiceHistory } from './service-history.ts';
import { singleFlight } from './single-flight.ts';
import type { Computation } from './single-flight.ts';

/** How Services were judged for each ConfigMap. Nothing is computed twice for the same state. */
export interface Explanations {
  /** Name of the cluster that holds the ConfigMaps. */
  readonly cluster: string;
  /** Caches of the cluster that holds the Services. */
  readonly caches: Caches<ApplicationView>;
  /** Sorted by name: all ConfigMaps, or the given one if it is managed. */
  readonly configMaps: (configMap?: string) => readonly ConfigMapStatus[];
  /** `null` if the ConfigMap has a problem. */
  readonly discoveryOf: (configMap: string) => Promise<ConfigMapDiscovery | null>;
  /** Decisions about Services that are not candidates: rejected, denied or ignored. */
  readonly nonCandidates: (discoveryOf: ConfigMapDiscovery) => readonly Decision[];
}

/** The current state as the API shows it. */
export interface ReadModel extends Explanations {
  readonly requestHistory: RequestHistory;
  readonly serviceHistory: Pick<ServiceHistory, 'discoveredAt' | 'lastCheck'>;
  readonly configMapHistory: Pick<
    ConfigMapHistory,
    'since' | 'completeSince' | 'pending' | 'ended' | 'counts' | 'fileOf'
  >;
  readonly clock: Pick<Clock, 'now' | 'epochMs'>;
  readonly links: Links;
  /**
   * The clusters that a multi-cluster ConfigMap is built from, at most 50, in the order of its settings; empty for any
   * other.
   */
  readonly membersOf: (configMap: string) => readonly string[];
  /** Reads the live data. Sends a request to the API server. */
  readonly read: ReadConfigMap;
  /** Re-evaluates these ConfigMaps now. */
  readonly reconcile: (configMaps: readonly string[]) => Promise<void>;
}

/** A ConfigMap, and the read model of its cluster. */
export interface ConfigMapRow {
  readonly status: ConfigMapStatus;
  readonly model: ReadModel;
}

/** All ConfigMaps of these models, or the given one in each of them that has it: by model, then by name. */
export function configMapRows(models: readonly ReadModel[], configMap?: string): readonly ConfigMapRow[] {
  return models.flatMap((model) => model.configMaps(configMap).map((status) => ({ status, model })));
}

/**
 * In a list, `otherwise` stands for what may not be read: who manages a namespace must not decide about the list of all.
 * That its ConfigMaps may not be read becomes their problem once the API server ends the watch.
 */
export async function unlessForbidden<T>(reading: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (isPluginError(error) && error.code === 'CLUSTER_FORBIDDEN') return otherwise;
    throw error;
  }
}

export interface ExplanationSources {
  readonly cluster: string;
  readonly caches: Caches<ApplicationView>;
  readonly reconciler: Reconciler;
  readonly changes: ChangeFeed;
}

export interface ReadModelSources extends ExplanationSources {
  readonly connection: Connection;
  readonly requestHistory: RequestHistory;
  readonly serviceHistory: ServiceHistory;
  readonly configMapHistory: ConfigMapHistory;
  readonly clock: Pick<Clock, 'now' | 'epochMs'>;
  readonly links: Links;
  /** By default, no ConfigMap is built from several clusters. */
  readonly membersOf?: ReadModel['membersOf'] | undefined;
  readonly signal: AbortSignal;
}

/** Decisions in the cache, of all ConfigMaps together, at some 200 bytes each. */
const maxDecisions = 30_000;

export function createExplanations({ cluster, caches, reconciler, changes }: ExplanationSources): Explanations {
  const discoveries = new LRUCache<string, Computation<ConfigMapDiscovery | null>>({ maxSize: maxDecisions });
  return {
    cluster,
    caches,
    configMaps: (configMap) => selectConfigMaps(reconciler.configMaps, configMap),
    discoveryOf: (key) =>
      singleFlight(
        discoveries,
        { key, version: changes.versionOf(`configMap ${key}`) },
        () => reconciler.explain(key),
        (discoveryOf) => 1 + (discoveryOf?.conclusion.decisions.length ?? 0),
      ),
    nonCandidates: nonCandidateDecisions(caches, changes),
  };
}

export function createReadModel(sources: ReadModelSources): ReadModel {
  const { connection, caches, reconciler, requestHistory, serviceHistory, configMapHistory, clock, links, signal } =
    sources;
  const { membersOf = () => [] } = sources;
  return {
    ...createExplanations(sources),
    requestHistory,
    serviceHistory,
    configMapHistory,
    clock,
    links,
    membersOf,
    read: configMapReader({ caches, clock, read: (configMap) => readConfigMap(connection, configMap, signal) }),
    reconcile: (configMaps) => reconciler.enqueueAndWait(configMaps),
  };
}

function selectConfigMaps(
  configMaps: ReadonlyMap<string, ConfigMapStatus>,
  configMap: string | undefined,
): readonly ConfigMapStatus[] {
  if (configMap === undefined) return [...configMaps].sort(compareEntries).map(([, status]) => status);
  const status = configMaps.get(configMap);
  return status ? [status] : [];
}
