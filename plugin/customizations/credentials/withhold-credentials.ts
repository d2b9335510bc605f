import type { Candidate } from '../../discovery/decision.ts';
import { isTrustworthy } from '../../discovery/decision.ts';
import { inTurns } from '../../discovery/ranking.ts';
import { keyOf } from '../../lib/object-key.ts';
import type { Data, DataMap } from '../../lib/json.ts';
import { getOwn, isMap } from '../../lib/json.ts';
import { formatLocation, warning } from '../../lib/diagnostic.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import type { Customizations, CustomizedToolsets } from '../apply.ts';
import type { Consumer, Section, ToolsetFile } from '../../consumers/consumer.ts';
import type { Path } from '../../lib/json-pointer.ts';
import type { PatchFile } from '../patches/patches.ts';
import { redact, textsIn } from './credential-scopes.ts';
import type { Provenance } from '../provenance.ts';
import { locationOf } from '../provenance.ts';

export interface TrustInputs {
  readonly customizations: Customizations;
  readonly admitted: readonly Candidate[];
  readonly isTrusted: (namespace: string) => boolean;
  readonly consumer: Consumer;
}

/**
 * Removes credentials that Git's customizations would give to Services that are not trusted: those that end up beside a
 * discovered endpoint. Where only some backends are trusted, each of those keeps it. An endpoint that Git writes out may
 * have any credential. The final toolsets decide, however a patch has moved their parts.
 */
export function withholdCredentials(
  { final, provenance }: CustomizedToolsets,
  { customizations, admitted, isTrusted, consumer }: TrustInputs,
): { readonly file: ToolsetFile; readonly warnings: readonly Diagnostic[] } {
  const warnings: Diagnostic[] = [];
  const untrusted = new Map<string, Candidate[]>();
  for (const candidate of admitted.filter((one) => !isTrustworthy(one, isTrusted))) {
    for (const name of consumer.entriesOf(candidate)) untrusted.set(name, [...(untrusted.get(name) ?? []), candidate]);
  }
  const ofPatches = new Set(customizations.patches.flatMap(valuesOf).flatMap(textsIn));
  const kept = (section: Section): DataMap =>
    Object.fromEntries(
      Object.entries(final[section]).map(([name, entry]): [string, Data] => {
        const others = untrusted.get(name);
        if (!others || !isMap(entry) || !provenance.touches([section, name])) return [name, entry];
        const isUntrusted = untrustedTexts(others, [ofPatches, textsOfOverrides(customizations, section, name)]);
        const { value, taken } = redact(entry, isUntrusted);
        if (taken.length > 0) warnings.push(withheld(name, taken, others, section, provenance));
        return [name, value];
      }),
    );
  return { file: { toolsets: kept('toolsets'), mcp_servers: kept('mcp_servers') }, warnings };
}

/** Matches a text with the host of an untrusted backend, unless Git has exactly that text. Remembers each text. */
function untrustedTexts(
  untrusted: readonly Candidate[],
  written: readonly ReadonlySet<string>[],
): (text: string) => boolean {
  const hosts = [...new Set(untrusted.map(({ endpoint }) => endpoint.host))];
  const known = new Map<string, boolean>();
  return (text) => {
    const isUntrusted =
      known.get(text) ?? (!written.some((texts) => texts.has(text)) && hosts.some((host) => text.includes(host)));
    known.set(text, isUntrusted);
    return isUntrusted;
  };
}

function textsOfOverrides({ overrides }: Customizations, section: Section, name: string): ReadonlySet<string> {
  return new Set(overrides.flatMap(({ sections }) => textsIn(getOwn(sections[section] ?? {}, name) ?? null)));
}

/** Of the patches for any entry: what they move can end up anywhere. */
function valuesOf({ patches }: PatchFile): Data[] {
  return patches.flatMap(({ patch }) => patch.flatMap((one) => ('value' in one ? [one.value] : [])));
}

/** So many Services and namespaces are named, the namespaces in turns. */
const maxNamed = 10;

function listed(names: readonly string[]): string {
  const more = names.length - maxNamed;
  return `${names.slice(0, maxNamed).join(', ')}${more > 0 ? ` and ${String(more)} more` : ''}`;
}

function withheld(
  name: string,
  taken: readonly Path[],
  untrusted: readonly Candidate[],
  section: Section,
  provenance: Provenance,
): Diagnostic {
  const named = taken.map((path) => {
    const source = provenance.sourceOf([section, name, ...path]);
    const shown = (path[0] === 'config' ? path.slice(1) : path).join('.');
    return source ? `${shown} (${formatLocation(locationOf(source))})` : shown;
  });
  const services = listed(inTurns(untrusted).map(({ service }) => keyOf(service)));
  const namespaces = listed([...new Set(untrusted.map(({ service }) => service.namespace))]);
  return warning(
    'CREDENTIAL_WITHHELD',
    `${name}: ${named.join(', ')} is not given to ${services}; to trust them add ${namespaces} to spec.trust.namespaces`,
  );
}
