import type { ApplicationView } from '../../argocd/application.ts';
import { keyOf } from '../../lib/object-key.ts';
import type { ManagedConfigMap, ServeCaches } from '../reconcile/managed-config-map.ts';
import type { Fleets } from './fleets.ts';
import { madeOf } from './made-in-hub.ts';

/** Generated ConfigMaps of one Application that are looked at. */
const maxListed = 5;

/** Which other clusters are read for the Applications and the ConfigMaps of the hub, as these call them. */
export class NeededClusters {
  readonly #caches: Pick<ServeCaches, 'configMaps'>;
  readonly #fleets: Pick<Fleets, 'namesOf'>;

  constructor(caches: Pick<ServeCaches, 'configMaps'>, fleets: Pick<Fleets, 'namesOf'>) {
    this.#caches = caches;
    this.#fleets = fleets;
  }

  /** What an Application calls the clusters that it reads: its destination, or what its ConfigMaps in the hub are made of. */
  namesOf(application: ApplicationView): readonly string[] {
    const several = application.otherCluster === null ? this.#generatedOf(application) : [];
    return [...new Set([...this.by(application), ...several.flatMap((one) => this.#fleets.namesOf(keyOf(one)))])];
  }

  /** Those without which an Application stays as it is: of several clusters each may be away. */
  by(application: ApplicationView): readonly string[] {
    const { otherCluster } = application;
    if (otherCluster !== null) return [otherCluster];
    return [...new Set(this.#generatedOf(application).flatMap((one) => madeOf(one) ?? []))];
  }

  /** ConfigMaps of the hub that are made of another cluster, by `namespace/name`. */
  madeElsewhere(): readonly string[] {
    return [...this.#caches.configMaps.values()].filter((one) => madeOf(one) !== null).map(keyOf);
  }

  /** Those of other sources of the Application, such as a chart, do not count. */
  #generatedOf({ configMaps }: ApplicationView): readonly ManagedConfigMap[] {
    return configMaps.flatMap((one) => this.#caches.configMaps.get(keyOf(one)) ?? []).slice(0, maxListed);
  }
}
