import type { Candidate } from '../../../discovery/decision.ts';
import type { Data, DataMap } from '../../../lib/json.ts';
import { getOwn, isMap } from '../../../lib/json.ts';
import { isCredential } from '../../../secrets/key-names.ts';
import type { CredentialConfig } from '../../../settings/schema/credentials.ts';
import type { CredentialPolicy } from '../../consumer.ts';
import { credentialFor } from '../../credential-rules.ts';
import type { CredentialLack } from '../../credential-rules.ts';
import type { CredentialKeys } from './keys.ts';
import { credentialKeys, nameIn, partnerOf } from './keys.ts';
import { entriesOf, toolsetSpecOf } from '../toolset-specs.ts';

/** A credential as placed in an entry: in the backend's own part, and beside the list that contains the backend. */
export interface PlacedCredential {
  readonly own: DataMap;
  readonly shared: DataMap;
}

const emptyCredential: PlacedCredential = { own: {}, shared: {} };

/** The release that entries are written for, and what they may contain. */
export interface ReleasePolicy {
  readonly minor: number;
  readonly access: CredentialPolicy;
}

/** The credential that the settings give to a backend, with the release's key names. */
export function credentialOf(backend: Candidate, { minor, access }: ReleasePolicy): PlacedCredential {
  const found = credentialFor(backend, namesOf(backend), access);
  return typeof found === 'string' ? emptyCredential : placed(found, backend, minor);
}

/** Why the backend gets no credential that the release would send; `null` where it gets one. */
export function credentialLack(backend: Candidate, { minor, access }: ReleasePolicy): CredentialLack | null {
  const found = credentialFor(backend, namesOf(backend), access);
  if (typeof found === 'string') return found;
  if (toolsetSpecOf(backend).kind === 'none') return null;
  const { own, shared } = placed(found, backend, minor);
  return sendsCredential({ ...shared, ...own }) ? null : 'none';
}

/** Name of the backend's list in the settings, when no rule in it matches; `null` where there is no list. */
export function rulesFor(backend: Candidate, { credentials }: CredentialPolicy): string | null {
  const name = namesOf(backend).find((one) => Object.hasOwn(credentials, one));
  return name !== undefined && Array.isArray(getOwn(credentials, name)) ? name : null;
}

/** Names that the settings may use for the credential. The detector comes first, except for an annotated toolset. */
function namesOf({ toolset, detector }: Candidate): readonly string[] {
  const names = [toolset, ...entriesOf(toolset)];
  return detector.toolset === toolset ? [detector.id, ...names] : [...names, detector.id];
}

/** Whether HolmesGPT sends something that identifies the caller: half of a pair does not count. */
export function sendsCredential(config: DataMap): boolean {
  return Object.entries(config).some(([key, value]) => {
    if (key.endsWith('headers')) return isMap(value) && Object.keys(value).length > 0;
    if (key === 'connection_url') return typeof value === 'string' && /\{\{|:\/\/[^/]*@/.test(value);
    const partner = partnerOf(key);
    return isCredential(key, value) && (partner === null || getOwn(config, partner) !== undefined);
  });
}

function placed(config: CredentialConfig, backend: Candidate, minor: number): PlacedCredential {
  const spec = toolsetSpecOf(backend);
  const keys = credentialKeys(backend.toolset, spec, minor);
  if (!keys) return emptyCredential;
  const named = (known: CredentialKeys['own']): DataMap =>
    Object.fromEntries(
      Object.entries(config).flatMap(([key, value]): [string, Data][] => {
        const name = nameIn(known, keys.all, key);
        return name === null ? [] : [[name, value]];
      }),
    );
  const own = named(keys.own);
  return { own: spec.kind === 'http' ? authOf(own) : own, shared: named(keys.shared) };
}

/** `auth` of an endpoint. A header of one endpoint is its login, as headers beside the endpoints go to all of them. */
function authOf({ default_headers: headers, ...auth }: DataMap): DataMap {
  const [header] = isMap(headers) ? Object.entries(headers) : [];
  const own: DataMap = header && Object.keys(auth).length === 0 ? { name: header[0], value: header[1] } : auth;
  // Without a type HolmesGPT sends nothing.
  return Object.keys(own).length === 0 ? {} : { type: authTypeOf(own), ...own };
}

function authTypeOf(auth: DataMap): string {
  if ('token' in auth) return 'bearer';
  return 'value' in auth ? 'header' : 'basic';
}
