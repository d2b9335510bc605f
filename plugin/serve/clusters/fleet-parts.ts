import { keyOf } from '../../lib/object-key.ts';
import { ChangeFeed } from '../http/state/change-feed.ts';
import { createExplanations } from '../http/state/read-model.ts';
import type { Explanations } from '../http/state/read-model.ts';
import { metadataOf } from '../reconcile/config-map-metadata.ts';
import { metadataFor } from '../reconcile/evaluation/fleet-state.ts';
import type { FleetPart } from '../reconcile/evaluation/fleet-state.ts';
import type { EvaluationOutcome } from '../reconcile/evaluation/evaluate.ts';
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
      metadataOf: (configMap) => metadataIn(here.name, configMap),
      explainedMetadataOf: (configMap) => metadataIn(here.name, configMap),
      onStatus: (after, before, cause, outcome) => {
        changes.statusChanged(after, before);
        const status = after ?? before;
        if (status) this.#record(keyOf(status), outcome, cause);
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

  #record(key: string, outcome: EvaluationOutcome | undefined, cause: Cause): void {
    const part = outcome ? partOf(outcome) : null;
    if (outcome && part) this.#known.set(key, { configMap: outcome.configMap, part });
    else this.#known.delete(key);
    this.#options.onPart(key, cause);
  }
}

function partOf({ evaluation: { problem }, discovery }: EvaluationOutcome): FleetPart | null {
  return problem ? { problem } : discovery && { conclusion: discovery.conclusion };
}

/** The metadata of a multi-cluster ConfigMap, reduced to one cluster. */
function metadataIn(cluster: string, configMap: ManagedConfigMap): ReturnType<typeof metadataOf> {
  const metadata = metadataOf(configMap);
  return 'problem' in metadata ? metadata : metadataFor(cluster, metadata);
}
