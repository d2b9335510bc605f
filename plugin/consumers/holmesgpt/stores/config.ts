import { tenantHeaders } from '../../../../detectors/stores/tenants.ts';
import type { Candidate } from '../../../discovery/decision.ts';
import { tenantKindOf } from '../../../discovery/first-question/declared.ts';
import type { DataMap } from '../../../lib/json.ts';
import { assumptionOf, differing } from './assumed.ts';

/** Keys of a backend's `config` that make HolmesGPT ask by the store's own names, and for this cluster alone. */
export function storeConfig({ toolset, store }: Candidate): DataMap {
  const assumption = assumptionOf(toolset);
  if (!store || !assumption) return {};
  const { namesKey, matchersKey } = assumption;
  const names = namesKey === null ? {} : namesTaken(differing(store.labels, assumption));
  return {
    ...(namesKey !== null && Object.keys(names).length > 0 ? { [namesKey]: names } : {}),
    ...(matchersKey !== null && store.cluster ? { [matchersKey]: { [store.cluster.label]: store.cluster.value } } : {}),
  };
}

/** Tempo's configuration has no key for a container. */
function namesTaken({ container: _container, ...names }: ReturnType<typeof differing>): DataMap {
  return names;
}

/** The backends with one for each tenant, named by it where the store has several and the release takes instances. */
export function byTenant(backends: readonly Candidate[], takesInstances: boolean): readonly Candidate[] {
  return takesInstances ? backends.flatMap(tenantsOf) : backends;
}

function tenantsOf(backend: Candidate): readonly Candidate[] {
  const tenants = backend.store?.tenants ?? [];
  if (tenants.length < 2) return [backend];
  const headers = backend.entryPoint.headers ?? {};
  const kind = tenantKindOf(backend);
  return tenants.map((tenant) => ({
    ...backend,
    instance: `${backend.instance}/${tenant}`,
    entryPoint: { ...backend.entryPoint, headers: { ...headers, ...tenantHeaders(kind, tenant) } },
  }));
}
