import type { Candidate } from '../../../discovery/decision.ts';
import { keyOf } from '../../../lib/object-key.ts';
import type { DataMap } from '../../../lib/json.ts';
import type { Unusable } from '../../consumer.ts';
import { hasInsideCertificate } from '../../certificates.ts';
import { unusable } from '../../consumer.ts';
import type { CredentialLack } from '../../credential-rules.ts';
import { writtenAdvice } from './advice.ts';
import type { ReleasePolicy } from './credentials.ts';
import { credentialLack, rulesFor } from './credentials.ts';
import { entriesOf, toolsetSpecOf } from '../toolset-specs.ts';

/** Why HolmesGPT cannot use the backend. Templates of users are not checked: they are the user's responsibility. */
export function unusableFor(backend: Candidate, release: ReleasePolicy): Unusable | null {
  const { toolset, endpoint, needsCredential, detector } = backend;
  if (detector.template !== undefined) return null;
  const { minor, access } = release;
  const spec = toolsetSpecOf(backend);
  const because = (code: Unusable['code'], why: string): Unusable =>
    unusable({ code, toolset, service: keyOf(backend.service), entries: entriesOf(toolset), why });
  const isDenied = needsCredential || spec.needsCredential || minor < spec.toleratesDenialSince;
  const lack = credentialLack(backend, release);
  if (isDenied && lack !== null) return because('CREDENTIAL_MISSING', whyMissing(lack, backend, release));
  if (spec.kind === 'clusters' && minor < listReferencesSince && lack === null)
    return because('CREDENTIAL_MISSING', `answers only with a credential, ${noReferencesInLists}`);
  if (spec.kind === 'none' || !hasInsideCertificate(endpoint, access.clusterDomain)) return null;
  if (access.certificates === 'private' || (access.certificates === 'unverified' && minor >= verifyKeySince))
    return null;
  return because(
    'CERTIFICATE_UNTRUSTED',
    "serves https with a certificate that HolmesGPT does not trust; give it the cluster's CA and set spec.target.certificates: private, or set unverified",
  );
}

/** Tells what to write into toolset.yaml, ready to be copied. */
function whyMissing(lack: CredentialLack, backend: Candidate, { minor, access }: ReleasePolicy): string {
  const { toolset, service } = backend;
  const spec = toolsetSpecOf(backend);
  const needs = 'answers only with a credential';
  if (spec.kind === 'clusters' && minor < listReferencesSince) return `${needs}, ${noReferencesInLists}`;
  if (lack === 'foreign')
    return `${needs}, and none is sent to the host that its annotation names; write its URL and its credential into overrides.yaml`;
  const trust = `add ${service.namespace} to spec.trust.namespaces`;
  if (lack === 'untrusted')
    return `${needs}, and the one in spec.credentials goes to trusted namespaces alone; ${trust}`;
  const advice = writtenAdvice(toolset, spec, minor);
  const rules = rulesFor(backend, access);
  const added =
    rules === null
      ? `set spec.credentials: {${JSON.stringify(toolset)}: ${advice}}`
      : `no rule of spec.credentials.${rules} fits it: add {services: {namespaces: [${service.namespace}], names: [${service.name}]}, config: ${advice}}`;
  return `${needs}; ${added}${access.isTrusted(service.namespace) ? '' : ` and ${trust}`}`;
}

/** First minor release in which every toolset over https has `verify_ssl`. */
const verifyKeySince = 18;

/** First minor release that fills in `{{ env.X }}` in lists in a built-in toolset's config. */
export const listReferencesSince = 25;
const noReferencesInLists = `and HolmesGPT before 0.${String(listReferencesSince)} fills in none in a list of clusters; a newer HolmesGPT does`;

/** `verify_ssl: false` where the settings say so; never for a certificate that can be verified. */
export function verification({ endpoint }: Candidate, { minor, access }: ReleasePolicy): DataMap {
  const { certificates, clusterDomain } = access;
  const isSkipped = certificates === 'unverified' && minor >= verifyKeySince;
  return isSkipped && hasInsideCertificate(endpoint, clusterDomain) ? { verify_ssl: false } : {};
}
