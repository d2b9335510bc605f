import type { ProbeReason } from './probe-reasons.ts';

/** One probe of one backend. */
export interface ProbeRequest {
  /** Where its Service is: the namespaces take turns where there are more probes than may run at once. */
  readonly namespace: string;
  /** The Service's name, and its own port, which is not that of its pods; `null` where another host is asked. */
  readonly service: { readonly name: string; readonly port: number } | null;
  /** Id of the detector of the expected product. */
  readonly detector: string;
  readonly scheme: 'http' | 'https';
  /** `host:port`, path and query that follow the scheme. */
  readonly target: string;
  /** `target` of a second request that shows whether a credential is needed; `null` without one. */
  readonly access: string | null;
  /** Address to connect to; where it is not one (headless, external), DNS resolves the host. */
  readonly clusterIP: string;
  /** Statuses that count as healthy. */
  readonly accept: readonly number[];
  /** Texts that a response of this product contains; white space is ignored. */
  readonly contains: readonly string[];
  /** Whether the other scheme is tried where this one turns out to be wrong. */
  readonly settleScheme: boolean;
  /** Whether a redirect of `/` may tell a path in front of that of `target`. */
  readonly findPrefix: boolean;
  /** Names by which the Service can be called, best first: the certificate tells for which of them it is good. */
  readonly hostNames: readonly string[];
  /** For all attempts together. */
  readonly timeoutSeconds: number;
  /** At most. */
  readonly attempts: number;
  /** Between two attempts. */
  readonly intervalSeconds: number;
}

/** Result of a probe. `message` continues the name of the Service. */
export interface ProbeResult extends ProbeReason {
  readonly healthy: boolean;
  /** It is alive and answers only with a credential. */
  readonly needsCredential?: boolean;
  /** Beside it: what it answers with is a tenant. */
  readonly needsTenant?: boolean;
  /** The scheme that works, where it is not that of the request. */
  readonly scheme?: 'http' | 'https';
  /** It answered what only the product does; without it a status alone was accepted. */
  readonly identified?: true;
  /** The path in front of that of the request below which it answered. */
  readonly prefix?: string;
  /** The first of the request's names for which the certificate is good, where it is not the one that was asked. */
  readonly host?: string;
  /** Names for which the certificate is good, where that is none of the request's. */
  readonly certificateNames?: string;
}

/** Probes one backend. Never throws: a dead backend is a result, not an error. A result that is known comes at once. */
export type Prober = (request: ProbeRequest) => ProbeResult | Promise<ProbeResult>;
