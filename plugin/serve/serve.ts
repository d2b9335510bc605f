import { httpProber } from '../cluster/probe.ts';
import type { Connection } from '../cluster/connection.ts';
import type { Scope } from '../cluster/state.ts';
import { grantOf, readPolicy } from '../settings/policy.ts';
import type { DiscoveryPolicy } from '../settings/policy.ts';
import { applicationView } from './application.ts';
import type { ApplicationView } from './application.ts';
import type { ArgoCd } from './argo-cd.ts';
import type { CacheOptions, Caches } from './caches.ts';
import { collectionNames, startCaches } from './caches.ts';
import { startDriver } from './driver.ts';
import type { Driver } from './driver.ts';
import type { Emit } from './events.ts';
import { startLease } from './lease.ts';
import { createMetrics } from './metrics.ts';
import type { Metrics } from './metrics.ts';
import { restartReporter, driverReporter, trackedReporter } from './reports.ts';
import { startServer } from './server.ts';
import { startTracker } from './tracker.ts';
import type { Tracker } from './tracker.ts';

export interface ServeOptions {
  readonly connection: Connection;
  /** Where Services are watched. */
  readonly scope: Scope;
  /** Where Applications are watched. */
  readonly applications: Scope;
  /** Name of the plugin in Argo CD. */
  readonly plugin: string;
  readonly policyFile: string | undefined;
  readonly argoCd: ArgoCd;
  /** Whether syncs are asked for as well. */
  readonly act: 'sync' | 'refresh';
  readonly resyncMs: number;
  /** One of several replicas acts; `null` where there is only one. */
  readonly lease: { readonly namespace: string; readonly name: string; readonly identity: string } | null;
  readonly listen: { readonly host: string; readonly port: number };
  readonly emit: Emit;
  /** Asks it to end. */
  readonly signal: AbortSignal;
}
