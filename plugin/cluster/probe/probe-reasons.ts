import type { Reason } from '../../lib/reason.ts';
import { reasonsFrom } from '../../lib/reason.ts';

/** Probe results for which a backend counts as healthy; each sentence continues the Service's name. */
export const healthyProbes = {
  Answered: 'answered {status} at {url}',
  CredentialRequired: 'is alive, and answers only with a credential ({status})',
  TenantRequired: 'is alive, and answers only for a tenant ({status}, no org id): spec.stores names its tenants',
} as const;

/** Probe results for which it does not. */
export const failedProbes = {
  UnexpectedStatus: 'answered {status} at {url}, expected {expected}',
  OtherProduct: 'answered at {url} like another product: {body}',
  TlsRequired: 'speaks TLS at {url}',
  TlsRefused: 'refuses TLS at {url}: {why}',
  ProbeTimeout: 'does not answer at {url}: nothing within {seconds} s',
  ProbeDeadline: 'does not answer at {url}: nothing before the deadline of the run',
  ConnectionRefused: 'does not answer at {url}: connection refused',
  ConnectionClosed: 'does not answer at {url}: connection closed without an answer',
  HostUnknown: 'does not answer at {url}: DNS does not know the host',
  DnsUnavailable: 'does not answer at {url}: DNS does not answer',
  NotTls: 'does not answer at {url}: it does not speak TLS',
  NotHttp: 'does not answer at {url}: it does not speak HTTP',
  HeadersTooLarge: 'answers at {url} with more than {kib} KiB of headers',
  ProbeFailed: 'does not answer at {url}: {error}',
  ProxyForbidden:
    'is not asked: the API server of its cluster does not let the account get services/proxy in its namespace',
  ProxyRefused: 'is not asked through the API server of its cluster: {why}',
  ProxyFailed: 'does not answer at {url}, says the API server of its cluster: {why}',
  NotProbed:
    'was not probed: no probe of a run starts {seconds} s after the first, and others came before it; the next run probes it, and namespaces in trust.namespaces come first',
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
