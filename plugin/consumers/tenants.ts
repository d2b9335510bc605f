import { tenantHeaders } from '../../detectors/stores/tenants.ts';
import type { Candidate } from '../discovery/decision.ts';
import { tenantKindOf } from '../discovery/first-question/declared.ts';

/** The backends, with one copy per tenant named after it, if a store has several and the release takes instances. */
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
