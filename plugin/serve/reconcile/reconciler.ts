import type { Prober } from '../../cluster/probe.ts';
import type { Conclusion } from '../../discovery/select-backends.ts';
import { keyOf } from '../../lib/object-key.ts';
import type { CacheChange } from '../cache/index.ts';
import type { ServeCaches } from './managed-config-map.ts';
import type { Candidates } from './candidates.ts';
import type { ConfigMapMetadata } from './config-map-metadata.ts';
import { debounce } from './debounce.ts';
import { contractOf, evaluateConfigMap } from './evaluate.ts';
import type { FinderInputs } from './evaluate.ts';
import { createGroups } from './candidate-groups.ts';
import { startProbes } from './probe-scheduler.ts';
import { startQueue } from './work-queue.ts';
import { startTimers } from './requeue-timers.ts';
import type { Cause, ConfigMapStatus } from './status.ts';
import { updatedStatus } from './status.ts';
import { concludeFor } from './desired-state.ts';

export interface ReconcilerOptions extends Pick<FinderInputs, 'grantOf' | 'onDiscovery'> {
  /** Synced. */
  readonly caches: ServeCaches;
  readonly prober: Prober;
  readonly signal: AbortSignal;
  /** Told of each ConfigMap that was looked at; one that there is not any more, or was not before, is `undefined`. */
  readonly onStatus: (after: ConfigMapStatus | undefined, before: ConfigMapStatus | undefined) => void;
  /** Told of a bug: the ConfigMap keeps what was last known of it. */
  readonly onBug: (error: unknown, configMap: string) => void;
}

/** Knows which digest each managed ConfigMap should have, at any time. */
export interface Reconciler {
  /** By `namespace/name`. */
  readonly configMaps: ReadonlyMap<string, ConfigMapStatus>;
  /** Looks at all of them again: the policy may grant something else. */
  readonly policyChanged: () => void;
  /** Looks at these again, and asks every backend that is not in a ConfigMap yet; settles once they were looked at. */
  readonly enqueueAndWait: (keys: readonly string[]) => Promise<void>;
  /** What is decided about the Services of a ConfigMap now; `null` where nothing can be. */
  readonly explain: (key: string) => Promise<Explained | null>;
}

/** The discovery behind what a ConfigMap should say. */
export interface Explained {
  readonly contract: ConfigMapMetadata;
  readonly candidates: Candidates;
  readonly conclusion: Conclusion;
}

/** A burst of events is one change: looked at when it is over, or after a second of it. */
const quietMs = 250;
const maxQuietMs = 1_000;

/** Looks at every ConfigMap now, and at those that a change can matter to from then on. */
export function startReconciler({
  caches,
  signal,
  grantOf,
  prober,
  onStatus,
  onBug,
  onDiscovery,
}: ReconcilerOptions): Reconciler {
  const tracked = new Map<string, ConfigMapStatus>();
  const groups = createGroups(caches);
  const queue = startQueue(signal, async (key, cause) => {
    const before = tracked.get(key);
    try {
      timers.clear(key);
      const { prober: ask, end } = probes.begin(key);
      const found = await evaluateConfigMap(key, {
        ...{ caches, groups, grantOf, onDiscovery, prober: ask },
        onDue: timers.set,
      });
      end();
      const after = found && updatedStatus(found, before, cause, performance.now());
      if (after) tracked.set(key, after);
      else tracked.delete(key);
      onStatus(after, before);
    } catch (error) {
      onBug(error, key);
    }
  });
  const probes = startProbes(prober, signal, (keys) => {
    queue.add(keys, 'probe');
  });
  const timers = startTimers(signal, (key) => {
    queue.add([key], 'time');
  });
  const burst = gatherBursts(signal, ({ services, endpoints, namespaces }) => {
    queue.add(groups.updateServices(services), 'services');
    queue.add(groups.updateEndpoints(endpoints), 'endpoints');
    if (namespaces) queue.add(groups.updateNamespaces(), 'namespaces');
    for (const service of [...services, ...endpoints]) probes.retryNow(service);
  });

  caches.onChange((change) => {
    if (change.collection === 'configMaps') queue.add(change.keys, 'configMaps');
    else if (change.collection === 'applications') queue.add(affectedBy(change.keys, tracked, caches), 'applications');
    else burst(change);
  });
  const addAll = (cause: Cause): void => {
    queue.add([...caches.configMaps.values()].map(keyOf), cause);
  };
  addAll('start');
  return {
    configMaps: tracked,
    policyChanged: () => {
      addAll('policy');
    },
    enqueueAndWait: async (keys) => {
      probes.retryAllNow();
      queue.add(keys, 'request');
      await queue.idle();
    },
    explain: async (key) => {
      const configMap = caches.configMaps.get(key);
      const contract = configMap && contractOf(configMap);
      const candidates = groups.of(key);
      if (contract === undefined || 'problem' in contract || candidates === undefined) return null;
      const conclusion = await concludeFor(contract, candidates, caches, probes.known, Date.now());
      return { contract, candidates, conclusion };
    },
  };
}

interface Burst {
  readonly services: readonly string[];
  readonly endpoints: readonly string[];
  readonly namespaces: boolean;
}

/** Thousands of events are looked at as one: what counts is how things are when they are over. */
function gatherBursts(signal: AbortSignal, onBurst: (burst: Burst) => void): (change: CacheChange) => void {
  let changed = new Map<string, Set<string>>();
  const { trigger, cancel } = debounce(
    () => {
      const { services = [], endpoints = [], namespaces } = Object.fromEntries(changed);
      changed = new Map();
      onBurst({ services: [...services], endpoints: [...endpoints], namespaces: namespaces !== undefined });
    },
    quietMs,
    maxQuietMs,
  );
  signal.addEventListener('abort', cancel, { once: true });
  return ({ collection, keys }) => {
    const known = changed.get(collection) ?? new Set();
    for (const key of keys) known.add(key);
    changed.set(collection, known);
    trigger();
  };
}

/** Whose Application these may be, were, or could have become. */
function affectedBy(
  applications: readonly string[],
  tracked: ReadonlyMap<string, ConfigMapStatus>,
  caches: ServeCaches,
): string[] {
  const listed = applications.flatMap((key) => caches.applications.get(key)?.configMaps ?? []);
  const keys = new Set(listed.map(keyOf));
  const isAffected = (key: string, { application, problem }: ConfigMapStatus): boolean =>
    (application === null ? problem !== null : applications.includes(application)) || keys.has(key);
  return [...tracked].filter(([key, one]) => isAffected(key, one)).map(([key]) => key);
}
