import { custom, mcp } from '../../detectors/annotated.ts';
import { tenantWord } from '../../detectors/stores/tenants.ts';
import type { Detector, ServiceView } from '../../detectors/types.ts';
import { keyOf } from '../lib/object-key.ts';
import type { EndpointRules } from './annotated-endpoint.ts';
import { annotatedEndpoint, endpointKey } from './annotated-endpoint.ts';
import type { Candidate, Endpoint } from './decision.ts';
import { hostOf } from './decision.ts';
import { endpointOf } from './endpoint.ts';
import { tenantKindOf } from './first-question/declared.ts';
import { factsOf } from './match/service-facts.ts';
import type { Reason } from './reasons.ts';
import { because } from './reasons.ts';
import { getOwn } from '../lib/json.ts';
import { asksForHealth, isHarmlessText, isPlainPath, shown, untrustedText } from './tenant-text.ts';

const prefix = 'kubernaut.io/toolset';
const typeKey = `${prefix}-type`;
const nameKey = `${prefix}-name`;
const tenantKey = `${prefix}-tenant`;
const healthKeys = [`${prefix}-health-path`, 'kubernaut.io/health-endpoint'];
/** Keys of the annotations that are read. */
export const annotationKeys: readonly string[] = [prefix, typeKey, nameKey, endpointKey, tenantKey, ...healthKeys];
const optOut = /^(?:false|no|off|disabled|0)$/i;
const optIn = /^(?:true|enabled)$/;

/** Allowed characters of a value: none that a terminal, a template or a URL parser would interpret. */
const plain = /^[!-z|~ ]*$/;
const maxLength = 253;
/** Models accept tool names of up to 64 characters; HolmesGPT builds one from the toolset's name and `_request`. */
const maxToolset = 64 - '_request'.length;
/** Names that the API server accepts for a Service or Namespace. */
export const dnsLabel = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/** Settings and policy that annotations are checked against. */
export interface AnnotationRules extends EndpointRules {
  readonly detectors: readonly Detector[];
  /** Known detectors that are switched off. */
  readonly disabled: readonly Detector[];
}

/**
 * Whether the annotations opt the Service in; `null` where they say nothing. A reason leaves it out: by its owner's
 * choice, which always wins, or because an annotation is invalid.
 */
export function optInOf({ annotations }: ServiceView): 'in' | Reason | null {
  const toolset = annotations[prefix];
  if (toolset === undefined) return null;
  if (optOut.test(toolset.trim())) return because('OptedOut');
  if (!optIn.test(toolset)) return because('ToolsetAnnotationInvalid', { value: shown(toolset) });
  const unsafe = Object.entries(annotations).find(
    ([key, value]) => annotationKeys.includes(key) && (!plain.test(value) || value.length > maxLength),
  );
  return unsafe ? because('AnnotationUnsafe', { key: unsafe[0], value: shown(unsafe[1]) }) : 'in';
}

/** The annotation that describes a Service as a backend without `kubernaut.io/toolset`, and so has no effect. */
export function annotationWithoutOptIn({ annotations }: ServiceView): string | null {
  if (getOwn(annotations, prefix) !== undefined) return null;
  return [typeKey, endpointKey, nameKey].find((key) => getOwn(annotations, key) !== undefined) ?? null;
}

/**
 * The candidate with the tenant from its Service's annotation, even where no other annotation opts in, or the reason
 * for leaving it out. The annotation describes only the Service itself, never an API on another host.
 */
export function withAnnotatedTenant(
  candidate: Candidate,
  { isTrusted }: Pick<AnnotationRules, 'isTrusted'>,
): Candidate | Reason {
  const { service, endpoint } = candidate;
  const text = getOwn(service.annotations, tenantKey);
  if (text === undefined) return candidate;
  const { namespace, type } = service;
  const tenant = tenantWord(tenantKindOf(candidate), text);
  if (tenant === null) return because('TenantInvalid', { value: shown(text) });
  const isElsewhere = endpoint.foreign === true || type === 'ExternalName';
  if (isElsewhere && !isTrusted(namespace)) return because('TenantElsewhere', { namespace });
  if (!isHarmlessText(tenant) && !isTrusted(namespace)) return untrustedText(tenantKey, tenant, namespace);
  return { ...candidate, declaredTenants: { tenants: [tenant], from: 'annotation' } };
}

/**
 * Applies the annotations of a Service that opts in to the detected candidate, or to one of the annotated type; or tells
 * why there is none. `product` is the detector that identifies a Service without a candidate, since it knows none of its
 * ports.
 */
