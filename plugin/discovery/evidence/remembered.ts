import { maxPath } from '../../cluster/evidence-projections.ts';
import type { EndpointsView } from '../../cluster/types.ts';
import type { Candidate, Endpoint, ProofPart } from '../decision.ts';
import { portOf } from '../decision.ts';
import type { Memory, PreviouslyAdmittedBackend } from '../selection/previous-sources.ts';
import { isPlainPath, isHarmlessText } from '../tenant-text.ts';
import { withoutTrailing } from '../../lib/trailing.ts';

/** The candidate with the URL parts that evidence told earlier; `null` without any, or where they no longer hold. */
export function withRemembered(
  candidate: Candidate,
  before: PreviouslyAdmittedBackend | undefined,
  endpoints: EndpointsView | undefined,
  isTrusted: (namespace: string) => boolean,
): Candidate | null {
  if (!before || before.proofs.length === 0) return null;
  const parts = partsOf(before);
  const restored = endpointFrom(candidate.endpoint, before.url, parts);
  if (restored === null || !isAcceptedPath(restored.path, candidate, isTrusted)) return null;
  if (parts.has('port') && !hasPort(candidate, restored.port, endpoints)) return null;
  const shown = parts.size > 0 ? [...parts].join(' and ') : 'confirmed';
  const by = before.proofs.map((proof) => names[proof.by]).join(' and ');
  return {
    ...candidate,
    endpoint: restored,
    proofs: before.proofs,
    rule: `${candidate.rule}; ${shown} by ${by}, read earlier`,
  };
}

/** Length of the path that evidence tells, plus the entry point's own path behind it. */
const maxPathLength = maxPath + 64;

const names = { resource: 'its custom resource', pods: 'a Pod', probe: 'a probe' } as const;

/** Whether the remembered facts may be out of date: the Pods or the Service changed since they were written. */
export function isStale(
  { endpoint }: Candidate,
  before: PreviouslyAdmittedBackend,
  { writtenAt }: Memory,
  endpoints: EndpointsView | undefined,
): boolean {
  const restored = endpointFrom(endpoint, before.url, partsOf(before));
  const url = URL.parse(before.url);
  if (restored === null || url === null || restored.port !== portOf(url)) return true;
  return changedSince(writtenAt, endpoints);
}

/** Whether the endpoints changed after this time; `false` where that is unknown. */
export function changedSince(writtenAt: number | null, endpoints: EndpointsView | undefined): boolean {
  const changedAt = endpoints?.changedAt ?? null;
  // Both times are whole seconds: within the same second, either may be later.
  return changedAt !== null && writtenAt !== null && changedAt >= writtenAt;
}

/** Paths from a backend's namespace (custom resource, Pod or redirect) have the same limits as those in annotations. */
export function isAcceptedPath(
  path: string,
  { service: { namespace }, endpoint }: Candidate,
  isTrusted: (namespace: string) => boolean,
): boolean {
  return path === endpoint.path || isHarmlessText(path) || isTrusted(namespace);
}

function partsOf({ proofs }: PreviouslyAdmittedBackend): ReadonlySet<ProofPart> {
  return new Set(proofs.flatMap(({ parts }) => parts));
}

/** Whether the Service leads to the port: one of its own or, as for a headless Service, one of its Pods. */
function hasPort({ service }: Candidate, port: number, endpoints: EndpointsView | undefined): boolean {
  const own = service.ports.flatMap((one) => [one.port, one.targetPort]);
  return [...own, ...(endpoints?.ports?.values() ?? [])].includes(port);
}

/** Anyone who can write the ConfigMap can write this URL: only parts that evidence could have told are taken. */
function endpointFrom(endpoint: Endpoint, text: string, parts: ReadonlySet<ProofPart>): Endpoint | null {
  const url = URL.parse(text);
  const path = withoutTrailing(url?.pathname ?? '', '/');
  if (!url || path.length > maxPathLength || (path !== '' && !isPlainPath(path))) return null;
  const scheme = url.protocol === 'https:' ? 'https' : 'http';
  return {
    ...endpoint,
    ...(parts.has('scheme') ? { scheme, schemeFrom: 'evidence that was read earlier' } : {}),
    ...(parts.has('port') ? { port: portOf(url) } : {}),
    ...(parts.has('path') ? { path } : {}),
  };
}
