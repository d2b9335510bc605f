import { evidenceOf, runTimeouts } from '../cluster/http/evidence.ts';
import { HttpProber } from '../cluster/probe/probe.ts';
import { StoreProber } from '../cluster/stores/store-prober.ts';
import { systemClock } from '../lib/clock.ts';
import { keyOf } from '../lib/object-key.ts';
import { Projects } from './argocd/projects.ts';
import { SyncController } from './argocd/sync-controller.ts';
import type { CacheChange } from './cache/index.ts';
import type { ChangeFeed } from './http/state/change-feed.ts';
import { needsAction } from './http/state/last-requests.ts';
import type { History } from './http/state/last-requests.ts';
import type { Sightings } from './http/state/sightings.ts';
import { LeaderElection } from './leader-election/leader-election.ts';
import { instrumentProber, recordDiscoveries } from './metrics/discovery-metrics.ts';
import type { Discoveries } from './metrics/discovery-metrics.ts';
import { recordDrift } from './metrics/drift.ts';
import type { Drifts } from './metrics/drift.ts';
import { addGauges } from './metrics/gauges.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { Policies } from './policies.ts';
import type { ServeCaches } from './reconcile/managed-config-map.ts';
import { Reconciler } from './reconcile/reconciler.ts';
import type { ConfigMapStatus } from './reconcile/status.ts';
import type { ServeOptions } from './serve-options.ts';
import { failure, reportOversize, reportStatus, reportSyncEvent } from './telemetry.ts';

interface WiringOptions extends ServeOptions {
  /** Synced. */
  readonly caches: ServeCaches;
  readonly policies: Policies;
  readonly metrics: Metrics;
  /** Aborted after `signal`: until then the status of ConfigMaps is kept up to date for the API. */
  readonly ended: AbortSignal;
  readonly history: History;
  readonly sightings: Sightings;
  readonly changes: ChangeFeed;
  /** Called when every ConfigMap has been evaluated once. */
  readonly onEvaluated: (reconciler: Reconciler) => void;
}

/** Connects the caches, the reconciler, leader election and the sync controller, and reports what they do. */
export class Wiring {
  readonly #options: WiringOptions;
  readonly #election: LeaderElection | null;
  readonly #controller: SyncController;
  readonly #reconciler: Reconciler;
  readonly #discoveries: Discoveries;
  readonly #drifts: Drifts;
  readonly #oversize = new Set<string>();

