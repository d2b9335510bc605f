import type { Candidate } from '../discovery/decision.ts';
import { isTrustworthy } from '../discovery/decision.ts';
import { keyOf } from '../lib/object-key.ts';
import type { Data, DataMap } from '../lib/json.ts';
import { isMap } from '../lib/json.ts';
import { formatLocation, warning } from '../lib/diagnostic.ts';
import type { Diagnostic } from '../lib/diagnostic.ts';
import type { Customizations, CustomizedToolsets } from './apply.ts';
import type { Consumer, Section, ToolsetFile } from '../consumers/consumer.ts';
import type { Path } from '../lib/json-pointer.ts';
import { redact, textsIn } from './credential-scopes.ts';
import type { Provenance } from './provenance.ts';
import { locationOf } from './provenance.ts';

export interface TrustInputs {
  readonly changes: Customizations;
  readonly admitted: readonly Candidate[];
  readonly isTrusted: (namespace: string) => boolean;
  readonly consumer: Consumer;
}

/**
 * Takes back what Git's changes would give to Services that are not trusted: a credential that ends up beside an
 * endpoint which was discovered. Where only some backends are trusted, those keep it, each for itself. An endpoint that
 * Git writes out is Git's own, whatever stands there. What counts is the outcome, however a patch moved things about.
 */
export function withholdCredentials(
  { final, trace }: CustomizedToolsets,
  { changes, admitted, isTrusted, consumer }: TrustInputs,
): { readonly file: ToolsetFile; readonly warnings: readonly Diagnostic[] } {
  const warnings: Diagnostic[] = [];
  const strangers = new Map<string, Candidate[]>();
  for (const candidate of admitted.filter((one) => !isTrustworthy(one, isTrusted))) {
    for (const name of consumer.entriesOf(candidate)) strangers.set(name, [...(strangers.get(name) ?? []), candidate]);
  }
  const kept = (section: Section): DataMap =>
    Object.fromEntries(
      Object.entries(final[section]).map(([name, entry]): [string, Data] => {
        const others = strangers.get(name);
        if (!others || !isMap(entry) || !trace.touches([section, name])) return [name, entry];
        const isStrange = strangeTexts(others, textsOfGit(changes, section, name));
        const { value, taken } = redact(entry, isStrange);
        if (taken.length > 0) warnings.push(withheld(name, taken, others, section, trace));
        return [name, value];
      }),
    );
  return { file: { toolsets: kept('toolsets'), mcp_servers: kept('mcp_servers') }, warnings };
}

/** A text that names a stranger's host, unless Git says exactly that. */
function strangeTexts(strangers: readonly Candidate[], written: ReadonlySet<string>): (text: string) => boolean {
  const hosts = strangers.map(({ endpoint }) => endpoint.host);
  return (text) => !written.has(text) && hosts.some((host) => text.includes(host));
}

/** Every text that Git writes into an entry; of patches those for any, for what they move can end up anywhere. */
function textsOfGit({ overrides, patches }: Customizations, section: Section, name: string): ReadonlySet<string> {
  const entries = overrides.map(({ sections }) => sections[section]?.[name] ?? null);
  const values = patches.flatMap((file) =>
    file.patches.flatMap(({ patch }) => patch.map((one) => ('value' in one ? (one.value as Data) : null))),
  );
  return new Set([...entries, ...values].flatMap(textsIn));
}

function withheld(
  name: string,
  taken: readonly Path[],
  strangers: readonly Candidate[],
  section: Section,
  trace: Provenance,
): Diagnostic {
  const named = taken.map((path) => {
    const source = trace.sourceOf([section, name, ...path]);
    const shown = (path[0] === 'config' ? path.slice(1) : path).join('.');
    return source ? `${shown} (${formatLocation(locationOf(source))})` : shown;
  });
  const services = strangers.map(({ service }) => keyOf(service)).join(', ');
  const namespaces = [...new Set(strangers.map(({ service }) => service.namespace))].join(', ');
  return warning(
    'CREDENTIAL_WITHHELD',
    `${name}: ${named.join(', ')} is not given to ${services}; to trust them add ${namespaces} to spec.trust.namespaces`,
  );
}
