import type { Prober } from '../../cluster/probe/probe.ts';
import type { StoreAnswer, StoreQuestion } from '../../cluster/stores/question.ts';
import type { EvidenceCluster } from '../../discovery/evidence/reader.ts';
import type { SelectionResult } from '../../discovery/selection/select-backends.ts';
import type { Clock } from '../../lib/clock.ts';
import { systemClock } from '../../lib/clock.ts';
import { keyOf } from '../../lib/object-key.ts';
import type { CacheChange } from '../cache/index.ts';
import { CandidateGroups } from './candidate-groups.ts';
import type { Candidates } from './candidates.ts';
import { metadataOf } from './config-map-metadata.ts';
import type { ConfigMapMetadata } from './config-map-metadata.ts';
import { KeptKeysOfConfigMaps } from './kept-keys.ts';
import { debounce } from '../timing/debounce.ts';
import type { Debounce } from '../timing/debounce.ts';
import { selectFor } from './evaluation/desired-state.ts';
import { evaluateConfigMap } from './evaluation/evaluate.ts';
import type { EvaluationOutcome } from './evaluation/evaluate.ts';
import type { EvaluationInputs } from './evaluation/inputs.ts';
import type { ServeCaches } from './managed-config-map.ts';
import { Schedulers } from './background/schedulers.ts';
import type { EvaluationSession } from './background/schedulers.ts';
import { startTimers } from '../timing/requeue-timers.ts';
import type { MembersOptions } from './background/member-scheduler.ts';
import { ownPartOf } from './evaluation/fleet-state.ts';
import type { FleetInputs } from './evaluation/fleet-state.ts';
import type { Timers } from '../timing/requeue-timers.ts';
import type { Cause, ConfigMapStatus } from './status.ts';
import { updatedStatus } from './status.ts';
import { startQueue } from './work-queue.ts';
import type { Queue } from './work-queue.ts';

export interface ReconcilerOptions extends Pick<
  EvaluationInputs,
  'here' | 'grantOf' | 'permits' | 'isElsewhere' | 'onDiscovery'
> {
  /** Given if several reconcilers share the caches; its own by default. */
  readonly keptKeys?: KeptKeysOfConfigMaps | undefined;
  /** Must be synced. */
  readonly caches: ServeCaches;
  readonly prober: Prober;
  /** Reads custom resources and Pods. */
  readonly evidence: EvidenceCluster;
  /** Asks a store what a first query of it needs; `null` to ask none. */
  readonly stores: ((question: StoreQuestion) => Promise<StoreAnswer>) | null;
  /** The clusters of multi-cluster ConfigMaps; absent if these are not evaluated. */
  readonly fleet?: FleetOptions | null;
  /** The metadata that counts for these caches; all of it by default. */
  readonly metadataOf?: EvaluationInputs['metadataOf'];
  /** The same for explanations, at any time; by default that of Argo CD's own cluster. */
  readonly explainedMetadataOf?: EvaluationInputs['metadataOf'];
  readonly signal: AbortSignal;
  /**
   * Called after each evaluation, with its cause and outcome; `undefined` if the ConfigMap no longer exists, or did not
   * exist before.
   */
  readonly onStatus: (
    after: ConfigMapStatus | undefined,
    before: ConfigMapStatus | undefined,
    cause: Cause,
    outcome: EvaluationOutcome | undefined,
  ) => void;
  /** An evaluation, or a question of it, threw: the ConfigMap keeps its previous status. */
  readonly onBug: (error: unknown, configMap: string) => void;
  readonly clock?: Clock;
}

/** How the clusters of multi-cluster ConfigMaps are found and followed, and where their parts come from. */
export type FleetOptions = MembersOptions & Pick<FleetInputs, 'partOf'>;

/** The discovery behind the desired state of a ConfigMap. */
export interface ConfigMapDiscovery {
  readonly metadata: ConfigMapMetadata;
  readonly candidates: Candidates;
  readonly conclusion: SelectionResult;
}

