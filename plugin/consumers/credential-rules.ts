import type { Candidate } from '../discovery/decision.ts';
import { isTrustworthy } from '../discovery/decision.ts';
import { matchesPattern } from '../discovery/match/glob.ts';
import { matchesSelector } from '../cluster/label-selector.ts';
import { getOwn } from '../lib/json.ts';
import type { CredentialConfig, CredentialRule } from '../settings/schema/credentials.ts';
import type { CredentialPolicy } from './consumer.ts';

/** Why the settings give a backend no credential: none is set, its namespace is untrusted, or it is on another host. */
export type CredentialLack = 'none' | 'untrusted' | 'foreign';

/**
 * The credential in the settings for a backend that may have one: from the first of the names that has
 * something, and by the first rule that matches.
 */
export function credentialFor(
  backend: Candidate,
  names: readonly string[],
  { credentials, isTrusted }: Pick<CredentialPolicy, 'credentials' | 'isTrusted'>,
): CredentialConfig | CredentialLack {
  const name = names.find((one) => Object.hasOwn(credentials, one));
  const named = name === undefined ? undefined : getOwn(credentials, name);
  const config = Array.isArray(named) ? named.find((rule) => fits(backend, rule))?.config : named;
  if (backend.endpoint.foreign === true) return 'foreign';
  if (config === undefined || Object.keys(config).length === 0) return 'none';
  return isTrustworthy(backend, isTrusted) ? config : 'untrusted';
}

function fits({ service, instance }: Candidate, { services, instances }: CredentialRule): boolean {
  return (
    matchesPattern(instances, instance) &&
    matchesPattern(services.namespaces, service.namespace) &&
    matchesPattern(services.names, service.name) &&
    matchesSelector(service.labels, services.selector)
  );
}
