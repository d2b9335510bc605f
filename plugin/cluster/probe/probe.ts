import type { ProbeReason } from './probe-reasons.ts';

/** One probe of one backend. */
export interface ProbeRequest {
  /** Namespace of its Service: the namespaces take turns if more probes are wanted than may run at once. */
  readonly namespace: string;
  /** Name and own port of the Service (not the pods' port); `null` if another host is asked. */
  readonly service: { readonly name: string; readonly port: number } | null;
  /** Id of the detector of the expected product. */
  readonly detector: string;
  readonly scheme: 'http' | 'https';
  /** `host:port`, path and query, without the scheme. */
  readonly target: string;
  /** `target` of a second request that shows whether a credential is needed; `null` for none. */
  readonly access: string | null;
  /** Address to connect to; if it is not one (headless, external), DNS resolves the host. */
  readonly clusterIP: string;
  /** Statuses that count as healthy. */
  readonly accept: readonly number[];
  /** Texts that a response of this product contains; white space is ignored. */
  readonly contains: readonly string[];
  /** Whether to try the other scheme if this one proves wrong. */
  readonly settleScheme: boolean;
  /** Whether a redirect of `/` may reveal a path in front of that of `target`. */
  readonly findPrefix: boolean;
  /** Names of the Service, best first: the certificate decides which of them can be used. */
  readonly hostNames: readonly string[];
  /** For all attempts together. */
  readonly timeoutSeconds: number;
  /** Most attempts. */
  readonly attempts: number;
  /** Pause between two attempts. */
  readonly intervalSeconds: number;
}

/** Result of a probe. `message` continues the Service's name. */
export interface ProbeResult extends ProbeReason {
  readonly healthy: boolean;
  /** It is alive but requires a credential. */
  readonly needsCredential?: boolean;
  /** Set with `needsCredential`: what it requires is a tenant. */
  readonly needsTenant?: boolean;
  /** The scheme that works, if it differs from that of the request. */
  readonly scheme?: 'http' | 'https';
  /** Its response is one that only this product gives; absent if only a status was checked. */
  readonly identified?: true;
  /** The path prefix below which it answered. */
  readonly prefix?: string;
  /** The first of the request's names for which the certificate is valid, if it differs from the one used. */
  readonly host?: string;
  /** Names for which the certificate is valid, if none of the request's is among them. */
  readonly certificateNames?: string;
}

/**
 * Probes one backend. Never throws: a dead backend is a result, not an error. A known result is returned synchronously.
 */
export type Prober = (request: ProbeRequest) => ProbeResult | Promise<ProbeResult>;