/** A burst of events causes one evaluation: 250 ms after its last event, and at most 1 s after its first. */
const quietMs = 250;
const maxQuietMs = 1_000;

/** Knows the status of every managed ConfigMap: evaluates each at the start, and again after any relevant change. */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #clock: Clock;
  readonly #groups: CandidateGroups;
  readonly #keptKeys: KeptKeysOfConfigMaps;
  readonly #schedulers: Schedulers;
  readonly #queue: Queue;
  readonly #timers: Timers;
  readonly #statuses = new Map<string, ConfigMapStatus>();
  readonly #debounce: Debounce;
  #burst = new Map<CacheChange['collection'], Set<string>>();
  /** A collection of which other namespaces are readable since the burst began. */
  #readability: CacheChange['collection'] | null = null;
  #isStarted = false;

  constructor(options: ReconcilerOptions) {
    const { caches, prober, evidence, stores, onBug, fleet = null, signal, clock = systemClock } = options;
    this.#options = options;
    this.#clock = clock;
    this.#groups = new CandidateGroups(caches);
    this.#keptKeys = options.keptKeys ?? new KeptKeysOfConfigMaps(caches);
    this.#queue = startQueue(signal, (key, cause) => this.#evaluate(key, cause));
    this.#timers = startTimers(signal, (key) => {
      this.#queue.add([key], 'time');
    });
    this.#schedulers = new Schedulers({
      prober,
      evidence,
      stores,
      members: fleet && { ...fleet, metadataOf: (configMap) => this.#metadataOf(configMap) },
      signal,
      clock,
      onAnswer: (configMaps) => {
        this.#queue.add(configMaps, 'probe');
      },
      onBug,
    });
    this.#debounce = debounce(
      () => {
        this.#endBurst();
      },
      quietMs,
      maxQuietMs,
    );
    signal.addEventListener('abort', this.#debounce.cancel, { once: true });
  }

  /** Keyed by `namespace/name`. */
  get configMaps(): ReadonlyMap<string, ConfigMapStatus> {
    return this.#statuses;
  }

  /** Enqueues every ConfigMap, and follows the caches from then on. Called once. */
  start(): void {
    this.#isStarted = true;
    this.#options.caches.onChange((change) => {
      this.#handleChange(change);
    });
    this.#enqueueAll('start');
  }

  /** Enqueues these ConfigMaps, since an input, or where they are evaluated, may have changed. */
  enqueue(keys: readonly string[], cause: Cause = 'configMaps'): void {
    this.#queue.add(keys, cause);
  }

  /**
   * Enqueues every ConfigMap, since the policy may grant something else. Before `start`, the caches may be incomplete.
   */
  policyChanged(): void {
    if (this.#isStarted) this.#enqueueAll('policy');
  }

  /** Enqueues these ConfigMaps and probes every backend again; settles when the queue is empty. */
  async enqueueAndWait(keys: readonly string[]): Promise<void> {
    this.#schedulers.probeAllNow();
    this.#queue.add(keys, 'request');
    await this.#queue.idle();
  }

  /** The current decisions about the Services of a ConfigMap; `null` if it cannot be evaluated. */
  async explain(key: string): Promise<ConfigMapDiscovery | null> {
    const { caches, explainedMetadataOf = ownPartOf } = this.#options;
    const configMap = caches.configMaps.get(key);
    const metadata = configMap && explainedMetadataOf(configMap);
    const candidates = this.#groups.of(key);
    if (metadata === undefined || 'problem' in metadata || candidates === undefined) return null;
    const readers = this.#schedulers.knownAnswers();
    const conclusion = await selectFor({ metadata, candidates, caches, readers, now: this.#clock.epochMs() });
    return { metadata, candidates, conclusion };
  }

  async #evaluate(key: string, cause: Cause): Promise<void> {
    const { onStatus, onBug } = this.#options;
    const before = this.#statuses.get(key);
    try {
      this.#timers.clear(key);
      const session = this.#schedulers.begin(key);
      const evaluated = await evaluateConfigMap(key, this.#inputsOf(session));
      session.end();
      // Keep the previous status until it settles: the clusters do not all evaluate a new version of the ConfigMap at
      // once.
      if (evaluated?.isUnsettled === true && before) return;
      const after = evaluated && updatedStatus(evaluated.evaluation, before, cause, this.#clock.now());
      if (after) this.#statuses.set(key, after);
      else this.#statuses.delete(key);
      onStatus(after, before, cause, evaluated);
    } catch (error) {
      onBug(error, key);
    }
  }

  #inputsOf({ readers, members }: EvaluationSession): EvaluationInputs {
    const { caches, here, grantOf, permits, isElsewhere, onDiscovery, fleet } = this.#options;
    return {
      caches,
      groups: this.#groups,
      keptKeys: this.#keptKeys,
      here,
      grantOf,
      permits,
      isElsewhere,
      readers,
      metadataOf: this.#options.metadataOf ?? metadataOf,
      fleet: fleet && members ? { members, partOf: fleet.partOf } : null,
      clock: this.#clock,
      onDue: this.#timers.set,
      onDiscovery,
    };
  }

  #metadataOf(key: string): ConfigMapMetadata | null {
    const configMap = this.#options.caches.configMaps.get(key);
    const metadata = configMap && metadataOf(configMap);
    return metadata === undefined || 'problem' in metadata ? null : metadata;
  }

  #enqueueAll(cause: Cause): void {
    this.#queue.add([...this.#options.caches.configMaps.values()].map(keyOf), cause);
  }

  #handleChange({ collection, keys, isReadabilityChange }: CacheChange): void {
    if (isReadabilityChange) {
      // Not at once: a watch that is open again has yet to report what happened meanwhile.
      this.#readability = collection;
      this.#debounce.trigger();
    } else if (collection === 'configMaps') this.#queue.add(keys, 'configMaps');
    else if (collection === 'applications') this.#queue.add(this.#dependentsOf(keys), 'applications');
    else this.#addToBurst(collection, keys);
  }

  #addToBurst(collection: CacheChange['collection'], keys: readonly string[]): void {
    const changed = this.#burst.get(collection) ?? new Set();
    for (const key of keys) changed.add(key);
    this.#burst.set(collection, changed);
    this.#debounce.trigger();
  }

  /** Only the state at the end of a burst counts. */
  #endBurst(): void {
    const [services, endpoints] = [[...(this.#burst.get('services') ?? [])], [...(this.#burst.get('endpoints') ?? [])]];
    const hasNamespaces = this.#burst.has('namespaces');
    const readability = this.#readability;
    this.#burst = new Map();
    this.#readability = null;
    this.#queue.add(this.#groups.updateServices(services), 'services');
    this.#queue.add(this.#groups.updateEndpoints(endpoints), 'endpoints');
    if (hasNamespaces) this.#queue.add(this.#groups.updateNamespaces(), 'namespaces');
    if (readability !== null) this.#enqueueAll(readability);
    for (const service of [...services, ...endpoints]) this.#schedulers.probeNow(service);
  }

  /** ConfigMaps that one of these Applications owns or lists, or that may have had no owner so far. */
  #dependentsOf(applications: readonly string[]): string[] {
    const { caches } = this.#options;
    const listed = new Set(applications.flatMap((key) => caches.applications.get(key)?.configMaps ?? []).map(keyOf));
    const depends = (key: string, { application, problem }: ConfigMapStatus): boolean =>
      listed.has(key) || (application === null ? problem !== null : applications.includes(application));
    return [...this.#statuses].filter(([key, status]) => depends(key, status)).map(([key]) => key);
  }
}
