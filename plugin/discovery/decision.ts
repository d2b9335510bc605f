import type { Detector, EntryPoint, Scheme, ServiceView, Tier } from '../../detectors/types.ts';
import type { NoFactsReason } from '../cluster/stores/question.ts';
import type { DeclaredTenants, LearnedFacts, StoreFacts } from './first-question/facts.ts';
import { hostProductOf } from './host-product.ts';
import type { Reason } from './reasons.ts';

/** Where a backend answers, as the consumer reaches it. `path` has no trailing slash. */
export interface Endpoint {
  readonly scheme: Scheme;
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** What determined the scheme: `port name https`, `default of Prometheus`. */
  readonly schemeFrom: string;
  /** On another host than the Service, from an annotation that the settings allow. */
  readonly foreign?: boolean;
  /** Replaced by `target.urls`: the consumer reaches the Service there instead of at its own address. */
  readonly isRouted?: true;
  /** Parts that a probe found out, in the order of `probedParts`. */
  readonly probed?: readonly ProbedPart[];
}

/** Endpoint parts, besides the scheme, that a probe can find out: the path by a redirect, the host by a certificate. */
export const probedParts = ['path', 'host'] as const;
export type ProbedPart = (typeof probedParts)[number];

export const proofKinds = ['resource', 'pods', 'probe'] as const;
export const proofParts = ['scheme', 'port', 'path'] as const;

/** A part of the URL that evidence can tell. */
export type ProofPart = (typeof proofParts)[number];

/** Evidence beyond the Service that was read, and the parts of the URL it told; empty where it told none. */
export interface Proof {
  /** Source of the evidence: the custom resource, a Pod, or a probe. */
  readonly by: (typeof proofKinds)[number];
  readonly parts: readonly ProofPart[];
}

/** A Service that a detector claims, with the evidence for it. */
export interface Candidate {
  readonly service: ServiceView;
  readonly detector: Detector;
  /** The consumer's toolset that it configures: the detector's, or one set by an annotation. */
  readonly toolset: string;
  /** Name among several backends of one toolset: `namespace/name`, where an annotation may replace the name. */
  readonly instance: string;
  readonly rule: string;
  readonly tier: Tier;
  readonly entryPoint: EntryPoint;
  /** Index of the entry point in the detector's list: 0 is the best. */
  readonly entryPointRank: number;
  readonly endpoint: Endpoint;
  /** Health check path that the Service declares. */
  readonly healthPath: string | null;
  /** Known from a probe or evidence, now or when it was admitted. */
  readonly needsCredential: boolean;
  /** Evidence beyond the Service that was read; absent where there was none. */
  readonly proofs?: readonly Proof[];
  /** Answers only with a tenant, as a probe found now or when it was admitted. */
  readonly needsTenant?: boolean;
  /** Tenants from its annotation or its custom resource. */
  readonly declaredTenants?: DeclaredTenants;
  /** What a first query needs to return data; absent where nothing is known. */
  readonly store?: StoreFacts;
  /** What the store told when it was asked, in the form that is remembered; absent where it was not asked. */
  readonly learned?: LearnedFacts;
  /** Why the store told nothing when it was asked in this run. */
  readonly noFacts?: NoFactsReason;
}

/** A Service that resembles a product's without confirmation: taken only if evidence beyond the Service proves it. */
export interface Suspect {
  readonly candidate: Candidate;
  /** The same Service as another product's with the same port, by precedence. */
  readonly others?: readonly Candidate[];
  /** The decision that stands unless the suspect is proved. */
  readonly decision: Decision;
}

/** A toolset, and the detector that configures it. */
export type ToolsetClaim = Pick<Candidate, 'toolset' | 'detector'>;

/** A Service that resembles a product's and is not one. */
export interface Rejection extends Reason {
  readonly service: ServiceView;
  readonly detector: Detector;
  /** Tier of the evidence; `null` where there is only a word in the name. */
  readonly tier: Tier | null;
  readonly rule: string;
  /** The candidate that it becomes if it is proved. */
  readonly suspect?: Candidate;
  /** What else it becomes if that is proved: other products have the same port. */
  readonly others?: readonly Candidate[];
}

export type Verdict = 'selected' | 'redundant' | 'unhealthy' | 'rejected' | 'denied' | 'ignored';

/** The result for one Service, and why. */
export interface Decision extends Reason {
  readonly service: ServiceView;
  readonly decision: Verdict;
  readonly detector: Detector | null;
  readonly toolset: string | null;
  readonly endpoint: Endpoint | null;
  readonly rule: string;
  /** For a selected backend whose store facts are known. */
  readonly store?: StoreFacts;
}

/** The Service's name in cluster DNS. */
export function hostOf({ namespace, name }: Pick<ServiceView, 'namespace' | 'name'>, clusterDomain: string): string {
  return `${name}.${namespace}.svc.${clusterDomain}`;
}

/** The URL's port, by default that of its scheme. */
export function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}

/** The endpoint as a URL without a trailing slash. */
export function urlOf({ scheme, host, port, path }: Endpoint): string {
  return `${scheme}://${host}:${String(port)}${path}`;
}

/** Cluster IP for requests to the endpoint; empty where the endpoint is on another host, which DNS resolves. */
export function addressOf({ service, endpoint }: Pick<Candidate, 'service' | 'endpoint'>): string {
  return endpoint.foreign === true || endpoint.isRouted ? '' : service.clusterIP;
}

/** The parts of an endpoint, each `null` where there is no endpoint. */
interface OutputEndpoint {
  readonly url: string | null;
  readonly scheme: Scheme | null;
  readonly port: number | null;
  readonly path: string | null;
}

/** The fields after the detector in every JSON output of a decision, in this order. */
export function outputFieldsOf(
  decision: Decision,
): Pick<Decision, 'toolset' | 'rule' | 'reason' | 'message' | 'store'> &
  OutputEndpoint & { readonly specialPurpose?: true } {
  const { service, detector, toolset, endpoint, store, rule, reason, message } = decision;
  const isSpecial = detector !== null && endpoint !== null && hostProductOf({ service, detector }) !== null;
  return {
    toolset,
    url: endpoint && urlOf(endpoint),
    scheme: endpoint?.scheme ?? null,
    port: endpoint?.port ?? null,
    path: endpoint?.path ?? null,
    ...(isSpecial ? { specialPurpose: true } : {}),
    ...(store === undefined ? {} : { store }),
    rule,
    reason,
    message,
  };
}

/** Whether credentials may be sent there: the Service is trusted, and the endpoint is on no other host. */
export function isTrustworthy({ service, endpoint }: Candidate, isTrusted: (namespace: string) => boolean): boolean {
  return isTrusted(service.namespace) && endpoint.foreign !== true;
}

/** A decision about a Service that a detector claims. */
export function decide(candidate: Candidate, decision: Verdict, { reason, message }: Reason): Decision {
  const { service, detector, toolset, endpoint, rule, store } = candidate;
  return {
    service,
    decision,
    detector,
    toolset,
    endpoint,
    rule,
    reason,
    message,
    ...(store === undefined ? {} : { store }),
  };
}
