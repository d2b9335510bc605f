import { once } from 'node:events';
import { detectors } from '../../detectors/index.ts';
import { keptKeys, namedKeys } from '../discovery/kept-keys.ts';
import { applicationView, usesPlugin } from '../argocd/application.ts';
import type { ApplicationView } from '../argocd/application.ts';
import { systemClock } from '../lib/clock.ts';
import { collectionNames, startCaches } from './cache/index.ts';
import { startServer } from './http/server.ts';
import type { RunningServer } from './http/server.ts';
import { ChangeFeed } from './http/state/change-feed.ts';
import { History } from './http/state/last-requests.ts';
import { Sightings } from './http/state/sightings.ts';
import { createReadModel } from './http/state/read-model.ts';
import type { ReadModel } from './http/state/read-model.ts';
import { addWatchGauge } from './metrics/gauges.ts';
import { createMetrics } from './metrics/metrics.ts';
import type { Metrics } from './metrics/metrics.ts';
import { openPolicies } from './policies.ts';
import { managedConfigMapView } from './reconcile/managed-config-map.ts';
import type { ServeCaches } from './reconcile/managed-config-map.ts';
import type { Reconciler } from './reconcile/reconciler.ts';
import type { ServeOptions } from './serve-options.ts';
import { reportRestart } from './telemetry.ts';
import { Wiring } from './wire.ts';

/** Pause between two checks whether every collection has been listed. */
const syncedMs = 50;
/** Responses in progress have this time to end. */
const closeMs = 10_000;

/** Watches the cluster and sends requests to Argo CD until the signal; settles when everything has ended. */
export async function serve(options: ServeOptions): Promise<void> {
  const { connection, emit, signal } = options;
  const policies = await openPolicies(options.policyFile);
  const metrics = createMetrics();
  const stopped = new AbortController();
  const ended = stopped.signal;
  const caches = openCaches(options, metrics, ended);
  const changes = new ChangeFeed(ended);
  const history = new History(systemClock);
  const sightings = new Sightings(systemClock);
  caches.onChange((change) => {
    changes.cacheChanged(change);
  });
  let readModel: ReadModel | null = null;
  const onEvaluated = (reconciler: Reconciler): void => {
    const sources = { connection, caches, reconciler, history, sightings, changes };
    readModel = createReadModel({ ...sources, clock: systemClock, signal: ended });
  };
  try {
    const server = await startServer({
      ...options,
      ...options.listen,
      changes,
      metrics,
      notReady: () => reasonNotReady(caches, readModel !== null, signal),
      readModel: () => readModel,
    });
    emit('started', { port: server.port });
    const reconciled = isSynced(caches, signal).then(async (synced) => {
      if (!synced) return;
      emit('synced', { services: caches.services.size, configMaps: caches.configMaps.size });
      const state = { history, sightings, changes };
      await new Wiring({ ...options, ...state, ended, caches, policies, metrics, onEvaluated }).run();
    });
    await Promise.race([reconciled, aborted(signal)]);
    await shutDown(server, reconciled, options);
  } finally {
    stopped.abort();
    await caches.done;
  }
  emit('stopped');
}

function openCaches(options: ServeOptions, metrics: Metrics, signal: AbortSignal): ServeCaches {
  const { connection, scope, configMaps, applications, resyncMs, emit } = options;
  const caches = startCaches({
    connection,
    scope,
    configMaps,
    applications,
    resyncMs,
    signal,
    keys: keptKeys(detectors, namedKeys([])),
    configMapView: managedConfigMapView,
    applicationView: (object) => ownApplicationView(object, options),
    onRestart: (restart) => {
      reportRestart(restart, emit, metrics);
    },
  });
  addWatchGauge(metrics, caches);
  return caches;
}

/** `null` for an Application that does not use the plugin: it is not kept in the cache. */
function ownApplicationView(
  object: unknown,
  { plugin, argoCdNamespace, ownClusters }: Pick<ServeOptions, 'plugin' | 'argoCdNamespace' | 'ownClusters'>,
): ApplicationView | null {
  const view = applicationView(object, ownClusters);
  return view !== null && usesPlugin(view, plugin) ? { ...view, argoCdNamespace } : null;
}

/** The API still answers from the caches while the last requests to Argo CD end. */
async function shutDown(
  server: RunningServer,
  reconciled: Promise<void>,
  { emit, signal, shutdownDelayMs }: ServeOptions,
): Promise<void> {
  emit('stopping');
  server.drain();
  // After a failure of its own there is no delay.
  const delayMs = signal.aborted ? shutdownDelayMs : 0;
  await Promise.all([reconciled, systemClock.sleep(delayMs, new AbortController().signal)]);
  await server.close(closeMs);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

async function isSynced(caches: ServeCaches, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted && !caches.isSynced()) await systemClock.sleep(syncedMs, signal);
  return !signal.aborted;
}

function reasonNotReady(caches: ServeCaches, isEvaluated: boolean, signal: AbortSignal): string | null {
  if (signal.aborted) return 'it is about to end';
  for (const collection of collectionNames) {
    const { synced, watching, lastError } = caches.health(collection);
    if (synced && (watching || lastError === null)) continue;
    return `${collection} ${synced ? 'are not watched' : 'have not been listed'}${lastError === null ? '' : `: ${lastError}`}`;
  }
  return isEvaluated ? null : 'the ConfigMaps have not been evaluated';
}
