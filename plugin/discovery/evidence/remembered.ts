import { maxPath } from '../../cluster/evidence-projections.ts';
import type { EndpointsView } from '../../cluster/types.ts';
import type { Candidate, Endpoint, ProofPart } from '../decision.ts';
import type { Memory, PreviouslyAdmittedBackend } from '../selection/previous-sources.ts';
import { isPlainPath, saysLittle } from '../tenant-text.ts';

/** The candidate with the parts of its URL that evidence told earlier; `null` where none was read, or may be told any more. */
export function withRemembered(
  candidate: Candidate,
  before: PreviouslyAdmittedBackend | undefined,
  endpoints: EndpointsView | undefined,
  isTrusted: (namespace: string) => boolean,
): Candidate | null {
  if (!before || before.proofs.length === 0) return null;
  const parts = partsOf(before);
  const told = endpointFrom(candidate.endpoint, before.url, parts);
  if (told === null || !mayTell(told.path, candidate, isTrusted)) return null;
  if (parts.has('port') && !hasPort(candidate, told.port, endpoints)) return null;
  const shown = parts.size > 0 ? [...parts].join(' and ') : 'confirmed';
  const by = before.proofs.map((proof) => names[proof.by]).join(' and ');
  return {
    ...candidate,
    endpoint: told,
    proofs: before.proofs,
    rule: `${candidate.rule}; ${shown} by ${by}, read earlier`,
  };
}

/** Of what evidence tells and the path of the entry point behind it. */
const maxTold = maxPath + 64;

const names = { resource: 'its custom resource', pods: 'a Pod', probe: 'a probe' } as const;

/** Whether what is remembered may have changed: its pods did since it was written, or the Service itself. */
export function isStale(
  { endpoint }: Candidate,
  before: PreviouslyAdmittedBackend,
  { writtenAt }: Memory,
  endpoints: EndpointsView | undefined,
): boolean {
  const told = endpointFrom(endpoint, before.url, partsOf(before));
  const url = URL.parse(before.url);
  if (told === null || url === null || told.port !== portOf(url)) return true;
  return changedSince(writtenAt, endpoints);
}

/** Whether the endpoints changed after this time; `false` where nothing tells. */
export function changedSince(writtenAt: number | null, endpoints: EndpointsView | undefined): boolean {
  const changedAt = endpoints?.changedAt ?? null;
  // Both times are whole seconds: of two in the same second, either may be the later one.
  return changedAt !== null && writtenAt !== null && changedAt >= writtenAt;
}

/** A path that a backend's namespace tells, in its custom resource, its Pod or a redirect, is bounded as one of an annotation. */
export function mayTell(
  path: string,
  { service: { namespace }, endpoint }: Candidate,
  isTrusted: (namespace: string) => boolean,
): boolean {
  return path === endpoint.path || saysLittle(path) || isTrusted(namespace);
}

function partsOf({ proofs }: PreviouslyAdmittedBackend): ReadonlySet<ProofPart> {
  return new Set(proofs.flatMap(({ parts }) => parts));
}

/** Whether the Service leads to the port: its own one, or that of its pods, which a headless one is asked at. */
function hasPort({ service }: Candidate, port: number, endpoints: EndpointsView | undefined): boolean {
  const own = service.ports.flatMap((one) => [one.port, one.targetPort]);
  return [...own, ...(endpoints?.ports.values() ?? [])].includes(port);
}

/** Anyone who may write the ConfigMap can write this URL: it is taken for what it could have been found to be. */
function endpointFrom(endpoint: Endpoint, text: string, parts: ReadonlySet<ProofPart>): Endpoint | null {
  const url = URL.parse(text);
  const path = url?.pathname.replace(/\/+$/, '') ?? '';
  if (!url || path.length > maxTold || (path !== '' && !isPlainPath(path))) return null;
  const scheme = url.protocol === 'https:' ? 'https' : 'http';
  return {
    ...endpoint,
    ...(parts.has('scheme') ? { scheme, schemeFrom: 'evidence that was read earlier' } : {}),
    ...(parts.has('port') ? { port: portOf(url) } : {}),
    ...(parts.has('path') ? { path } : {}),
  };
}

function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}
