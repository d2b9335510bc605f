import { detectors } from '../../../detectors/index.ts';
import { keptOf, namedKeys } from '../../discovery/kept-keys.ts';
import type { NamedKeys } from '../../discovery/kept-keys.ts';
import type { Spec } from '../../settings/schema/index.ts';
import { metadataOf } from './config-map-metadata.ts';
import type { ServeCaches } from './managed-config-map.ts';

/** All ConfigMaps that are evaluated from the caches. */
interface Keeping extends Pick<ServeCaches, 'keep'> {
  readonly configMaps: Pick<ServeCaches['configMaps'], 'values'>;
}

/** Makes the caches keep what the settings of any ConfigMap name, and the Services that custom detectors point at. */
export class KeptKeysOfConfigMaps {
  readonly #caches: Keeping;
  #named: NamedKeys = namedKeys([]);
  #kept: Promise<void> = Promise.resolve();

  constructor(caches: Keeping) {
    this.#caches = caches;
  }

  /**
   * Settles when the caches hold what these settings name: if anything is missing, Services and Namespaces are listed
   * again.
   */
  async include(spec: Spec): Promise<void> {
    if (!isIncluded(namedKeys([spec]), this.#named)) {
      // All at once, so that a start with many ConfigMaps takes one list, and what no setting names is dropped.
      this.#named = namedKeys([spec, ...this.#specs()]);
      this.#kept = this.#caches.keep(keptOf(detectors, this.#named));
    }
    await this.#kept;
  }

  #specs(): Spec[] {
    return [...this.#caches.configMaps.values()].flatMap((configMap) => {
      const metadata = metadataOf(configMap);
      return 'problem' in metadata ? [] : [metadata.spec];
    });
  }
}

function isIncluded(some: NamedKeys, all: NamedKeys): boolean {
  return (
    some.customDetectors.keys().every((one) => all.customDetectors.has(one)) &&
    isSubset(some.labels, all.labels) &&
    isSubset(some.annotations, all.annotations) &&
    isSubset(some.namespaceLabels, all.namespaceLabels)
  );
}

function isSubset(some: ReadonlySet<string>, all: ReadonlySet<string>): boolean {
  return some.values().every((key) => all.has(key));
}
