import type { Candidate } from '../../../discovery/decision.ts';
import type { DataMap } from '../../../lib/json.ts';
import { assumptionOf, differingNames } from './assumed.ts';

/** Keys of a backend's `config` that make HolmesGPT query by the store's own names, and only for this cluster. */
export function storeConfig({ toolset, store }: Candidate): DataMap {
  const assumption = assumptionOf(toolset);
  if (!store || !assumption) return {};
  const { namesKey, matchersKey } = assumption;
  const names = namesKey === null ? {} : namesTaken(differingNames(store.labels, assumption));
  return {
    ...(namesKey !== null && Object.keys(names).length > 0 ? { [namesKey]: names } : {}),
    ...(matchersKey !== null && store.cluster ? { [matchersKey]: { [store.cluster.label]: store.cluster.value } } : {}),
  };
}

/** Tempo's configuration has no key for containers. */
function namesTaken({ container: _container, ...names }: ReturnType<typeof differingNames>): DataMap {
  return names;
}
