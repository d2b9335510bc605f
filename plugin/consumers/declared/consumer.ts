import type { Candidate } from '../../discovery/decision.ts';
import { compareEntries, keyOf } from '../../lib/object-key.ts';
import type { Data, DataMap, Path } from '../../lib/json.ts';
import { getOwn, isMap } from '../../lib/json.ts';
import { compose } from '../../lib/data/merge-patch.ts';
import { parseData } from '../../lib/data/yaml11-reader.ts';
import { renderYaml } from '../../lib/data/yaml-writer.ts';
import type { CredentialConfig } from '../../settings/schema/credentials.ts';
import { hasInsideCertificate } from '../certificates.ts';
import type { Consumer, CredentialPolicy, Generated, Unusable } from '../consumer.ts';
import { isNotDisabled, noCredential, otherNames, unusable } from '../consumer.ts';
import { credentialFor } from '../credential-rules.ts';
import { byTenant } from '../tenants.ts';
import type { ConsumerDeclaration, MadeEntry, ProductDeclaration, EntryInputs } from './types.ts';
import { validateCredential, validateEntry } from './validate.ts';

/** Makes a consumer from its declaration. */
export function declared(declaration: ConsumerDeclaration): Consumer {
  const { title, entries, usesLabels, nameKey } = declaration;
  return {
    title,
    sections: 'top',
    groups: {},
    usesTemplates: false,
    usesLabels,
    supports: (claim) => productOf(declaration, claim) !== null,
    supportsMultiple: () => entries === 'each',
    entriesOf: (backend) => tenantCopiesOf(declaration, backend).map((one) => nameOf(declaration, one)),
    generate: (admitted, access) => generate(declaration, admitted, access),
    withoutDisplaced: (_name, entry) => entry,
    withOthers: ({ customized }) => ({ entry: customized, moved: [] }),
    repairsOf: () => ({ repaired: [], isUsable: false }),
    assertAccepted: () => undefined,
    data: ({ toolsets }, key) => ({ [key]: renderYaml(declaration.write(shownOf(declaration, toolsets))) }),
    read: (data, key) => {
      const file = parseData(getOwn(data, key) ?? '');
      const toolsets = isMap(file) ? declaration.read(file) : null;
      return toolsets && { toolsets, mcp_servers: {} };
    },
    isKnown: () => false,
    isDiscoverable: () => true,
    isBuiltIn: () => false,
    isOnByDefault: () => false,
    isEnabled: isNotDisabled,
    alwaysOn: [],
    implicitlyEnabled: () => [],
    costOf: null,
    validateEntry: (_section, _name, entry) => validateEntry(declaration, entry),
    validateNames: (file) => (nameKey === undefined ? [] : otherNames(file, (name) => ({ [nameKey]: name }))),
    validateRequests: () => [],
    validateCredential: (_name, credential) => validateCredential(declaration, credential),
  };
}

/** `null` where the consumer does not support it: templates of custom detectors are in HolmesGPT's format. */
function productOf(
  { products }: ConsumerDeclaration,
  { detector }: Pick<Candidate, 'detector'>,
): ProductDeclaration | null {
  return detector.template === undefined ? (getOwn(products, detector.id) ?? null) : null;
}

/** The backend, or a copy for each of its tenants. */
function tenantCopiesOf(declaration: ConsumerDeclaration, backend: Candidate): readonly Candidate[] {
  return productOf(declaration, backend) === null ? [] : byTenant([backend], declaration.entries === 'each');
}

function nameOf(declaration: ConsumerDeclaration, backend: Candidate): string {
  const { entries, nameOf: nameOfEach } = declaration;
  return entries === 'each' ? nameOfEach(backend) : (productOf(declaration, backend)?.kind ?? '');
}

/** One entry for each usable backend; unusable ones are left out and reported. */
function generate(
  declaration: ConsumerDeclaration,
  admitted: readonly Candidate[],
  access: CredentialPolicy,
): Generated {
  const all = admitted
    .flatMap((one) => tenantCopiesOf(declaration, one))
    .flatMap((one) => entryInputsOf(declaration, one, access));
  const lacking = new Map(
    all.flatMap((one) => unusableFor(declaration, one, access) ?? []).map((one) => [one.service, one]),
  );
  const made = all
    .filter(({ backend }) => !lacking.has(keyOf(backend.service)))
    .map((one): MadeEntry => ({ ...one, entry: withCredential(declaration, one) }));
  const links = declaration.links?.(made) ?? new Map<string, DataMap>();
  const entries = made.map(({ name, entry }): [string, Data] => {
    const linked = links.get(name);
    return [name, linked ? compose(linked, entry) : entry];
  });
  return { file: { toolsets: Object.fromEntries(entries), mcp_servers: {} }, unusable: [...lacking.values()] };
}

