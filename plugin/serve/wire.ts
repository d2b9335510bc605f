import { setTimeout as delay } from 'node:timers/promises';
import { httpProber } from '../cluster/probe.ts';
import { keyOf } from '../lib/object-key.ts';
import type { ServeCaches } from './reconcile/managed-config-map.ts';
import { startSyncController } from './argocd/sync-controller.ts';
import type { SyncController } from './argocd/sync-controller.ts';
import type { ChangeFeed } from './http/state/change-feed.ts';
import { needsAction } from './http/state/last-requests.ts';
import type { History } from './http/state/last-requests.ts';
import { startLease } from './leader-election/leader-election.ts';
import type { Lease } from './leader-election/leader-election.ts';
import { recordDiscoveries } from './metrics/discovery-metrics.ts';
import { recordDrift } from './metrics/drift.ts';
import type { Metrics } from './metrics/metrics.ts';
import { measured } from './metrics/instrument-prober.ts';
import { addReadings } from './metrics/gauges.ts';
import type { Policies } from './policies.ts';
import { failure, reportSyncEvent, reportStatus } from './telemetry.ts';
import type { ServeOptions } from './serve.ts';
import { startReconciler } from './reconcile/reconciler.ts';
import type { ConfigMapStatus } from './reconcile/status.ts';
import type { Reconciler } from './reconcile/reconciler.ts';

interface DriveOptions extends ServeOptions {
  /** Synced. */
  readonly caches: ServeCaches;
  readonly policies: Policies;
  readonly metrics: Metrics;
  /** Of the caches: what the tracker knows is kept up to date longer than anything is driven. */
  readonly ended: AbortSignal;
  readonly history: History;
  readonly changes: ChangeFeed;
  /** Told once every ConfigMap was looked at. */
  readonly onKnown: (tracker: Reconciler) => void;
}

/** Drives every Application that is behind until the signal; settles once no request is on its way any more. */
export async function drive(options: DriveOptions): Promise<void> {
  const { caches, metrics, emit, signal, ended, policies, history, changes } = options;
  const configMapsOf = (application: string): readonly ConfigMapStatus[] =>
    [...tracker.configMaps.values()].filter((one) => one.application === application);
  const lookAtAll = (): void => {
    for (const application of caches.applications.values()) driver.reconcile(keyOf(application));
  };
  const lease = elect(options, lookAtAll);
  const isLeader = (): boolean => lease === null || lease.isLeader();
  const driver: SyncController = startSyncController({
    ...{ applications: caches.applications, configMapsOf, argoCd: options.argoCd, act: options.act, isLeader, signal },
    onEvent: (event, application) => {
      reportSyncEvent(event, application, configMapsOf(keyOf(application)), emit, metrics);
      history.record(event, application);
      changes.historyChanged();
    },
  });
  const [discoveries, drifts] = [recordDiscoveries(metrics), recordDrift(metrics)];
  const tracker: Reconciler = startReconciler({
    ...{ caches, grantOf: policies.grantOf, signal: ended, prober: measured(httpProber(ended), metrics) },
    onDiscovery: discoveries.record,
    onStatus: (after, before) => {
      reportStatus(after, before, emit, metrics);
      if (before && !after) discoveries.forget(keyOf(before));
      changes.statusChanged(after, before);
      const owner = after?.application ?? null;
      if (owner !== null && configMapsOf(owner).every(({ outOfDateSince }) => outOfDateSince === null))
        history.settle(owner);
      // An Application that it no longer belongs to has one reason less to be driven.
      for (const application of new Set([before?.application, after?.application]))
        if (application !== null && application !== undefined) driver.reconcile(application);
    },
    onBug: (error, configMap) => {
      emit('bug', { configMap, ...failure(error) });
    },
  });
  addReadings(metrics, {
    ...{ caches, configMaps: tracker.configMaps, isLeader },
    needsAction: (application) => needsAction(history.of(application)),
  });
  drifts.observe([...caches.configMaps.values()].map(keyOf), caches);
  caches.onChange(({ collection, keys }) => {
    if (collection === 'configMaps') drifts.observe(keys, caches);
    if (collection !== 'applications') return;
    drifts.forget(caches);
    for (const key of keys) {
      driver.reconcile(key);
      if (caches.applications.get(key) === undefined) history.forget(key);
    }
  });
  lookAtAll();
  void tracker.enqueueAndWait([]).then(() => {
    options.onKnown(tracker);
  });
  await followPolicy(options, tracker);
  await Promise.all([driver.idle(), lease?.done]);
}

function elect({ lease, connection, signal, emit }: DriveOptions, onElected: () => void): Lease | null {
  if (lease === null) return null;
  return startLease({
    ...{ ...lease, connection, signal },
    onChange: (leading) => {
      emit(leading ? 'leader-elected' : 'leader-lost', { identity: lease.identity });
      if (leading) onElected();
    },
    onError: (error) => {
      emit('lease-failed', failure(error));
    },
  });
}

/** The policy is a mounted file: it is read again as often as everything is listed again. */
async function followPolicy({ signal, resyncMs, policies, emit }: DriveOptions, tracker: Reconciler): Promise<void> {
  for (;;) {
    await delay(resyncMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    try {
      if (await policies.reload()) tracker.policyChanged();
    } catch (error) {
      emit('policy-failed', failure(error));
    }
  }
}
