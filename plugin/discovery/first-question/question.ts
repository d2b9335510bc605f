import { tenantIn } from '../../../detectors/stores/tenants.ts';
import type { StoreQuestion } from '../../cluster/stores/question.ts';
import type { EndpointsView } from '../../cluster/types.ts';
import type { Spec } from '../../settings/schema/index.ts';
import type { Candidate } from '../decision.ts';
import { addressOf, urlOf } from '../decision.ts';
import type { DeclaredTenants } from './facts.ts';

/** What to ask a store; `null` where the backend is no store, or does not speak HTTP. */
export function storeQuestionOf(
  { service, detector, entryPoint, endpoint, needsTenant }: Candidate,
  declared: DeclaredTenants | null,
  spec: Spec,
  endpoints: EndpointsView | undefined,
): StoreQuestion | null {
  const { store: api } = detector;
  if (!api || (endpoint.scheme !== 'http' && endpoint.scheme !== 'https')) return null;
  const { cluster } = spec.target;
  const own = tenantIn(api.tenantKind, entryPoint.headers ?? {});
  // The probe sends no tenant, so the tenant that a store requires may be the entry point's own.
  const usual = needsTenant === true ? api.tenants : [own, ...api.tenants.filter((tenant) => tenant !== own)];
  const tenants = declared === null ? usual : declared.tenants.length > 0 ? declared.tenants : [null];
  return {
    namespace: service.namespace,
    url: urlOf(endpoint),
    clusterIP: addressOf({ service, endpoint }),
    api,
    tenants,
    listsTenants: declared === null && api.tenantList !== undefined,
    clusterLabels: cluster ? [cluster.label] : api.clusterLabels,
    comparesClusters: cluster === undefined,
    changedAt: endpoints?.changedAt ?? null,
  };
}