export function applyAnnotations(
  service: ServiceView,
  detected: Candidate | null,
  product: Detector | null,
  rules: AnnotationRules,
): Candidate | Reason {
  const type = service.annotations[typeKey] ?? product?.id;
  const candidate = type === undefined || type === detected?.detector.id ? detected : typed(service, type, rules);
  if (candidate === null) return because('TypeMissing');
  if ('reason' in candidate) return candidate;

  const url = getOwn(service.annotations, endpointKey);
  const endpoint = url === undefined ? candidate.endpoint : annotatedEndpoint(url, candidate, rules);
  if ('reason' in endpoint) return endpoint;
  const name = nameFor(service, candidate, rules);
  if ('reason' in name) return name;
  const healthPath = healthPathOf(service, rules);
  if (healthPath !== null && typeof healthPath !== 'string') return healthPath;
  const rule = `${candidate.rule === '' ? '' : `${candidate.rule}; `}annotation ${prefix}`;
  return { ...candidate, ...name, endpoint, healthPath, rule, tier: 0 };
}

/** Path that a Service declares for its health check; `null` where it declares none. */
function healthPathOf({ namespace, annotations }: ServiceView, { isTrusted }: AnnotationRules): string | null | Reason {
  const key = healthKeys.find((one) => getOwn(annotations, one) !== undefined);
  const path = key === undefined ? undefined : getOwn(annotations, key);
  if (key === undefined || path === undefined) return null;
  const value = shown(path);
  if (!path.startsWith('/') || !isPlainPath(path)) return because('HealthPathInvalid', { key, value });
  if (isTrusted(namespace)) return path;
  if (!isHarmlessText(path)) return untrustedText(key, path, namespace);
  return asksForHealth(path) ? path : because('UntrustedHealthPath', { key, value, namespace });
}

/** A candidate of the annotated type, at its first entry point. A type that no detector has is a custom HTTP API. */
function typed(service: ServiceView, type: string, rules: AnnotationRules): Candidate | Reason {
  const { detectors, disabled, clusterDomain } = rules;
  if (disabled.some(({ id }) => id === type)) return because('DetectorOff', { detector: type });
  const known = detectors.find(({ id }) => id === type);
  const detector = known ?? (type === mcp.id ? mcp : custom);
  const entryPoint =
    detector.entryPoints.find(({ part }) => part === undefined || [part].flat().includes('')) ??
    detector.entryPoints[0];
  const facts = factsOf(service);
  const endpoint = endpointOf(facts, detector, entryPoint, clusterDomain) ?? lonePort(service, clusterDomain);
  if (!endpoint) return because('PortUnknown', { service: keyOf(service) });
  return {
    service,
    detector,
    toolset: detector.toolset,
    instance: keyOf(service),
    rule: '',
    tier: 0,
    entryPoint,
    entryPointRank: 0,
    endpoint,
    healthPath: null,
    needsCredential: false,
  };
}

/** The only TCP port; with an endpoint annotation, which replaces it, the first one. */
function lonePort(service: ServiceView, clusterDomain: string): Endpoint | null {
  const port = service.ports.find(({ protocol }) => protocol === 'TCP');
  const annotated = getOwn(service.annotations, endpointKey);
  if (!port && annotated === undefined) return null;
  if (annotated === undefined && service.ports.length > 1) return null;
  return {
    scheme: 'http',
    host: hostOf(service, clusterDomain),
    port: port?.port ?? 80,
    path: '',
    schemeFrom: 'annotation',
  };
}

/** Whether the Service's annotation names its instance. */
export function isNamed({ annotations }: ServiceView): boolean {
  return getOwn(annotations, prefix) !== undefined && getOwn(annotations, nameKey) !== undefined;
}

/** The instance names that a backend behind the Service may have. */
export function instanceNamesOf(service: ServiceView): readonly string[] {
  const named = getOwn(service.annotations, nameKey);
  return [keyOf(service), ...(named === undefined ? [] : [keyOf({ ...service, name: named })])];
}

/** Whether the Service's annotation tells where its API is. */
export function isAnnotated({ annotations }: ServiceView): boolean {
  return getOwn(annotations, prefix) !== undefined && getOwn(annotations, endpointKey) !== undefined;
}

/** The name of the toolset for an API without a detector, or of the instance for a backend of a known product. */
function nameFor(
  service: ServiceView,
  candidate: Candidate,
  { isTrusted }: AnnotationRules,
): Pick<Candidate, 'toolset' | 'instance'> | Reason {
  const annotated = getOwn(service.annotations, nameKey);
  const name = annotated ?? service.name;
  if (!dnsLabel.test(name)) return because('NameInvalid', { value: shown(name) });
  // The namespace prefix keeps teams from taking names of other teams or of the consumer.
  const scoped = `${service.namespace}/${name}`;
  const own = candidate.detector === mcp || candidate.detector === custom;
  const toolset = own ? `${candidate.detector.id}/${scoped}` : candidate.toolset;
  if (own && toolset.length > maxToolset) {
    return because('NameTooLong', { toolset: shown(toolset), limit: maxToolset });
  }
  if (annotated !== undefined && !isHarmlessText(annotated) && !isTrusted(service.namespace)) {
    return untrustedText(nameKey, annotated, service.namespace);
  }
  return { toolset, instance: scoped };
}
