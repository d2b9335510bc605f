import { systemClock } from '../lib/clock.ts';
import { keyOf } from '../lib/object-key.ts';
import { Projects } from './argocd/projects.ts';
import { SyncController } from './argocd/sync-controller.ts';
import type { CacheChange } from './cache/index.ts';
import { Clusters } from './clusters/clusters.ts';
import type { SharedParts } from './clusters/watched-cluster.ts';
import { RequestHistory, needsAction } from './http/state/request-history.ts';
import { linksOf } from './http/state/links.ts';
import { LeaderElection } from './leader-election/leader-election.ts';
import { recordDiscoveries } from './metrics/discovery-metrics.ts';
import { recordDrift } from './metrics/drift.ts';
import { addGauges, addWatchGauge } from './metrics/gauges.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { Policies } from './policies.ts';
import type { ServeCaches } from './reconcile/managed-config-map.ts';
import type { ConfigMapStatus } from './reconcile/status.ts';
import type { ServeOptions } from './serve-options.ts';
import { failure, reportSyncEvent } from './telemetry.ts';

export interface HubOptions extends ServeOptions {
  /** Caches of the cluster that Argo CD runs in, with its Applications. */
  readonly caches: ServeCaches;
  readonly policies: Policies;
  readonly metrics: Metrics;
  /** Aborted after `signal`: until then the API gets an up-to-date status of ConfigMaps. */
  readonly ended: AbortSignal;
}

/**
 * The parts that exist once, whatever the number of clusters: requests to Argo CD, leader election, policy and metrics.
 */
export class Hub {
  readonly clusters: Clusters;
  readonly #options: HubOptions;
  readonly #requestHistory = new RequestHistory(systemClock, () => this.#isLeader());
  readonly #election: LeaderElection | null;
  readonly #controller: SyncController;

  constructor(options: HubOptions) {
    this.#options = options;
    this.#election = this.#createElection();
    this.#controller = this.#createController();
    this.clusters = new Clusters({
      ...options,
      shared: this.#createShared(),
      onStatus: (after, before) => {
        this.#handleStatus(after, before);
      },
      onReadable: (application) => {
        this.#controller.reconcile(application);
      },
    });
    addWatchGauge(options.metrics, () => this.clusters.readings());
  }

  /**
   * Reconciles until the signal; settles when no request to Argo CD is in flight. Called once everything has been
   * listed.
   */
  async run(): Promise<void> {
    const { caches, metrics } = this.#options;
    addGauges(metrics, {
      applications: caches.applications,
      clusters: () => this.clusters.readings(),
      destinationOf: (application) => this.clusters.of(application.otherCluster)?.name ?? null,
      unopened: () => this.clusters.unopened(),
      isLeader: () => this.#isLeader(),
      clock: systemClock,
      needsAction: (application) => needsAction(this.#requestHistory.of(application)),
    });
    this.clusters.start();
    caches.onChange((change) => {
      this.#handleChange(change);
    });
    const election = this.#election?.run();
    this.#reconcileAll();
    await this.#followPolicy();
    await Promise.all([this.#controller.idle(), election]);
  }

  #createShared(): SharedParts {
    const { connection, metrics, ended } = this.#options;
    const projects = new Projects(connection, ended);
    return {
      permits: (application) => projects.permits(application),
      metrics,
      discoveries: recordDiscoveries(metrics),
      drifts: recordDrift(metrics),
      requestHistory: this.#requestHistory,
      links: linksOf(this.#options),
    };
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

  #isLeader(): boolean {
    return this.#election?.isLeader() ?? true;
  }

  #createController(): SyncController {
    const { caches, argoCd, syncMode, signal, emit, metrics } = this.#options;
    return new SyncController({
      applications: caches.applications,
      configMapsOf: (application) => this.clusters.configMapsOf(application),
      argoCd,
      mode: syncMode,
      isLeader: () => this.#isLeader(),
      isReadable: (application) => this.clusters.areReadable(application),
      isCurrent: ({ namespace, configMaps, otherCluster }) =>
        caches.isCurrent('applications', namespace) && (this.clusters.of(otherCluster)?.isCurrent(configMaps) ?? false),
      signal,
      onEvent: (event, application) => {
        reportSyncEvent(event, application, this.clusters.configMapsOf(keyOf(application)), {
          emit,
          metrics,
          clock: systemClock,
        });
        // A request can outlive its Application, whose history nothing would forget.
        if (caches.applications.get(keyOf(application))) this.#requestHistory.record(event, application);
        this.clusters.own.changes.historyChanged();
      },
    });
  }

  #reconcileAll(): void {
    for (const application of this.#options.caches.applications.values())
      this.#controller.reconcile(keyOf(application));
  }

  #handleStatus(after: ConfigMapStatus | undefined, before: ConfigMapStatus | undefined): void {
    const owner = after?.application ?? null;
    // Includes the previous owner, which may have nothing left to do.
    for (const application of new Set([before?.application ?? null, owner])) {
      if (application === null) continue;
      if (this.clusters.configMapsOf(application).every(({ outOfDateSince }) => outOfDateSince === null))
        this.#requestHistory.settle(application);
      this.#controller.reconcile(application);
    }
  }

  #handleChange({ collection, keys }: CacheChange): void {
    if (collection === 'configMaps') this.clusters.configMapsChanged(keys);
    if (collection !== 'applications') return;
    this.clusters.applicationsChanged(keys);
    for (const key of keys) {
      this.#controller.reconcile(key);
      if (this.#options.caches.applications.get(key) === undefined) this.#requestHistory.forget(key);
    }
  }

  /** The policy is a mounted file: it is reread at the interval of complete lists. */
  async #followPolicy(): Promise<void> {
    const { signal, resyncMs, policies, emit } = this.#options;
    for (;;) {
      await systemClock.sleep(resyncMs, signal);
      if (signal.aborted) return;
      try {
        if (!(await policies.reload())) continue;
        this.clusters.policyChanged();
      } catch (error) {
        emit('policy-failed', failure(error));
      }
    }
  }
}
