import { isProxyPort } from '../../../detectors/excluded-names.ts';
import type { BackendFacts } from '../../../detectors/types.ts';
import type { EndpointsView } from '../../cluster/types.ts';
import type { Candidate, Endpoint } from '../decision.ts';
import { proofParts } from '../decision.ts';
import { endpointOf, isGuess, withPodPort } from '../endpoint.ts';
import { factsOf } from '../match/service-facts.ts';
import type { Reason } from '../reasons.ts';
import { because } from '../reasons.ts';
import type { Evidence } from './facts.ts';
import { isAcceptedPath } from './remembered.ts';

/** The candidate corrected by evidence, or the reason for rejecting it. */
export function withEvidence(
  candidate: Candidate,
  { by, source, facts }: Evidence,
  endpoints: EndpointsView | undefined,
  isTrusted: (namespace: string) => boolean,
): Candidate | Reason {
  if (facts === null || (facts.isLocal && !isBehindProxy(candidate))) return because('NoQueriesByEvidence', { source });
  const endpoint = endpointWith(candidate, facts, source, endpoints);
  const { namespace } = candidate.service;
  const { path } = endpoint;
  if (!isAcceptedPath(path, candidate, isTrusted)) {
    return because('UntrustedEvidence', { path: JSON.stringify(path.slice(0, 80)), source, namespace });
  }
  const parts = proofParts.filter((part) => candidate.endpoint[part] !== endpoint[part]);
  const { tenants = [] } = facts;
  const declares = tenants.length > 0 && candidate.declaredTenants === undefined;
  return {
    ...candidate,
    ...(declares ? { declaredTenants: { tenants, from: 'resource' as const } } : {}),
    endpoint,
    rule: `${candidate.rule}; ${parts.length > 0 ? parts.join(' and ') : 'confirmed'} by ${source}`,
    needsCredential: candidate.needsCredential || facts.needsCredential === true,
    proofs: [...(candidate.proofs ?? []), { by, parts }],
  };
}

/** Whether the Service's port is that of an authentication proxy. */
function isBehindProxy({ service, endpoint }: Candidate): boolean {
  return service.ports.some((port) => port.port === endpoint.port && isProxyPort(port));
}

function endpointWith(
  candidate: Candidate,
  facts: BackendFacts,
  source: string,
  endpoints: EndpointsView | undefined,
): Endpoint {
  const { entryPoint } = candidate;
  const endpoint = facts.port === undefined ? candidate.endpoint : endpointAt(facts.port, candidate, endpoints);
  const path = facts.path ?? (facts.prefix === undefined ? endpoint.path : `${facts.prefix}${entryPoint.path ?? ''}`);
  const scheme = facts.scheme !== undefined && isGuess(endpoint) ? { scheme: facts.scheme, schemeFrom: source } : {};
  return { ...endpoint, path, ...scheme };
}

/** The endpoint at the Service's port of that name or number; unchanged where it has no such port. */
function endpointAt(
  name: string | number,
  { service, detector, entryPoint, endpoint }: Candidate,
  endpoints: EndpointsView | undefined,
): Endpoint {
  const ports = service.ports.filter(
    ({ protocol, ...port }) => protocol === 'TCP' && [port.name, port.port, port.targetPort].includes(name),
  );
  const only = { ...factsOf(service), service: { ...service, ports } };
  const matched = endpointOf(only, detector, { ...entryPoint, ports: anyPort }, '');
  return matched === null ? endpoint : withPodPort({ ...matched, host: endpoint.host }, service, endpoints?.ports);
}

const anyPort = { exact: true, names: ['*'], numbers: [] };
