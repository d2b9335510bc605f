import { custom, mcp } from '../../detectors/annotated.ts';
import { tenantWord } from '../../detectors/stores/tenants.ts';
import type { Detector, ServiceView } from '../../detectors/types.ts';
import { keyOf } from '../lib/object-key.ts';
import { clipped, withoutUserInfo } from '../lib/messages/text.ts';
import type { Candidate, Endpoint } from './decision.ts';
import { hostOf, portOf } from './decision.ts';
import { endpointOf } from './endpoint.ts';
import { tenantKindOf } from './first-question/declared.ts';
import { factsOf } from './match/service-facts.ts';
import type { Reason } from './reasons.ts';
import { because } from './reasons.ts';
import { getOwn } from '../lib/json.ts';
import { asksForHealth, isPlainPath, maxFreeWords, maxUntrustedText, isHarmlessText } from './tenant-text.ts';

const prefix = 'kubernaut.io/toolset';
const typeKey = `${prefix}-type`;
const endpointKey = `${prefix}-endpoint`;
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
/** A host in `URL`'s spelling that can be resolved: `URL` also accepts others, such as `.` and `a..b`. */
const hostOfUrl = /^(?:(?:\w(?:[-\w]{0,61}\w)?\.)*\w(?:[-\w]{0,61}\w)?|\[[0-9a-f:.]+\])$/;

/** What a Service's annotations say about it; `null` where it has none. */
export type AnnotationResult =
  /** Left out: by its owner's choice, or because an annotation is invalid. */
  | { readonly kind: 'denied'; readonly because: Reason }
  | {
      readonly kind: 'in';
      /** `product` is the detector that identifies a Service without a candidate, since it knows none of its ports. */
      readonly apply: (candidate: Candidate | null, product: Detector | null) => Candidate | Reason;
    }
  | null;

/** Settings and policy that annotations are checked against. */
export interface AnnotationRules {
  readonly detectors: readonly Detector[];
  /** Known detectors that are switched off. */
  readonly disabled: readonly Detector[];
  readonly clusterDomain: string;
  /** Whether an endpoint may be on another host than the Service. */
  readonly foreignEndpoints: boolean;
  readonly isTrusted: (namespace: string) => boolean;
}

