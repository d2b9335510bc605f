import { tenantHeaderNames, tenantIn } from '../../../detectors/stores/tenants.ts';
import type { Detector, ServiceView } from '../../../detectors/types.ts';
import type { ToolsetFile } from '../../consumers/consumer.ts';
import { byTenant } from '../../consumers/tenants.ts';
import type { Candidate, Decision, Endpoint, ToolsetClaim } from '../../discovery/decision.ts';
import type { ClusterLabel, StoreFacts } from '../../discovery/first-question/facts.ts';
import { tenantKindOf } from '../../discovery/first-question/declared.ts';
import type { Reason } from '../../discovery/reasons.ts';
import { compare, keyOf } from '../../lib/object-key.ts';
import type { Json } from '../../lib/json.ts';
import { asObject, asObjects, asString, getOwn } from '../../lib/json.ts';
import { assumedNamespaceOf, hasFirstQuery } from './queries.ts';

/** A backend and its first question, as HolmesGPT would ask it given the printed file. */
export interface Target {
  readonly service: ServiceView;
  readonly detector: Detector;
  readonly toolset: string;
  readonly instance: string;
  readonly endpoint: Endpoint;
  /**
   * A tenant in the form of the store's kind; `null` for a reference to HolmesGPT's environment, which cannot be sent.
   */
  readonly tenant: string | null;
  /** Name of the label or field that holds the namespace. */
  readonly name: string;
  readonly cluster: ClusterLabel | null;
  /** Indices of a search; empty if unset. */
  readonly indices: readonly string[];
  /** Whether HolmesGPT sends it a credential. */
  readonly hasCredential: boolean;
  /** `null` for a backend that was not admitted because nothing answered. */
  readonly candidate: Candidate | null;
}

interface GenerationResult {
  readonly admitted: readonly Candidate[];
  readonly decisions: readonly Decision[];
  readonly final: ToolsetFile;
  readonly supportsMultiple: (claim: ToolsetClaim) => boolean;
}

/** Namespaces that one backend is asked about. */
const maxNamespaces = 4;

/** Admitted backends, one target per tenant, and those that did not answer: they may answer from here. */
export function targetsOf({ admitted, decisions, final, supportsMultiple }: GenerationResult): readonly Target[] {
  const own = admitted
    .filter(({ toolset }) => hasFirstQuery(toolset))
    .flatMap((one) => byTenant([one], supportsMultiple(one)))
    .map((candidate) => ofCandidate(candidate, final));
  return [...own, ...decisions.flatMap(ofUnhealthy)];
}

function ofCandidate(candidate: Candidate, final: ToolsetFile): Target {
  const { service, detector, toolset, instance, endpoint, entryPoint, store } = candidate;
  const config = printedConfig(final, toolset, instance);
  const kind = tenantKindOf(candidate);
  const headers = { ...asObject(config.headers), ...asObject(config.additional_headers) };
  return {
    service,
    detector,
    toolset,
    instance,
    endpoint,
    candidate,
    tenant: tenantIn(kind, headers) ?? tenantIn(kind, entryPoint.headers ?? {}),
    name: asString(asObject(config.labels).namespace) || nameOf(toolset, store),
    cluster: store?.cluster ?? null,
    indices: store?.indices ?? [],
    hasCredential: sendsCredential(config, headers),
  };
}

/** Reasons for no answer: from here, such a backend may answer. */
const unanswered: ReadonlySet<Reason['reason']> = new Set<Reason['reason']>([
  ...(['ProbeTimeout', 'ProbeDeadline', 'ConnectionRefused', 'ConnectionClosed', 'ProbeFailed'] as const),
  ...(['HostUnknown', 'DnsUnavailable', 'NotProbed'] as const),
]);

function ofUnhealthy({ decision, reason, service, detector, toolset, endpoint, store }: Decision): Target[] {
  if (decision !== 'unhealthy' || !unanswered.has(reason)) return [];
  if (!detector || !endpoint || toolset === null || !hasFirstQuery(toolset)) return [];
  const target = {
    service,
    detector,
    toolset,
    instance: keyOf(service),
    endpoint,
    hasCredential: false,
    candidate: null,
  };
  const { cluster = null, indices = [] } = store ?? {};
  return [{ ...target, tenant: null, name: nameOf(toolset, store), cluster, indices }];
}

function nameOf(toolset: string, store: StoreFacts | undefined): string {
  return store?.labels.namespace ?? assumedNamespaceOf(toolset);
}

/** `config` of the printed entry, with Git's changes; of several instances, the one with this name. */
function printedConfig({ toolsets }: ToolsetFile, toolset: string, instance: string): Json {
  const config = asObject(asObject(getOwn(toolsets, toolset)).config);
  const instances = asObjects(config.instances);
  return instances.length === 0 ? config : (instances.find(({ name }) => name === instance) ?? {});
}

/** Judged by the names of its keys and headers, except a tenant's header. */
function sendsCredential(config: Json, headers: Json): boolean {
  const ofTenants = tenantHeaderNames.map((name) => name.toLowerCase());
  const others = Object.keys(headers).filter((name) => !ofTenants.includes(name.toLowerCase()));
  return (
    others.length > 0 || Object.keys(config).some((key) => /user|password|token|api_key|auth|client_cert/.test(key))
  );
}

/** The backend's own namespace, then those with the most Services. */
export function namespacesFor(own: string, decisions: readonly Decision[]): readonly string[] {
  const counts = Map.groupBy(decisions, ({ service }) => service.namespace);
  const others = [...counts]
    .filter(([namespace]) => namespace !== own)
    .sort(([a, one], [b, other]) => other.length - one.length || compare(a, b))
    .map(([namespace]) => namespace);
  return [own, ...others].slice(0, maxNamespaces);
}
