import type { Connection } from '../../../cluster/http/connection.ts';
import type { Decision } from '../../../discovery/decision.ts';
import type { ApplicationView } from '../../../argocd/application.ts';
import type { Caches } from '../../cache/index.ts';
import type { ConfigMapStatus } from '../../reconcile/status.ts';
import type { Explained, Reconciler } from '../../reconcile/reconciler.ts';
import { boundedCache, singleFlight } from './lru.ts';
import type { ChangeFeed } from './change-feed.ts';
import { configMapReader } from './config-map-data.ts';
import type { ReadConfigMap } from './config-map-data.ts';
import { dismissals } from './non-candidates.ts';
import type { History } from './last-requests.ts';

/** What the API answers from: how things are now. Nothing is computed twice for the same state. */
export interface ReadModel {
  readonly caches: Caches<ApplicationView>;
  readonly history: History;
  /** By name: all of them, or the one that is named, if there is one. */
  readonly configMaps: (configMap?: string) => readonly ConfigMapStatus[];
  /** `null` where nothing can be told: the ConfigMap has a problem. */
  readonly explained: (configMap: string) => Promise<Explained | null>;
  /** Decisions about Services that are no candidates: rejected, denied or ignored. */
  readonly dismissed: (explained: Explained) => readonly Decision[];
  /** What is in the cluster now. Asks the API server. */
  readonly read: ReadConfigMap;
  /** Looks at these again, now. */
  readonly reconcile: (configMaps: readonly string[]) => Promise<void>;
}

export interface KnowledgeSources {
  readonly connection: Connection;
  readonly caches: Caches<ApplicationView>;
  readonly tracker: Reconciler;
  readonly history: History;
  readonly changes: ChangeFeed;
  readonly signal: AbortSignal;
}

/** Decisions that are kept at most, of all ConfigMaps together: some 200 bytes each. */
const maxKept = 30_000;

export function createKnowledge(sources: KnowledgeSources): ReadModel {
  const { connection, caches, tracker, history, changes, signal } = sources;
  const explanations = boundedCache<string, Promise<Explained | null>>(maxKept);
  return {
    ...{ caches, history, reconcile: tracker.enqueueAndWait },
    configMaps: (configMap) => chosen(tracker.configMaps, configMap),
    explained: (key) =>
      singleFlight(
        explanations,
        { key, version: changes.versionOf(`configMap ${key}`) },
        () => tracker.explain(key),
        (found) => 1 + (found?.conclusion.decisions.length ?? 0),
      ),
    dismissed: dismissals(caches, changes),
    read: configMapReader(connection, caches, signal),
  };
}

function chosen(
  configMaps: ReadonlyMap<string, ConfigMapStatus>,
  configMap: string | undefined,
): readonly ConfigMapStatus[] {
  if (configMap === undefined) return [...configMaps].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
  const one = configMaps.get(configMap);
  return one ? [one] : [];
}
