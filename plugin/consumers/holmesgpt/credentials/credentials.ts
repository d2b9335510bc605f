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
import type { ToolsetSpec } from '../toolset-specs.ts';
import { entriesOf } from '../toolset-specs.ts';

/** A credential as an entry holds it: in what is the backend's own, and beside the list that the backend stands in. */
export interface PlacedCredential {
  readonly own: DataMap;
  readonly beside: DataMap;
}

const nothing: PlacedCredential = { own: {}, beside: {} };

/** What the settings give to a backend, under the names that the keys have in the release. */
export function credentialOf(
  backend: Candidate,
  spec: ToolsetSpec,
  minor: number,
  access: CredentialPolicy,
): PlacedCredential {
  const found = credentialFor(backend, namesOf(backend), access);
  return typeof found === 'string' ? nothing : placed(found, backend.toolset, spec, minor);
}

/** Why the backend is given none that the release sends; `null` where it is given one. */
export function credentialLack(
  backend: Candidate,
  spec: ToolsetSpec,
  minor: number,
  access: CredentialPolicy,
): CredentialLack | null {
  const found = credentialFor(backend, namesOf(backend), access);
  if (typeof found === 'string') return found;
  if (spec.kind === 'none') return null;
  const { own, beside } = placed(found, backend.toolset, spec, minor);
  return sendsCredential({ ...beside, ...own }) ? null : 'none';
}

/** The name under which the settings have a list for the backend, of which none fits; `null` where they have no list. */
export function rulesFor(backend: Candidate, { credentials }: CredentialPolicy): string | null {
  const name = namesOf(backend).find((one) => Object.hasOwn(credentials, one));
  return name !== undefined && Array.isArray(getOwn(credentials, name)) ? name : null;
}

/** Names under which the settings may have a credential: a detector's own toolset is less than the detector. */
function namesOf({ toolset, detector }: Candidate): readonly string[] {
  const names = [toolset, ...entriesOf(toolset)];
  return detector.toolset === toolset ? [detector.id, ...names] : [...names, detector.id];
}

/** Whether HolmesGPT sends something of it to the backend that tells who asks: half of a pair is nothing. */
export function sendsCredential(config: DataMap): boolean {
  return Object.entries(config).some(([key, value]) => {
    if (key.endsWith('headers')) return isMap(value) && Object.keys(value).length > 0;
    if (key === 'connection_url') return typeof value === 'string' && /\{\{|:\/\/[^/]*@/.test(value);
    const partner = partnerOf(key);
    return isCredential(key, value) && (partner === null || getOwn(config, partner) !== undefined);
  });
}

function placed(config: CredentialConfig, toolset: string, spec: ToolsetSpec, minor: number): PlacedCredential {
  const keys = credentialKeys(toolset, spec, minor);
  if (!keys) return nothing;
  const named = (known: CredentialKeys['own']): DataMap =>
    Object.fromEntries(
      Object.entries(config).flatMap(([key, value]): [string, Data][] => {
        const name = nameIn(known, keys.all, key);
        return name === null ? [] : [[name, value]];
      }),
    );
  const own = named(keys.own);
  return { own: spec.kind === 'http' ? authOf(own) : own, beside: named(keys.beside) };
}

/** `auth` of an endpoint. Headers beside the endpoints would go to all of them: one of an endpoint's own is its login. */
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
