import { once } from 'node:events';
import { detectors } from '../../detectors/index.ts';
import { keptOf, namedKeys } from '../discovery/kept-keys.ts';
import { applicationView, usesPlugin } from '../argocd/application.ts';
import type { ApplicationView } from '../argocd/application.ts';
import { systemClock } from '../lib/clock.ts';
import { startCaches } from './cache/index.ts';
import type { WatchedCluster } from './clusters/watched-cluster.ts';
import { Hub } from './hub.ts';
import { startServer } from './http/server.ts';
import type { RunningServer } from './http/server.ts';
import { createMetrics } from './metrics/metrics.ts';
import type { Metrics } from './metrics/metrics.ts';
import { openPolicies } from './policies.ts';
import { managedConfigMapView } from './reconcile/managed-config-map.ts';
import type { ServeCaches } from './reconcile/managed-config-map.ts';
import type { ServeOptions } from './serve-options.ts';
import { reportRestart } from './telemetry.ts';

/** Interval for checking whether every collection has been listed. */
const syncedMs = 50;
/** Time for responses in progress to finish. */
const closeMs = 10_000;

/**
 * Watches the cluster and sends requests to Argo CD until the signal, or until it fails; settles when everything has
 * ended.
 */
export async function serve(options: ServeOptions): Promise<void> {
  const { emit, onSynced, signal } = options;
  const policies = await openPolicies(options.policyFile, options.allowAnyCluster);
  const metrics = createMetrics();
  const stopped = new AbortController();
  const ended = stopped.signal;
  const caches = openCaches(options, metrics, ended, () => {
    hub.clusters.own.healthChanged();
  });
  const hub: Hub = new Hub({ ...options, ended, caches, policies, metrics });
  try {
    const server = await startServer({
      ...options,
      ...options.listen,
      changes: hub.clusters.own.changes,
      metrics,
      notReady: () => reasonNotReady(hub.clusters.own, signal),
      clusters: () => hub.clusters.shown(),
    });
    emit('started', { port: server.port });
    const reconciled = isSynced(caches, signal).then(async (synced) => {
      if (!synced) return;
      emit('synced', { services: caches.services.size, configMaps: caches.configMaps.size });
      onSynced?.();
      await hub.run();
    });
    await Promise.allSettled([Promise.race([reconciled, aborted(signal)])]);
    await shutDown(server, reconciled, options);
    await reconciled;
  } finally {
    stopped.abort();
    await Promise.all([caches.done, hub.clusters.closed()]);
  }
  emit('stopped');
}

function openCaches(options: ServeOptions, metrics: Metrics, signal: AbortSignal, onHealth: () => void): ServeCaches {
  const { connection, scope, configMaps, applications, resyncMs, emit } = options;
  return startCaches({
    connection,
    scope,
    configMaps,
    applications,
    resyncMs,
    signal,
    kept: keptOf(detectors, namedKeys([])),
    configMapView: managedConfigMapView,
    applicationView: (object) => ownApplicationView(object, options),
    onRestart: (restart) => {
      reportRestart(restart, emit, metrics);
    },
    onHealth,
  });
}

/** `null` for an Application that does not use the plugin: it is not cached. */
function ownApplicationView(
  object: unknown,
  { plugin, argoCdNamespace, ownClusters }: Pick<ServeOptions, 'plugin' | 'argoCdNamespace' | 'ownClusters'>,
): ApplicationView | null {
  const view = applicationView(object, ownClusters);
  return view !== null && usesPlugin(view, plugin) ? { ...view, argoCdNamespace } : null;
}

/** The API still answers from the caches while the last requests to Argo CD finish. */
async function shutDown(
  server: RunningServer,
  reconciled: Promise<void>,
  { emit, signal, shutdownDelayMs }: ServeOptions,
): Promise<void> {
  emit('stopping');
  server.drain();
  // No delay after a failure of the process itself.
  const delayMs = signal.aborted ? shutdownDelayMs : 0;
  await Promise.allSettled([reconciled, systemClock.sleep(delayMs, new AbortController().signal)]);
  await server.close(closeMs);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

async function isSynced(caches: ServeCaches, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted && !caches.isSynced()) await systemClock.sleep(syncedMs, signal);
  return !signal.aborted;
}

function reasonNotReady(own: WatchedCluster, { aborted: isEnding }: AbortSignal): string | null {
  if (isEnding) return 'it is about to end';
  return own.unread()?.message ?? (own.readModel ? null : 'the ConfigMaps have not been evaluated');
}
