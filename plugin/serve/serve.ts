import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '../cluster/connection.ts';
import type { Scope } from '../cluster/state.ts';
import { applicationView } from './application.ts';
import type { ApplicationView } from './application.ts';
import type { ArgoCd } from './argo-cd.ts';
import type { Caches } from './caches.ts';
import { collectionNames, startCaches } from './caches.ts';
import { drive } from './drive.ts';
import type { Emit } from './events.ts';
import type { LeaseOptions } from './lease.ts';
import { createMetrics } from './metrics.ts';
import type { Act } from './next-step.ts';
import { openPolicies } from './policies.ts';
import { reportRestart } from './reports.ts';
import { startServer } from './server.ts';

export interface ServeOptions {
  readonly connection: Connection;
  /** Where Services are watched. */
  readonly scope: Scope;
  /** Where generated ConfigMaps are watched. */
  readonly configMaps: Scope;
  /** Where Applications are watched. */
  readonly applications: Scope;
  /** Name of the plugin in Argo CD. */
  readonly plugin: string;
  readonly policyFile: string | undefined;
  /** A request that is on its way when `signal` comes is finished. */
  readonly argoCd: ArgoCd;
  readonly act: Act;
  readonly resyncMs: number;
  /** One of several replicas acts; `null` where there is only this one. */
  readonly lease: Pick<LeaseOptions, 'namespace' | 'name' | 'identity'> | null;
  readonly listen: { readonly host: string; readonly port: number };
  readonly emit: Emit;
  /** Asks it to end. */
  readonly signal: AbortSignal;
}

/** How often it looks whether the first lists are there. */
const syncedMs = 50;

/** Watches the cluster and drives Argo CD until the signal; settles once nothing is on its way any more. */
export async function serve(options: ServeOptions): Promise<void> {
  const { emit } = options;
  const policies = await openPolicies(options.policyFile);
  const metrics = createMetrics();
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const caches = startCaches({
    ...{ connection: options.connection, scope: options.scope },
    ...{ configMaps: options.configMaps, applications: options.applications },
    ...{ signal, resyncMs: options.resyncMs },
    applicationView: (object) => applicationView(object, options.plugin),
    onRestart: (restart) => {
      reportRestart(restart, emit, metrics);
    },
  });
  try {
    const notReady = (): string | null => reasonNotReady(caches, signal);
    const server = await startServer({ ...options.listen, registry: metrics.registry, notReady });
    emit('started', { port: server.port });
    if (await isSynced(caches, signal)) {
      emit('synced', { services: caches.services.size, configMaps: caches.configMaps.size });
      await drive({ ...options, signal, caches, policies, metrics });
    }
    emit('stopping');
    await server.close();
  } finally {
    failed.abort();
    await caches.done;
  }
  emit('stopped');
}

async function isSynced(caches: Caches<ApplicationView>, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted && !caches.isSynced()) await delay(syncedMs, undefined, { signal }).catch(() => undefined);
  return !signal.aborted;
}

function reasonNotReady(caches: Caches<ApplicationView>, signal: AbortSignal): string | null {
  if (signal.aborted) return 'it is about to end';
  for (const collection of collectionNames) {
    const { synced, watching, lastError } = caches.health(collection);
    if (synced && (watching || lastError === null)) continue;
    return `${collection} ${synced ? 'are not watched' : 'have not been listed'}${lastError === null ? '' : `: ${lastError}`}`;
  }
  return null;
}
