import { keyOf } from '../../lib/object-key.ts';
import { ChangeFeed } from '../http/state/change-feed.ts';
import { createExplanations } from '../http/state/read-model.ts';
import type { Explanations } from '../http/state/read-model.ts';
import { metadataOf } from '../reconcile/config-map-metadata.ts';
import { metadataFor } from '../reconcile/evaluation/fleet-state.ts';
import type { FleetPart } from '../reconcile/evaluation/fleet-state.ts';
import type { ManagedConfigMap } from '../reconcile/managed-config-map.ts';
import { Reconciler } from '../reconcile/reconciler.ts';
import type { ReconcilerOptions } from '../reconcile/reconciler.ts';
import type { Cause } from '../reconcile/status.ts';

export interface FleetPartsOptions extends Omit<
  ReconcilerOptions,
  'fleet' | 'isElsewhere' | 'metadataOf' | 'explainedMetadataOf' | 'onDiscovery' | 'onStatus'
> {
  /** Name of the cluster that holds the ConfigMaps. */
  readonly hub: string;
  /** Called when a ConfigMap's part of the cluster may have changed. */
  readonly onPart: (configMap: string, cause: Cause) => void;
}

/** A part, and the version of the ConfigMap it was computed from. */
interface CachedPart {
  readonly configMap: ManagedConfigMap;
  readonly part: FleetPart;
}

/**
 * One cluster's part of each multi-cluster ConfigMap of the hub: evaluated from the cluster's caches, as a ConfigMap of
 * this cluster alone would be.
 */
export class FleetParts {
  readonly #options: FleetPartsOptions;
  readonly #reconciler: Reconciler;
  readonly #known = new Map<string, CachedPart>();
  readonly #explanations: Explanations;
  /** The ConfigMap under evaluation. */
  #current: ManagedConfigMap | null = null;
  #conclusion: FleetPart | null = null;
  #isStarted = false;

  constructor(options: FleetPartsOptions) {
    const { hub: cluster, caches, signal, here } = options;
    this.#options = options;
    const changes = new ChangeFeed(signal);
    caches.onChange((change) => {
      changes.cacheChanged(change);
    });
    this.#reconciler = new Reconciler({
      ...options,
      fleet: null,
      metadataOf: (configMap) => this.#metadataOf(configMap),
      explainedMetadataOf: (configMap) => partOf(here.name, configMap),
      onDiscovery: (_, discovery) => {
        this.#conclusion = discovery && { conclusion: discovery.conclusion };
      },
      onStatus: (after, before, cause) => {
        changes.statusChanged(after, before);
        const status = after ?? before;
        if (status) this.#note(keyOf(status), after?.problem ?? null, cause);
      },
    });
    this.#explanations = createExplanations({ cluster, caches, reconciler: this.#reconciler, changes });
  }

  /** How the cluster's Services were judged for each ConfigMap; `null` before `start`. */
  get explanations(): Explanations | null {
    return this.#isStarted ? this.#explanations : null;
  }

  /** Evaluates every ConfigMap, and again after any change. Called once, when everything has been listed. */
  start(): void {
    this.#isStarted = true;
    this.#reconciler.start();
  }

  /** `null` if this version of the ConfigMap has not been evaluated. */
  of(configMap: ManagedConfigMap): FleetPart | null {
    const known = this.#known.get(keyOf(configMap));
    return known?.configMap === configMap ? known.part : null;
  }

  policyChanged(): void {
    this.#reconciler.policyChanged();
  }

  #metadataOf(configMap: ManagedConfigMap): ReturnType<typeof metadataOf> {
    this.#current = configMap;
    this.#conclusion = null;
    return partOf(this.#options.here.name, configMap);
  }

  #note(key: string, problem: Extract<FleetPart, { problem: unknown }>['problem'] | null, cause: Cause): void {
    const part = problem ? { problem } : this.#conclusion;
    const configMap = this.#current;
    this.#current = null;
    if (part && configMap && keyOf(configMap) === key) this.#known.set(key, { configMap, part });
    else this.#known.delete(key);
    this.#options.onPart(key, cause);
  }
}

function partOf(cluster: string, configMap: ManagedConfigMap): ReturnType<typeof metadataOf> {
  const metadata = metadataOf(configMap);
  return 'problem' in metadata ? metadata : metadataFor(cluster, metadata);
}
