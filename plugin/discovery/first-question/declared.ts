import type { TenantKind } from '../../../detectors/stores/tenants.ts';
import { gitTenantWord, maxTenants, tenantHeaders, tenantWord } from '../../../detectors/stores/tenants.ts';
import type { LabelNames } from '../../../detectors/stores/types.ts';
import type { Spec } from '../../settings/schema/index.ts';
import type { Candidate } from '../decision.ts';
import { matchesPattern } from '../match/glob.ts';
import { isHarmlessText } from '../tenant-text.ts';
import type { ClusterLabel, DeclaredTenants, FactOrigin, LearnedFacts, StoreFacts } from './facts.ts';
import { allIndices, labelNames } from './facts.ts';

interface DeclarationInputs {
  readonly spec: Spec;
  readonly isTrusted: (namespace: string) => boolean;
}

/** What Git says about the store. */
interface SettingFacts {
  readonly tenants?: readonly string[];
  readonly labels: LabelNames;
  readonly cluster?: ClusterLabel | null;
  readonly indices?: readonly string[];
}

/** Among several matching entries, the first one with a value decides. */
function settingOf({ service, toolset }: Candidate, { stores }: Spec): SettingFacts {
  const fitting = stores.filter(
    (one) =>
      matchesPattern(one.namespace, service.namespace) &&
      matchesPattern(one.name, service.name) &&
      matchesPattern(one.toolset, toolset),
  );
  const tenants = fitting.find((one) => one.tenants !== undefined)?.tenants;
  const cluster = fitting.find((one) => one.cluster !== undefined)?.cluster;
  const indices = fitting.find((one) => one.indices !== undefined)?.indices;
  return {
    labels: labelNames((meaning) => fitting.find((one) => one.labels?.[meaning] !== undefined)?.labels?.[meaning]),
    ...(tenants === undefined ? {} : { tenants }),
    ...(cluster === undefined ? {} : { cluster }),
    ...(indices === undefined ? {} : { indices }),
  };
}

/** Tenants that Git declares, else the Service's annotation, else its custom resource. */
export function declaredTenantsOf(
  candidate: Candidate,
  { spec, isTrusted }: DeclarationInputs,
): DeclaredTenants | null {
  const { tenants } = settingOf(candidate, spec);
  if (tenants) {
    const words = tenants.flatMap((tenant) => gitTenantWord(tenantKindOf(candidate), tenant) ?? []);
    // Tenants of another kind are ignored; an empty list means that the store has none.
    if (words.length > 0 || tenants.length === 0) return { tenants: [...new Set(words)], from: 'setting' };
  }
  const { declaredTenants = null, service } = candidate;
  if (!declaredTenants || declaredTenants.tenants.length > maxTenants) return null;
  const allowed = declaredTenants.tenants.filter((tenant) => isAcceptedText(tenant, service.namespace, isTrusted));
  return allowed.length > 0 ? { ...declaredTenants, tenants: allowed } : null;
}

/** Whether its custom resource names more tenants than can become instances, and Git names none. */
export function namesManyTenants(
  { declaredTenants, ...candidate }: Candidate,
  { spec, isTrusted }: DeclarationInputs,
): boolean {
  if (declaredTenants === undefined || declaredTenants.tenants.length <= maxTenants) return false;
  return declaredTenantsOf(candidate, { spec, isTrusted }) === null;
}

/** Whether Git names a tenant in a form that the store does not use. */
export function namesOtherTenants(candidate: Candidate, spec: Spec): boolean {
  const { tenants = [] } = settingOf(candidate, spec);
  return tenants.some((tenant) => gitTenantWord(tenantKindOf(candidate), tenant) === null);
}

/** How requests name a tenant to the backend. */
export function tenantKindOf({ detector }: Pick<Candidate, 'detector'>): TenantKind {
  return detector.store?.tenantKind ?? 'name';
}

/** Text from the backend's namespace (custom resource or answers) has the same limits as an annotation. */
function isAcceptedText(text: string, namespace: string, isTrusted: (namespace: string) => boolean): boolean {
  return isTrusted(namespace) || isHarmlessText(text);
}

