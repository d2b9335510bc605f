import type { Detector, EntryPoint, Scheme, ServiceView, Tier } from '../../detectors/types.ts';
import type { Unlearned } from '../cluster/stores/question.ts';
import type { DeclaredTenants, LearnedFacts, StoreFacts } from './first-question/facts.ts';
import { hostProductOf } from './host-product.ts';
import type { Reason } from './reasons.ts';

/** Where a backend answers, as the consumer reaches it. `path` has no slash at its end. */
export interface Endpoint {
  readonly scheme: Scheme;
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** What told the scheme: `port name https`, `default of Prometheus`. */
  readonly schemeFrom: string;
  /** On another host than the Service, by an annotation that the settings allow. */
  readonly foreign?: boolean;
  /** As `target.urls` says: the consumer reaches the Service there, and not at its own address. */
  readonly isRouted?: true;
  /** Parts that a probe found out, in this order. */
  readonly probed?: readonly ProbedPart[];
}

/** Parts of an endpoint, besides its scheme, that a probe can find out: the path by a redirect, the host by a certificate. */
export const probedParts = ['path', 'host'] as const;
export type ProbedPart = (typeof probedParts)[number];

export const proofKinds = ['resource', 'pods', 'probe'] as const;
export const proofParts = ['scheme', 'port', 'path'] as const;

/** A part of the URL that evidence told. */
export type ProofPart = (typeof proofParts)[number];

/** What evidence beyond the Service was read, and which parts of the URL it told: none where it said nothing else. */
export interface Proof {
  /** The custom resource, a Pod, or a probe. */
  readonly by: (typeof proofKinds)[number];
  readonly parts: readonly ProofPart[];
}

/** A Service that a detector claims, and on which evidence. */
export interface Candidate {
  readonly service: ServiceView;
  readonly detector: Detector;
  /** The consumer's toolset that it configures: the detector's, or one of its own by annotation. */
  readonly toolset: string;
  /** Names it among several backends of one toolset: `namespace/name`, or what its annotation says after that. */
  readonly instance: string;
  readonly rule: string;
  readonly tier: Tier;
  readonly entryPoint: EntryPoint;
  /** Index of the entry point in the detector's list: 0 is the best. */
  readonly entryPointRank: number;
  readonly endpoint: Endpoint;
  /** Path of the Service's own choice for its health check. */
  readonly healthPath: string | null;
  /** Known from a probe or from evidence, now or when it was admitted. */
  readonly needsCredential: boolean;
  /** Evidence beyond the Service that was read; absent where none was. */
  readonly proofs?: readonly Proof[];
  /** It answers only for a tenant, as a probe saw now or when it was admitted. */
  readonly needsTenant?: boolean;
  /** Tenants that its annotation or its custom resource names. */
  readonly declaredTenants?: DeclaredTenants;
  /** What makes the first query of it return data; absent where nothing of that is known. */
  readonly store?: StoreFacts;
  /** What it was asked for that, as it is remembered; absent where it was not asked. */
  readonly learned?: LearnedFacts;
  /** Why it told nothing of that when it was asked now. */
  readonly unlearned?: Unlearned;
}

/** A Service that something points at and that nothing in it confirms: taken where evidence beyond it proves it. */
export interface Suspect {
  readonly candidate: Candidate;
  /** What becomes of it where nothing proves it. */
  readonly decision: Decision;
}

/** A toolset, and the detector that configures it. */
export type ToolsetClaim = Pick<Candidate, 'toolset' | 'detector'>;

/** A Service that looked like a product's and is not. */
export interface Rejection extends Reason {
  readonly service: ServiceView;
  readonly detector: Detector;
  /** Of the evidence; `null` where there is none but a word in the name. */
  readonly tier: Tier | null;
  readonly rule: string;
  /** What it would be if it were proved. */
  readonly suspect?: Candidate;
}

export type Verdict = 'selected' | 'redundant' | 'unhealthy' | 'rejected' | 'denied' | 'ignored';

/** What became of one Service, and why. */
export interface Decision extends Reason {
  readonly service: ServiceView;
  readonly decision: Verdict;
  readonly detector: Detector | null;
  readonly toolset: string | null;
  readonly endpoint: Endpoint | null;
  readonly rule: string;
  /** Of a backend that is selected, where something is known. */
  readonly store?: StoreFacts;
}

/** The endpoint as a URL without a slash at its end. */
export function urlOf({ scheme, host, port, path }: Endpoint): string {
  return `${scheme}://${host}:${String(port)}${path}`;
}

/** The cluster IP at which the endpoint is asked; empty where its host is another one than the Service, which DNS resolves. */
export function addressOf({ service, endpoint }: Pick<Candidate, 'service' | 'endpoint'>): string {
  return endpoint.foreign === true || endpoint.isRouted ? '' : service.clusterIP;
}

/** An endpoint in parts, each `null` where there is none. */
interface OutputEndpoint {
  readonly url: string | null;
  readonly scheme: Scheme | null;
  readonly port: number | null;
  readonly path: string | null;
}

/** The fields that follow the detector wherever a decision is given out as JSON, in this order. */
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

/** Whether a credential may go there: to a Service that is trusted, and to no other host that it names. */
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