function entryInputsOf(declaration: ConsumerDeclaration, backend: Candidate, access: CredentialPolicy): EntryInputs[] {
  const product = productOf(declaration, backend);
  if (product === null) return [];
  const found = credentialFor(backend, [backend.detector.id, product.kind, backend.toolset], access);
  const isInside = hasInsideCertificate(backend.endpoint, access.clusterDomain);
  return [
    {
      backend,
      product,
      name: nameOf(declaration, backend),
      credential: typeof found === 'string' ? {} : found,
      certificate: isInside ? access.certificates : null,
    },
  ];
}

/** Adds each part of the credential to the entry, where the consumer reads it. */
function withCredential(declaration: ConsumerDeclaration, one: EntryInputs): DataMap {
  const placed = Object.entries(one.credential).flatMap(([name, value]) => {
    const key = getOwn(declaration.credentials, name);
    return key?.at ? [placedAt(key.at, key.with ?? {}, value)] : [];
  });
  return [declaration.entryOf(one), ...placed].reduce((all, part) => compose(all, part) as DataMap);
}

function placedAt(at: Path, siblings: DataMap, value: CredentialConfig[string]): DataMap {
  const own = at.reduceRight<Data>((inner, step) => ({ [step]: inner }), value) as DataMap;
  return compose(siblings, own) as DataMap;
}

function unusableFor(declaration: ConsumerDeclaration, one: EntryInputs, access: CredentialPolicy): Unusable | null {
  const { backend, product, name } = one;
  const login = missingLogin(declaration, one);
  const why = login ?? untrustedCertificate(declaration, one, access);
  if (why === null) return null;
  const code = login === null ? 'CERTIFICATE_UNTRUSTED' : 'CREDENTIAL_MISSING';
  return unusable({ code, toolset: product.kind, service: keyOf(backend.service), entries: [name], why });
}

/** Why the backend would refuse the consumer's requests; `null` where it would not. */
function missingLogin(declaration: ConsumerDeclaration, { backend, product, credential }: EntryInputs): string | null {
  const { title, caKey, sendsHeaders, credentials } = declaration;
  const secrets = Object.keys(credential).filter(
    (key) => key !== caKey && getOwn(credentials, key)?.describes !== true,
  );
  if ((backend.needsCredential || product.needsCredential === true) && secrets.length === 0) return noCredential;
  return !sendsHeaders && asksForTenant(backend)
    ? `answers only with a tenant in a header, which ${title} does not send; put a gateway that adds it in front, and name that in overrides`
    : null;
}

/** Why the consumer would refuse the backend's certificate; `null` where it would not. */
function untrustedCertificate(
  { title, caKey, canSkipVerification }: ConsumerDeclaration,
  { backend, credential, certificate }: EntryInputs,
  { isTrusted }: CredentialPolicy,
): string | null {
  const hasCa =
    certificate === null || certificate === 'private' || (caKey !== null && Object.hasOwn(credential, caKey));
  if (hasCa || (certificate === 'unverified' && canSkipVerification)) return null;
  const skip = canSkipVerification ? ', or unverified' : '';
  const byKey = caKey === null ? '' : `, or ${caKey} in its credential`;
  const trust =
    caKey === null || isTrusted(backend.service.namespace) ? '' : ' and trust its namespace in spec.trust.namespaces';
  return `serves https with a certificate that ${title} does not trust; give it the cluster's CA and set certificates: private${skip}${byKey}${trust}`;
}

/**
 * Whether the store's answers, its custom resource or Git require a tenant. The entry point's
 * default header does not count.
 */
function asksForTenant({ needsTenant, store }: Candidate): boolean {
  return needsTenant === true || (store?.tenants.length ?? 0) > 0;
}

/**
 * Entries by name, without those that Git disables. Where `enabled` is a key of the consumer, disabled ones are printed
 * too: its default may be on, and values of an earlier release stay unless something replaces them.
 */
function shownOf({ fields }: ConsumerDeclaration, toolsets: DataMap): DataMap {
  const hasSwitch = Object.hasOwn(fields, 'enabled');
  const shown = Object.entries(toolsets).flatMap(([name, entry]): [string, Data][] =>
    isMap(entry) && (hasSwitch || entry.enabled !== false) ? [[name, entry]] : [],
  );
  return Object.fromEntries(shown.sort(compareEntries));
}
