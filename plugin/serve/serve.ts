import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '../cluster/http/connection.ts';
import { systemClock } from '../lib/clock.ts';
import type { NamespaceScope } from '../cluster/types.ts';
import { applicationView, usesPlugin } from '../argocd/application.ts';
import type { ApplicationView } from '../argocd/application.ts';
import type { ArgoCdClient } from './argocd/client.ts';
import { managedConfigMapView } from './reconcile/managed-config-map.ts';
import type { ServeCaches } from './reconcile/managed-config-map.ts';
import { collectionNames, startCaches } from './cache/index.ts';
import { drive } from './wire.ts';
import type { Emit } from './events.ts';
import { ChangeFeed } from './http/state/change-feed.ts';
import type { MetricsAccess } from './flag-values.ts';
import { History } from './http/state/last-requests.ts';
import { createReadModel } from './http/state/read-model.ts';
import type { ReadModel } from './http/state/read-model.ts';
import { startServer } from './http/server.ts';
import type { CertificateFiles } from './http/tls.ts';
import type { LeaseOptions } from './leader-election/leader-election.ts';
import { createMetrics } from './metrics/metrics.ts';
import { addWatchReadings } from './metrics/gauges.ts';
import type { SyncMode } from './argocd/sync-state-machine.ts';
import { openPolicies } from './policies.ts';
import { reportRestart } from './telemetry.ts';
import type { Reconciler } from './reconcile/reconciler.ts';

export interface ServeOptions {
  readonly connection: Connection;
  /** Where Services are watched. */
  readonly scope: NamespaceScope;
  /** Where generated ConfigMaps are watched. */
  readonly configMaps: NamespaceScope;
  /** Where Applications are watched. */
  readonly applications: NamespaceScope;
  /** Name of the plugin in Argo CD. */
  readonly plugin: string;
  readonly policyFile: string | undefined;
  /** A request that is on its way when `signal` comes is finished. */
  readonly argoCd: ArgoCdClient;
  readonly act: SyncMode;
  readonly resyncMs: number;
  /** One of several replicas acts; `null` where there is only this one. */
  readonly lease: Pick<LeaseOptions, 'namespace' | 'name' | 'identity'> | null;
  readonly listen: { readonly host: string | null; readonly port: number };
  /** `null` for plain HTTP. */
  readonly tls: CertificateFiles | null;
  readonly metricsAccess: MetricsAccess;
  /** Between the end of readiness and of serving: until no proxy sends requests here any more. */
  readonly shutdownDelayMs: number;
  readonly version: string;
  readonly emit: Emit;
  /** Asks it to end. */
  readonly signal: AbortSignal;
}

/** How often it looks whether the first lists are there. */
const syncedMs = 50;

/** A request that is being answered has so long to end. */
const closeMs = 10_000;

/** Watches the cluster and drives Argo CD until the signal; settles once nothing is on its way any more. */
export async function serve(options: ServeOptions): Promise<void> {
  const { connection, scope, configMaps, applications, resyncMs, emit, signal } = options;
  const policies = await openPolicies(options.policyFile);
  const metrics = createMetrics();
  const stopped = new AbortController();
  const ended = stopped.signal;
  const caches = startCaches({
    ...{ connection, scope, configMaps, applications, resyncMs, signal: ended },
    configMapView: managedConfigMapView,
    applicationView: (object) => ownApplicationView(object, options.plugin),
    onRestart: (restart) => {
      reportRestart(restart, emit, metrics);
    },
  });
  addWatchReadings(metrics, caches);
  const changes = new ChangeFeed(ended);
  const history = new History(systemClock);
  caches.onChange((change) => {
    changes.cacheChanged(change);
  });
  let readModel: ReadModel | null = null;
  const onKnown = (tracker: Reconciler): void => {
    readModel = createReadModel({
      connection,
      caches,
      tracker,
      history,
      changes,
      clock: systemClock,
      signal: ended,
    });
  };
  try {
    const server = await startServer({
      ...{ ...options, ...options.listen, changes, metrics },
      notReady: () => reasonNotReady(caches, readModel !== null, signal),
      readModel: () => readModel,
    });
    emit('started', { port: server.port });
    // What is known is still served when nothing is driven any more.
    const driven = isSynced(caches, signal).then(async (synced) => {
      if (!synced) return;
      emit('synced', { services: caches.services.size, configMaps: caches.configMaps.size });
      await drive({ ...options, ended, caches, policies, metrics, history, changes, onKnown });
    });
    await Promise.race([driven, aborted(signal)]);
    emit('stopping');
    server.drain();
    await Promise.all([driven, delay(signal.aborted ? options.shutdownDelayMs : 0)]);
    await server.close(closeMs);
  } finally {
    stopped.abort();
    await caches.done;
  }
  emit('stopped');
}

/** `null` for an Application that does not use the plugin: it is not kept in the cache. */
function ownApplicationView(object: unknown, plugin: string): ApplicationView | null {
  const view = applicationView(object);
  return view !== null && usesPlugin(view, plugin) ? view : null;
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

async function isSynced(caches: ServeCaches, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted && !caches.isSynced()) await delay(syncedMs, undefined, { signal }).catch(() => undefined);
  return !signal.aborted;
}

function reasonNotReady(caches: ServeCaches, isKnown: boolean, signal: AbortSignal): string | null {
  if (signal.aborted) return 'it is about to end';
  for (const collection of collectionNames) {
    const { synced, watching, lastError } = caches.health(collection);
    if (synced && (watching || lastError === null)) continue;
    return `${collection} ${synced ? 'are not watched' : 'have not been listed'}${lastError === null ? '' : `: ${lastError}`}`;
  }
  return isKnown ? null : 'the ConfigMaps have not been looked at';
}
