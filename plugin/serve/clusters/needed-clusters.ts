import type { ApplicationView } from '../../argocd/application.ts';
import { keyOf } from '../../lib/object-key.ts';
import type { ManagedConfigMap, ServeCaches } from '../reconcile/managed-config-map.ts';
import type { Fleets } from './fleets.ts';
import { sourceClusterOf } from './hub-config-maps.ts';

/** Generated ConfigMaps of one Application that are considered. */
const maxListed = 5;

/** Which other clusters the Applications and ConfigMaps of the hub read, by the names they use. */
export class NeededClusters {
  readonly #caches: Pick<ServeCaches, 'configMaps'>;
  readonly #fleets: Pick<Fleets, 'namesOf'>;

  constructor(caches: Pick<ServeCaches, 'configMaps'>, fleets: Pick<Fleets, 'namesOf'>) {
    this.#caches = caches;
    this.#fleets = fleets;
  }

  /**
   * The names an Application uses for the clusters that it reads: its destination, or the clusters of its ConfigMaps in
   * the hub.
   */
  namesOf(application: ApplicationView): readonly string[] {
    const several = application.otherCluster === null ? this.#generatedOf(application) : [];
    return [
      ...new Set([...this.requiredBy(application), ...several.flatMap((one) => this.#fleets.namesOf(keyOf(one)))]),
    ];
  }

  /** Clusters that an Application cannot do without: of several, any may be unavailable. */
  requiredBy(application: ApplicationView): readonly string[] {
    const { otherCluster } = application;
    if (otherCluster !== null) return [otherCluster];
    return [...new Set(this.#generatedOf(application).flatMap((one) => sourceClusterOf(one) ?? []))];
  }

  /** Hub ConfigMaps that are built from another cluster, as `namespace/name`. */
  builtFromOthers(): readonly string[] {
    return [...this.#caches.configMaps.values()].filter((one) => sourceClusterOf(one) !== null).map(keyOf);
  }

  /** Ignores ConfigMaps of the Application's other sources, such as a chart. */
  #generatedOf({ configMaps }: ApplicationView): readonly ManagedConfigMap[] {
    return configMaps.flatMap((one) => this.#caches.configMaps.get(keyOf(one)) ?? []).slice(0, maxListed);
  }
}
