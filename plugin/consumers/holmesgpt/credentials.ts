import type { Candidate } from '../../discovery/decision.ts';
import { isTrustworthy } from '../../discovery/decision.ts';
import { keyOf } from '../../lib/object-key.ts';
import type { DataMap } from '../../lib/json.ts';
import type { CredentialPolicy, Unusable } from '../consumer.ts';
import { noCredential, unusable } from '../consumer.ts';
import type { ToolsetSpec } from './toolset-specs.ts';
import { entriesOf } from './toolset-specs.ts';
import { getOwn } from '../../lib/json.ts';

/** Why HolmesGPT would only fail it as things are. A template of the user's own is the user's matter. */
export function unusableFor(
  backend: Candidate,
  spec: ToolsetSpec,
  minor: number,
  access: CredentialPolicy,
): Unusable | null {
  const { toolset, endpoint, needsCredential, detector } = backend;
  if (detector.template !== undefined) return null;
  const because = (code: Unusable['code'], why: string): Unusable =>
    unusable({ code, toolset, service: keyOf(backend.service), entries: entriesOf(toolset), why });
  const isDenied = needsCredential || spec.needsCredential || minor < spec.toleratesDenialSince;
  const hasCredential = Object.keys(credentialOf(backend, access)).length > 0;
  if (isDenied && !hasCredential) return because('CREDENTIAL_MISSING', noCredential);
  if (spec.kind === 'clusters' && minor < listReferencesSince && hasCredential) {
    const since = `0.${String(listReferencesSince)}`;
    return because(
      'CREDENTIAL_MISSING',
      `answers only with a credential, and HolmesGPT before ${since} fills in none in a list of clusters; a newer HolmesGPT does`,
    );
  }
  if (spec.kind === 'none' || endpoint.scheme !== 'https' || !isInside(endpoint, access.clusterDomain)) return null;
  if (access.certificates === 'private' || (access.certificates === 'unverified' && minor >= verifyKeySince))
    return null;
  return because(
    'CERTIFICATE_UNTRUSTED',
    "serves https with a certificate that HolmesGPT does not trust; give it the cluster's CA and set spec.target.certificates: private, or set unverified",
  );
}

/** First minor release whose every toolset over https has `verify_ssl`. */
const verifyKeySince = 18;

/** First minor release that fills in `{{ env.X }}` in a list of a built-in toolset's config. */
const listReferencesSince = 25;

/** References from the settings, for a backend that may be given them. */
export function credentialOf(backend: Candidate, { credentials, isTrusted }: CredentialPolicy): DataMap {
  return isTrustworthy(backend, isTrusted) ? (getOwn(credentials, backend.toolset) ?? {}) : {};
}

/** `verify_ssl: false` where the settings say so; never beside a certificate that can be verified. */
export function verification(
  { endpoint }: Candidate,
  minor: number,
  { certificates, clusterDomain }: CredentialPolicy,
): DataMap {
  const isSkipped = certificates === 'unverified' && minor >= verifyKeySince && isInside(endpoint, clusterDomain);
  return isSkipped && endpoint.scheme === 'https' ? { verify_ssl: false } : {};
}

/** A host that a certificate told is a shorter name of a Service. */
function isInside({ host, probed = [] }: Candidate['endpoint'], clusterDomain: string): boolean {
  return probed.includes('host') || host.endsWith(`.svc.${clusterDomain}`);
}
