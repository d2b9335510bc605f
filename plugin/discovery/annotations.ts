import { custom, mcp } from '../../detectors/annotated.ts';
import { tenantWord } from '../../detectors/stores/tenants.ts';
import type { Detector, ServiceView } from '../../detectors/types.ts';
import { keyOf } from '../lib/object-key.ts';
import { clipped, withoutUserInfo } from '../lib/text.ts';
import type { Candidate, Endpoint } from './decision.ts';
import { endpointOf } from './endpoint.ts';
import { tenantKindOf } from './first-question/declared.ts';
import { factsOf } from './match/service-facts.ts';
import type { Reason } from './reasons.ts';
import { because } from './reasons.ts';
import { getOwn } from '../lib/json.ts';
import { asksForHealth, isPlainPath, maxFreeWords, maxUntrustedText, saysLittle } from './tenant-text.ts';

const prefix = 'kubernaut.io/toolset';
const endpointKey = `${prefix}-endpoint`;
const nameKey = `${prefix}-name`;
const tenantKey = `${prefix}-tenant`;
const healthKeys = [`${prefix}-health-path`, 'kubernaut.io/health-endpoint'];
/** The annotations that are read. */
export const annotationKeys: readonly string[] = [
  prefix,
  `${prefix}-type`,
  nameKey,
  endpointKey,
  tenantKey,
  ...healthKeys,
];
const optOut = /^(?:false|no|off|disabled|0)$/i;
const optIn = /^(?:true|enabled)$/;

/** Characters that a value may have: none that a terminal, a template or a URL parser would read otherwise. */
const plain = /^[!-z|~ ]*$/;
const maxLength = 253;
/** Models take names of tools up to 64 characters, and HolmesGPT makes one of a toolset's name and `_request`. */
const maxToolset = 64 - '_request'.length;
/** What the API server takes as the name of a Service or Namespace. */
export const dnsLabel = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
/** A host as `URL` writes it that can be resolved: a URL may have others, such as `.` and `a..b`. */
const hostOfUrl = /^(?:(?:\w(?:[-\w]{0,61}\w)?\.)*\w(?:[-\w]{0,61}\w)?|\[[0-9a-f:.]+\])$/;

/** What a Service's annotations say about it; `null` where there are none. */
export type AnnotationResult =
  /** Left out, wanted by its owner or because an annotation is invalid. */
  | { readonly kind: 'denied'; readonly because: Reason }
  | { readonly kind: 'in'; readonly apply: (candidate: Candidate | null) => Candidate | Reason }
  | null;

/** What annotations are checked against. */
export interface AnnotationRules {
  readonly detectors: readonly Detector[];
  /** Known, and switched off. */
  readonly disabled: readonly Detector[];
  readonly clusterDomain: string;
  /** Whether an endpoint on another host than the Service is allowed. */
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
  return { kind: 'in', apply: (candidate) => apply(service, candidate, rules) };
}

/**
 * The candidate with the tenant that its Service's annotation names, also where no other annotation opts in; or why it is
 * left out. It describes the Service itself alone: of an API on another host it says nothing.
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
  if (!saysLittle(tenant) && !isTrusted(namespace)) return untrustedText(tenantKey, tenant, namespace);
  return { ...candidate, declaredTenants: { tenants: [tenant], from: 'annotation' } };
}

/** The candidate that detection found, or one of the annotated type, as the annotations describe it; or why there is none. */
function apply(service: ServiceView, detected: Candidate | null, rules: AnnotationRules): Candidate | Reason {
  const type = service.annotations[`${prefix}-type`];
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

/** The path that a Service wants to be asked for its health; `null` where it says none. */
function healthPathOf({ namespace, annotations }: ServiceView, { isTrusted }: AnnotationRules): string | null | Reason {
  const key = healthKeys.find((one) => getOwn(annotations, one) !== undefined);
  const path = key === undefined ? undefined : getOwn(annotations, key);
  if (key === undefined || path === undefined) return null;
  const value = shown(path);
  if (!path.startsWith('/') || !isPlainPath(path)) return because('HealthPathInvalid', { key, value });
  if (isTrusted(namespace)) return path;
  if (!saysLittle(path)) return untrustedText(key, path, namespace);
  return asksForHealth(path) ? path : because('UntrustedHealthPath', { key, value, namespace });
}

function untrustedText(key: string, text: string, namespace: string): Reason {
  const values = { key, value: shown(text), length: maxUntrustedText, words: maxFreeWords, namespace };
  return because('UntrustedText', values);
}

/** A candidate of the named type, at its first entry point. A type that no detector has is an HTTP API of its own. */
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

/** The only port; or the first one where the endpoint annotation replaces it. */
function lonePort(service: ServiceView, clusterDomain: string): Endpoint | null {
  const port = service.ports.find(({ protocol }) => protocol === 'TCP');
  const annotated = getOwn(service.annotations, endpointKey);
  if (!port && annotated === undefined) return null;
  if (annotated === undefined && service.ports.length > 1) return null;
  const host = `${service.name}.${service.namespace}.svc.${clusterDomain}`;
  return { scheme: 'http', host, port: port?.port ?? 80, path: '', schemeFrom: 'annotation' };
}

/** Whether the Service itself says what it is called among several. */
export function isNamed({ annotations }: ServiceView): boolean {
  return getOwn(annotations, prefix) !== undefined && getOwn(annotations, nameKey) !== undefined;
}

/** Whether the Service itself says where its API is. */
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
  const isLittle = saysLittle(path) && (own || saysLittle(host));
  if (!isLittle && !rules.isTrusted(namespace)) return untrustedText(endpointKey, text, namespace);
  return {
    scheme,
    host: own ? candidate.endpoint.host : host,
    port: url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port),
    path,
    schemeFrom: 'annotation',
    ...(own ? {} : { foreign: true }),
  };
}

