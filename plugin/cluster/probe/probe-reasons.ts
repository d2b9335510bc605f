import type { Reason } from '../../lib/messages/reason.ts';
import { reasonsFrom } from '../../lib/messages/reason.ts';

/** Probe results for which a backend counts as healthy; each sentence continues the Service's name. */
export const healthyProbes = {
  Answered: 'answered {status} at {url}',
  CredentialRequired: 'is alive but answers only with a credential ({status})',
  TenantRequired: 'is alive but answers only for a tenant ({status}, no org id): name its tenants in spec.stores',
} as const;

/** Probe results for which it does not. */
export const failedProbes = {
  UnexpectedStatus: 'answered {status} at {url}, expected {expected}',
  OtherProduct: 'answered at {url} like another product: {body}',
  TlsRequired: 'speaks TLS at {url}',
  TlsRefused: 'refuses TLS at {url}: {why}',
  ProbeTimeout: 'does not answer at {url}: timed out after {seconds} s',
  ProbeDeadline: 'does not answer at {url}: the deadline of the run passed',
  ConnectionRefused: 'does not answer at {url}: connection refused',
  ConnectionClosed: 'does not answer at {url}: connection closed without an answer',
  HostUnknown: 'does not answer at {url}: host not found in DNS',
  DnsUnavailable: 'does not answer at {url}: DNS does not answer',
  NotTls: 'does not answer at {url}: it does not speak TLS',
  NotHttp: 'does not answer at {url}: it does not speak HTTP',
  HeadersTooLarge: 'answers at {url} with more than {kib} KiB of headers',
  ProbeFailed: 'does not answer at {url}: {error}',
  ProxyForbidden:
    'is not probed: the account may not get services/proxy in its namespace, says the API server of its cluster',
  ProxyRefused: 'is not probed through the API server of its cluster: {why}',
  ProxyFailed: 'does not answer at {url}, according to the API server of its cluster: {why}',
  NotProbed:
    'was not probed: a run starts probes for only {seconds} s, and others came first; the next run probes it, and namespaces in trust.namespaces go first',
  ProbePending: 'has not answered a probe yet',
} as const;

const probeReasons = { ...healthyProbes, ...failedProbes };

export type ProbeReason = Reason<keyof typeof probeReasons>;

/** Why a probe counts as healthy or not. */
export const probeReason = reasonsFrom(probeReasons);

/** Text that the search for a route prefix adds to the reason why a backend is unhealthy. */
export const probeNotes = reasonsFrom({
  RedirectRefused: 'its redirect of / to {location} is not followed: {why}',
  NothingBelow: 'its redirect of / leads to {prefixes}, where it does not answer either',
});