/** Reads the annotations of a Service. They may only describe the Service itself; `"false"` always wins. */
export function readAnnotations(service: ServiceView, rules: AnnotationRules): AnnotationResult {
  const toolset = service.annotations[prefix];
  if (toolset === undefined) return null;
  if (optOut.test(toolset.trim())) return { kind: 'denied', because: because('OptedOut') };
  if (!optIn.test(toolset)) {
    return { kind: 'denied', because: because('ToolsetAnnotationInvalid', { value: shown(toolset) }) };
  }
  const unsafe = Object.entries(service.annotations).find(
    ([key, value]) => annotationKeys.includes(key) && (!plain.test(value) || value.length > maxLength),
  );
  if (unsafe) {
    return { kind: 'denied', because: because('AnnotationUnsafe', { key: unsafe[0], value: shown(unsafe[1]) }) };
  }
  return { kind: 'in', apply: (candidate, product) => apply(service, candidate, product, rules) };
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

/** Applies the annotations to the detected candidate, or to one of the annotated type; or tells why there is none. */
function apply(
  service: ServiceView,
  detected: Candidate | null,
  product: Detector | null,
  rules: AnnotationRules,
): Candidate | Reason {
  const type = service.annotations[typeKey] ?? product?.id;
  const candidate = type === undefined || type === detected?.detector.id ? detected : typed(service, type, rules);
  if (candidate === null) return because('TypeMissing');
  if ('reason' in candidate) return candidate;

  const endpoint = endpointFor(service, candidate, rules);
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

function untrustedText(key: string, text: string, namespace: string): Reason {
  const values = { key, value: shown(text), length: maxUntrustedText, words: maxFreeWords, namespace };
  return because('UntrustedText', values);
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

/** Whether the Service's annotation tells where its API is. */
export function isAnnotated({ annotations }: ServiceView): boolean {
  return getOwn(annotations, prefix) !== undefined && getOwn(annotations, endpointKey) !== undefined;
}

function endpointFor(service: ServiceView, candidate: Candidate, rules: AnnotationRules): Endpoint | Reason {
  const text = getOwn(service.annotations, endpointKey);
  if (text === undefined) return candidate.endpoint;
  const url = URL.parse(text);
  if (!url) return because('EndpointInvalid', { value: shown(text) });
  const scheme = url.protocol.slice(0, -1);
  if (scheme !== 'http' && scheme !== 'https') return because('EndpointSchemeInvalid', { scheme: shown(scheme) });
  const host = url.hostname.replace(/\.$/, '');
  if (!hostOfUrl.test(host)) return because('EndpointInvalid', { value: shown(text) });
  const own = isOwnHost(service, host, rules.clusterDomain);
  const path = url.pathname.replace(/\/+$/, '');
  const problem = urlProblem(text, url) ?? (own ? null : foreignProblem(host, rules)) ?? pathProblem(text, url);
  if (problem) return problem;
  const { namespace } = service;
  const isHarmless = isHarmlessText(path) && (own || isHarmlessText(host));
  if (!isHarmless && !rules.isTrusted(namespace)) return untrustedText(endpointKey, text, namespace);
  return {
    scheme,
    host: own ? candidate.endpoint.host : host,
    port: portOf(url),
    path,
    schemeFrom: 'annotation',
    ...(own ? {} : { foreign: true }),
  };
}

/** Parts that no endpoint may have. The text is checked too, as `URL` drops an empty user or query. */
function urlProblem(text: string, { username, password }: URL): Reason | null {
  const [, authority = ''] = /^[^/]*\/\/([^/]*)/.exec(text) ?? [];
  if (username !== '' || password !== '' || authority.includes('@')) return because('EndpointHasCredential');
  return /[?#]/.test(text) ? because('EndpointHasQuery') : null;
}

/** Why an endpoint on another host is refused. */
function foreignProblem(host: string, { foreignEndpoints }: AnnotationRules): Reason | null {
  if (!foreignEndpoints) return because('EndpointOnOtherHost', { host: shown(host) });
  return isLocal(host) ? because('EndpointLocal', { host: shown(host) }) : null;
}

/** The path has to be the same in the text and in the parsed URL: nothing was resolved, decoded or rewritten. */
function pathProblem(text: string, { pathname }: URL): Reason | null {
  const written = /^[a-z]+:\/\/[^/]+((?:\/.*)?)$/i.exec(text)?.[1];
  const isSame = (written === '' ? '/' : written) === pathname;
  if (isSame && isPlainPath(pathname.replace(/\/+$/, ''))) return null;
  return because('EndpointPathInvalid', { value: shown(text) });
}

/** Whether the host is one of the Service's names in cluster DNS, or its cluster IP. */
function isOwnHost({ name, namespace, clusterIP }: ServiceView, host: string, clusterDomain: string): boolean {
  const short = `${name}.${namespace}`;
  return (
    [short, `${short}.svc`, hostOf({ name, namespace }, clusterDomain)].includes(host) ||
    (host === clusterIP && host !== '')
  );
}

/** Loopback, link-local and metadata addresses: the consumer's own Pod and node, and the cloud's metadata service. */
function isLocal(host: string): boolean {
  return (
    /^(?:localhost|.*\.localhost|0\.|127\.|169\.254\.|\[?::1\]?$|\[?::\]?$|\[?fe[89ab]|\[?::ffff:)/i.test(host) ||
    /^(?:metadata(?:\.google\.internal)?|100\.100\.100\.200|\[fd00:ec2::254\])$/i.test(host)
  );
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

function shown(text: string): string {
  return JSON.stringify(clipped(withoutUserInfo(text), 80)).replace(/[^ -~\u2026]/g, '?');
}