/** What no endpoint has. Its text counts, for an empty user or query is in no URL any more. */
function urlProblem(text: string, { username, password }: URL): Reason | null {
  const [, authority = ''] = /^[^/]*\/\/([^/]*)/.exec(text) ?? [];
  if (username !== '' || password !== '' || authority.includes('@')) return because('EndpointHasCredential');
  return /[?#]/.test(text) ? because('EndpointHasQuery') : null;
}

/** Why an endpoint on another host is not taken. */
function foreignProblem(host: string, { foreignEndpoints }: AnnotationRules): Reason | null {
  if (!foreignEndpoints) return because('EndpointOnOtherHost', { host: shown(host) });
  return isLocal(host) ? because('EndpointLocal', { host: shown(host) }) : null;
}

/** A path has to stand in the text as it is in the URL: nothing in it was resolved, decoded or turned round. */
function pathProblem(text: string, { pathname }: URL): Reason | null {
  const written = /^[a-z]+:\/\/[^/]+((?:\/.*)?)$/i.exec(text)?.[1];
  const isSame = (written === '' ? '/' : written) === pathname;
  if (isSame && isPlainPath(pathname.replace(/\/+$/, ''))) return null;
  return because('EndpointPathInvalid', { value: shown(text) });
}

/** Every form under which cluster DNS knows the Service, and its cluster IP. */
function isOwnHost({ name, namespace, clusterIP }: ServiceView, host: string, clusterDomain: string): boolean {
  const short = `${name}.${namespace}`;
  return [short, `${short}.svc`, `${short}.svc.${clusterDomain}`].includes(host) || (host === clusterIP && host !== '');
}

/** Loopback, link-local and the like: addresses of the consumer's own Pod and node, and of the cloud's metadata. */
function isLocal(host: string): boolean {
  return (
    /^(?:localhost|.*\.localhost|0\.|127\.|169\.254\.|\[?::1\]?$|\[?::\]?$|\[?fe[89ab]|\[?::ffff:)/i.test(host) ||
    /^(?:metadata(?:\.google\.internal)?|100\.100\.100\.200|\[fd00:ec2::254\])$/i.test(host)
  );
}

/** For an API without a detector, the name of its toolset; for a backend of a known product, the name of the instance. */
function nameFor(
  service: ServiceView,
  candidate: Candidate,
  { isTrusted }: AnnotationRules,
): Pick<Candidate, 'toolset' | 'instance'> | Reason {
  const annotated = getOwn(service.annotations, nameKey);
  const name = annotated ?? service.name;
  if (!dnsLabel.test(name)) return because('NameInvalid', { value: shown(name) });
  // The namespace stands in front, so that no team can take a name of another team or of the consumer.
  const scoped = `${service.namespace}/${name}`;
  const own = candidate.detector === mcp || candidate.detector === custom;
  const toolset = own ? `${candidate.detector.id}/${scoped}` : candidate.toolset;
  if (own && toolset.length > maxToolset) {
    return because('NameTooLong', { toolset: shown(toolset), limit: maxToolset });
  }
  if (annotated !== undefined && !saysLittle(annotated) && !isTrusted(service.namespace)) {
    return untrustedText(nameKey, annotated, service.namespace);
  }
  return { toolset, instance: scoped };
}

function shown(text: string): string {
  return JSON.stringify(clipped(withoutUserInfo(text), 80)).replace(/[^ -~\u2026]/g, '?');
}
