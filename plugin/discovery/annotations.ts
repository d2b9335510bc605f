import { custom, mcp } from '../../detectors/annotated.ts';
import type { Detector, ServiceView } from '../../detectors/types.ts';
import { keyOf } from '../lib/object-key.ts';
import type { Candidate, Endpoint } from './decision.ts';
import { endpointOf } from './endpoint.ts';
import { factsOf } from './match/service-facts.ts';

const prefix = 'kubernaut.io/toolset';
const healthKeys = [`${prefix}-health-path`, 'kubernaut.io/health-endpoint'];
const optOut = /^(?:false|no|off|disabled|0)$/i;
const optIn = /^(?:true|enabled)$/;

/** Characters that a value may have: nothing that a terminal, a template or a URL parser would read otherwise. */
const plain = /^[!-z|~ ]*$/;
const maxLength = 253;
/** Models take names of tools up to 64 characters, and HolmesGPT makes one of a toolset's name and `_request`. */
const maxToolset = 64 - '_request'.length;
const toolsetName = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/** What a Service says of itself, or why that is not believed. `null` where it says nothing. */
export type AnnotationResult =
  | { readonly kind: 'out' }
  | { readonly kind: 'denied'; readonly reason: string }
  | { readonly kind: 'in'; readonly apply: (candidate: Candidate | null) => Candidate | string }
  | null;

/** What annotations may rely on. */
export interface AnnotationRules {
  readonly detectors: readonly Detector[];
  /** Known, and switched off. */
  readonly disabled: readonly Detector[];
  readonly clusterDomain: string;
  /** Whether an endpoint on another host is believed. */
  readonly foreignEndpoints: boolean;
}

/** Reads the five annotations. They may only describe the Service itself; `"false"` always wins. */
export function readAnnotations(service: ServiceView, rules: AnnotationRules): AnnotationResult {
  const wanted = service.annotations[prefix];
  if (wanted === undefined) return null;
  if (optOut.test(wanted.trim())) return { kind: 'out' };
  if (!optIn.test(wanted)) return denied(`${prefix} must be "true", "enabled" or "false", not ${shown(wanted)}`);
  const odd = Object.entries(service.annotations).find(
    ([key, value]) => isOurs(key) && (!plain.test(value) || value.length > maxLength),
  );
  if (odd) return denied(`${odd[0]} is too long, or has characters that are not allowed: ${shown(odd[1])}`);
  return { kind: 'in', apply: (candidate) => apply(service, candidate, rules) };
}

function isOurs(key: string): boolean {
  return key === prefix || key.startsWith(`${prefix}-`) || healthKeys.includes(key);
}

/** The candidate that detection found, or one for the type that is named, as the annotations describe it; or a reason. */
function apply(service: ServiceView, detected: Candidate | null, rules: AnnotationRules): Candidate | string {
  const type = service.annotations[`${prefix}-type`];
  const candidate = type === undefined || type === detected?.detector.id ? detected : typed(service, type, rules);
  if (candidate === null) return `${prefix}-type is missing, and nothing else tells the product`;
  if (typeof candidate === 'string') return candidate;

  const endpoint = endpointFor(service, candidate, rules);
  if (typeof endpoint === 'string') return endpoint;
  const named = nameFor(service, candidate);
  if (typeof named === 'string') return named;
  const healthPath = healthKeys.map((key) => service.annotations[key]).find((path) => path !== undefined) ?? null;
  if (healthPath !== null && !healthPath.startsWith('/'))
    return `${prefix}-health-path must begin with a slash: ${shown(healthPath)}`;
  const rule = `${candidate.rule === '' ? '' : `${candidate.rule}; `}annotation ${prefix}`;
  return { ...candidate, ...named, endpoint, healthPath, rule, tier: 0 };
}

/** A candidate of the named type, at its first entry point. A type that no detector has is an HTTP API of its own. */
function typed(service: ServiceView, type: string, rules: AnnotationRules): Candidate | string {
  const { detectors, disabled, clusterDomain } = rules;
  if (disabled.some(({ id }) => id === type))
    return `the detector ${type} is off: detectors.${type}.enabled switches it on`;
  const known = detectors.find(({ id }) => id === type);
  const detector = known ?? (type === mcp.id ? mcp : custom);
  const entryPoint =
    detector.entryPoints.find(({ part }) => part === undefined || [part].flat().includes('')) ??
    detector.entryPoints[0];
  const facts = factsOf(service);
  const endpoint = endpointOf(facts, detector, entryPoint, clusterDomain) ?? lonePort(service, clusterDomain);
  if (!endpoint) return `no TCP port of ${keyOf(service)} can be the one: name it with ${prefix}-endpoint`;
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

/** Where an endpoint annotation will say it anyway, a first port is good enough to start from. */
function lonePort(service: ServiceView, clusterDomain: string): Endpoint | null {
  const port = service.ports.find(({ protocol }) => protocol === 'TCP');
  const wanted = service.annotations[`${prefix}-endpoint`];
  if (!port && wanted === undefined) return null;
  if (wanted === undefined && service.ports.length > 1) return null;
  const host = `${service.name}.${service.namespace}.svc.${clusterDomain}`;
  return { scheme: 'http', host, port: port?.port ?? 80, path: '', schemeFrom: 'annotation' };
}

function endpointFor(service: ServiceView, candidate: Candidate, rules: AnnotationRules): Endpoint | string {
  const text = service.annotations[`${prefix}-endpoint`];
  if (text === undefined) return candidate.endpoint;
  const key = `${prefix}-endpoint`;
  const url = URL.parse(text);
  if (!url) return `${key} is not a URL: ${shown(text)}`;
  const scheme = url.protocol.slice(0, -1);
  if (scheme !== 'http' && scheme !== 'https') return `${key} must be http or https, not ${shown(scheme)}`;
  if (url.username !== '' || url.password !== '') return `${key} must not hold a credential`;
  if (url.search !== '' || url.hash !== '') return `${key} must not hold a query or fragment`;
  const host = url.hostname.replace(/\.$/, '');
  const own = isOwnHost(service, host, rules.clusterDomain);
  if (!own && !rules.foreignEndpoints)
    return `${key} is on another host than the Service: ${shown(host)}; trust.foreignEndpoints allows it`;
  if (!own && isLocal(host)) return `${key} is a local address: ${shown(host)}`;
  return {
    scheme,
    host: own ? candidate.endpoint.host : host,
    port: url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port),
    path: url.pathname.replace(/\/+$/, ''),
    schemeFrom: 'annotation',
    ...(own ? {} : { foreign: true }),
  };
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

/** A name of its own: for an API that nothing else names, the toolset; among backends of a known one, the instance. */
function nameFor(service: ServiceView, candidate: Candidate): Pick<Candidate, 'toolset' | 'instance'> | string {
  const name = service.annotations[`${prefix}-name`] ?? service.name;
  if (!toolsetName.test(name)) return `${prefix}-name must be lower case letters, digits and -: ${shown(name)}`;
  // The namespace stands in front: nobody can take a name that another team, or the consumer itself, uses.
  const scoped = `${service.namespace}/${name}`;
  const own = candidate.detector === mcp || candidate.detector === custom;
  const toolset = own ? `${candidate.detector.id}/${scoped}` : candidate.toolset;
  if (own && toolset.length > maxToolset)
    return `${prefix}-name must be shorter: ${shown(toolset)} has more than ${String(maxToolset)} characters, and models take no longer names of tools`;
  return { toolset, instance: scoped };
}

function denied(reason: string): AnnotationResult {
  return { kind: 'denied', reason };
}

function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text).replace(/[^ -~\u2026]/g, '?');
}
