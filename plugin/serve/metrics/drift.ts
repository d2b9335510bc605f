import { keyOf } from '../../lib/object-key.ts';
import type { ApplicationView } from '../../argocd/application.ts';
import type { ServeCaches } from '../reconcile/managed-config-map.ts';
import { driftOf, driftTypes } from '../reconcile/drift.ts';
import type { AppliedKeys, Drift } from '../reconcile/drift.ts';
import type { Metrics } from './metrics.ts';
import { gauge } from './metrics.ts';

/** Counts the drift of ConfigMaps, separately for each cluster. */
export interface DriftRecorder {
  readonly open: (cluster: string) => Drifts;
}

/** The drift of one cluster's ConfigMaps. */
export interface Drifts {
  /** Called with the changed ConfigMaps, and at first with all of them. */
  readonly observe: (keys: Iterable<string>, caches: ObservedCaches) => void;
  /** Forgets deleted ConfigMaps that no Application lists any more. */
  readonly forget: (caches: ObservedCaches) => void;
  /** Removes this cluster from all metrics. */
  readonly close: () => void;
}

interface ObservedCaches {
  readonly configMaps: Pick<ServeCaches['configMaps'], 'get'>;
  /** Applications that deploy to the cluster of these ConfigMaps. */
  readonly applications: Pick<ServeCaches['applications'], 'values'>;
}

interface ObservedDrift {
  /** `type/key` of each difference. */
  readonly drifts: ReadonlySet<string>;
  readonly clean: AppliedKeys | null;
}

const gone: Drift = { type: 'missing', key: '' };

/** Counts each difference once, and again if it returns after it was fixed. */
export function recordDrift(metrics: Metrics): DriftRecorder {
  const clusters = new Set<ReadonlyMap<string, ObservedDrift>>();
  gauge(metrics, 'toolset_configmap_drift', (set) => {
    const all = [...clusters].flatMap((seen) => [...seen.values()]);
    for (const drift_type of driftTypes) {
      const isOfType = (drift: string): boolean => drift.startsWith(`${drift_type}/`);
      set({ drift_type }, all.filter(({ drifts }) => [...drifts].some(isOfType)).length);
    }
  });
  return { open: (cluster) => openDrifts(cluster, metrics, clusters) };
}

function openDrifts(cluster: string, metrics: Metrics, clusters: Set<ReadonlyMap<string, ObservedDrift>>): Drifts {
  const seen = new Map<string, ObservedDrift>();
  clusters.add(seen);
  const note = (key: string, drifts: readonly Drift[], clean: AppliedKeys | null): void => {
    const before = seen.get(key);
    const now = new Set(drifts.map(({ type, key: part }) => `${type}/${part}`));
    seen.set(key, { drifts: now, clean });
    for (const { type, key: part } of drifts)
      if (before?.drifts.has(`${type}/${part}`) !== true) {
        metrics.drift.inc({ drift_type: type });
        metrics.countEdit(cluster, key);
      }
  };
  return {
    observe: (keys, { configMaps, applications }) => {
      for (const key of keys) {
        const configMap = configMaps.get(key);
        const before = seen.get(key);
        if (configMap) {
          const { drifts, clean } = driftOf(configMap, before?.clean ?? null);
          note(key, drifts, clean);
        } else if (before && isOwned(key, applications.values())) note(key, [gone], before.clean);
        else seen.delete(key);
      }
    },
    forget: ({ configMaps, applications }) => {
      for (const key of seen.keys())
        if (!configMaps.get(key) && !isListed(key, applications.values())) seen.delete(key);
    },
    close: () => {
      clusters.delete(seen);
    },
  };
}

/** A deletion is drift unless Argo CD did it: in an operation, or with the Application. */
function isOwned(key: string, applications: Iterable<ApplicationView>): boolean {
  return isListed(
    key,
    [...applications].filter(({ operation }) => operation === null),
  );
}

function isListed(key: string, applications: Iterable<ApplicationView>): boolean {
  return [...applications].some(
    ({ deleting, configMaps }) => !deleting && configMaps.some((one) => keyOf(one) === key),
  );
}