  constructor(options: WiringOptions) {
    const { caches, metrics, policies, history, sightings, ended } = options;
    this.#options = options;
    this.#discoveries = recordDiscoveries(metrics);
    this.#drifts = recordDrift(metrics);
    this.#election = this.#createElection();
    const isLeader = (): boolean => this.#election?.isLeader() ?? true;
    const prober = new HttpProber({ signal: ended });
    const stores = new StoreProber({ signal: ended });
    this.#controller = this.#createController(isLeader);
    const projects = new Projects(options.connection, ended);
    this.#reconciler = new Reconciler({
      caches,
      grantOf: policies.grantOf,
      permits: (application) => projects.permits(application),
      signal: ended,
      evidence: evidenceOf(options.connection, ended, { ...runTimeouts, allMs: null }),
      stores: (question) => stores.ask(question),
      prober: instrumentProber(
        (request) => prober.probe(request),
        metrics,
        (request, result) => {
          sightings.recordCheck(request, result);
        },
      ),
      onDiscovery: (configMap, discovery, seconds) => {
        this.#discoveries.record(configMap, discovery, seconds);
        sightings.recordDiscovery(configMap, discovery);
      },
      onStatus: (after, before) => {
        this.#handleStatus(after, before);
      },
      onBug: (error, configMap) => {
        options.emit('bug', { configMap, ...failure(error) });
      },
    });
    addGauges(metrics, {
      caches,
      configMaps: this.#reconciler.configMaps,
      isLeader,
      clock: systemClock,
      needsAction: (application) => needsAction(history.of(application)),
    });
  }

  /** Reconciles until the signal; settles when no request to Argo CD is in flight. */
  async run(): Promise<void> {
    const { caches, onEvaluated } = this.#options;
    this.#drifts.observe([...caches.configMaps.values()].map(keyOf), caches);
    this.#reportOversize([...caches.services.values()].map(keyOf));
    this.#reconciler.start();
    caches.onChange((change) => {
      this.#handleChange(change);
    });
    const election = this.#election?.run();
    this.#reconcileAll();
    void this.#reconciler.enqueueAndWait([]).then(() => {
      onEvaluated(this.#reconciler);
    });
    await this.#followPolicy();
    await Promise.all([this.#controller.idle(), election]);
  }

  #createElection(): LeaderElection | null {
    const { lease, connection, signal, emit } = this.#options;
    if (lease === null) return null;
    return new LeaderElection({
      ...lease,
      connection,
      signal,
      onChange: (isLeader) => {
        emit(isLeader ? 'leader-elected' : 'leader-lost', { identity: lease.identity });
        if (isLeader) this.#reconcileAll();
      },
      onError: (error) => {
        emit('lease-failed', failure(error));
      },
    });
  }

  #createController(isLeader: () => boolean): SyncController {
    const { caches, argoCd, syncMode, signal, emit, metrics, history, changes } = this.#options;
    return new SyncController({
      applications: caches.applications,
      configMapsOf: (application) => this.#configMapsOf(application),
      argoCd,
      mode: syncMode,
      isLeader,
      isCurrent: ({ namespace, configMaps }) =>
        caches.isCurrent('applications', namespace) &&
        configMaps.every((configMap) => caches.isCurrent('configMaps', configMap.namespace)),
      signal,
      onEvent: (event, application) => {
        reportSyncEvent(event, application, this.#configMapsOf(keyOf(application)), {
          emit,
          metrics,
          clock: systemClock,
        });
        history.record(event, application);
        changes.historyChanged();
      },
    });
  }

  #configMapsOf(application: string): readonly ConfigMapStatus[] {
    return [...this.#reconciler.configMaps.values()].filter((one) => one.application === application);
  }

  #reconcileAll(): void {
    for (const application of this.#options.caches.applications.values())
      this.#controller.reconcile(keyOf(application));
  }

  #handleStatus(after: ConfigMapStatus | undefined, before: ConfigMapStatus | undefined): void {
    const { emit, metrics, history, sightings, changes } = this.#options;
    reportStatus(after, before, { emit, metrics, clock: systemClock });
    if (before && !after) {
      this.#discoveries.forget(keyOf(before));
      sightings.forget(keyOf(before));
    }
    changes.statusChanged(after, before);
    const owner = after?.application ?? null;
    if (owner !== null && this.#configMapsOf(owner).every(({ outOfDateSince }) => outOfDateSince === null))
      history.settle(owner);
    // The previous owner as well: it may have nothing left to do.
    for (const application of new Set([before?.application ?? null, owner]))
      if (application !== null) this.#controller.reconcile(application);
  }

  #handleChange({ collection, keys }: CacheChange): void {
    const { caches, history } = this.#options;
    if (collection === 'configMaps') this.#drifts.observe(keys, caches);
    if (collection === 'services') this.#reportOversize(keys);
    if (collection !== 'applications') return;
    this.#drifts.forget(caches);
    for (const key of keys) {
      this.#controller.reconcile(key);
      if (caches.applications.get(key) === undefined) history.forget(key);
    }
  }

  #reportOversize(keys: readonly string[]): void {
    const { caches, emit } = this.#options;
    reportOversize(keys, caches.services, this.#oversize, emit);
  }

  /** The policy is a mounted file: it is read again at the interval of the complete lists. */
  async #followPolicy(): Promise<void> {
    const { signal, resyncMs, policies, emit } = this.#options;
    for (;;) {
      await systemClock.sleep(resyncMs, signal);
      if (signal.aborted) return;
      try {
        if (await policies.reload()) this.#reconciler.policyChanged();
      } catch (error) {
        emit('policy-failed', failure(error));
      }
    }
  }
}