/** What sources other than the settings tell of a store, and whether it was asked now or in an earlier run. */
interface ToldFacts {
  readonly declared: DeclaredTenants | null;
  readonly answered: LearnedFacts | null;
  readonly origin: 'asked' | 'remembered';
}

/**
 * The known facts of a store; Git overrides what was learned. With a tenant it needs no credential; the first
 * tenant is the header of its entry point.
 */
export function storeFactsOf(
  candidate: Candidate,
  { declared, answered, origin }: ToldFacts,
  { spec, isTrusted }: DeclarationInputs,
): Pick<Candidate, 'store' | 'learned' | 'needsCredential' | 'entryPoint'> {
  const { entryPoint, service } = candidate;
  const kind = tenantKindOf(candidate);
  const isAccepted = (text: string): boolean => isAcceptedText(text, service.namespace, isTrusted);
  const learned = answered && acceptedFacts(answered, isAccepted);
  const found = learned?.tenants.filter((tenant) => tenantWord(kind, tenant) === tenant && isAccepted(tenant)) ?? [];
  const { tenants, from } = declared ?? { tenants: found, from: origin };
  const store = factsWithSources(settingOf(candidate, spec), { tenants, from }, { learned, origin }, spec);
  const [tenant] = tenants;
  const headers = tenant === undefined ? {} : { headers: { ...entryPoint.headers, ...tenantHeaders(kind, tenant) } };
  const hasData = tenant !== undefined && (candidate.needsTenant === true || found.length > 0);
  return {
    entryPoint: { ...entryPoint, ...headers },
    needsCredential: candidate.needsCredential && !hasData,
    ...(learned ? { learned } : {}),
    ...(store ? { store } : {}),
  };
}

/** The facts together with the source of each; `null` where none is known. */
function factsWithSources(
  setting: SettingFacts,
  { tenants, from: fromTenants }: { readonly tenants: readonly string[]; readonly from: FactOrigin },
  { learned, origin }: { readonly learned: LearnedFacts | null; readonly origin: FactOrigin },
  spec: Spec,
): StoreFacts | null {
  const labels: LabelNames = { ...learned?.labels, ...setting.labels };
  const cluster = clusterOf(setting, learned, spec, origin);
  const indices = setting.indices ?? learned?.indices ?? [];
  const from: StoreFacts['from'] = {
    ...(tenants.length > 0 ? { tenants: fromTenants } : {}),
    ...(Object.keys(labels).length > 0 ? { labels: Object.keys(setting.labels).length > 0 ? 'setting' : origin } : {}),
    ...(cluster ? { cluster: cluster.from } : {}),
    ...(indices.length > 0 ? { indices: setting.indices ? 'setting' : origin } : {}),
  };
  if (Object.keys(from).length === 0) return null;
  return {
    tenants,
    labels,
    from,
    ...(cluster ? { cluster: cluster.cluster } : {}),
    ...(indices.length > 0 ? { indices } : {}),
  };
}

/**
 * Removes what the backend's namespace may not tell, so that it is not remembered either. Of such a cluster the label
 * remains; index names that say too much together are replaced by all indices.
 */
function acceptedFacts(learned: LearnedFacts, isAccepted: (text: string) => boolean): LearnedFacts {
  const { cluster, indices = [] } = learned;
  return {
    ...learned,
    ...(cluster && !isAccepted(cluster.value ?? '') ? { cluster: { ...cluster, value: null } } : {}),
    ...(indices.length > 0 && !isAccepted(indices.join('-')) ? { indices: [allIndices] } : {}),
  };
}

/** `stores` overrides `target.cluster`, which applies to stores with its label and overrides what namespaces tell. */
function clusterOf(
  { cluster: own }: SettingFacts,
  learned: LearnedFacts | null,
  { target }: Spec,
  origin: FactOrigin,
): { readonly cluster: ClusterLabel; readonly from: FactOrigin } | null {
  if (own !== undefined) return own && { cluster: own, from: 'setting' };
  if (!learned?.cluster) return null;
  const { label, value } = learned.cluster;
  if (target.cluster) return label === target.cluster.label ? { cluster: target.cluster, from: 'setting' } : null;
  return value !== null ? { cluster: { label, value }, from: origin } : null;
}
