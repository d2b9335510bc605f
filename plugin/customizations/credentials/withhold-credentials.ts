import type { Candidate } from '../../discovery/decision.ts';
import { isTrustworthy } from '../../discovery/decision.ts';
import { roundRobin } from '../../discovery/selection/ranking.ts';
import { keyOf } from '../../lib/object-key.ts';
import type { Data, DataMap, Path } from '../../lib/json.ts';
import { getOwn, isMap } from '../../lib/json.ts';
import { formatLocation, warning } from '../../lib/diagnostic.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import type { Customizations, CustomizedToolsets } from '../apply.ts';
import type { Consumer, Section, ToolsetFile } from '../../consumers/consumer.ts';
import { fileOf } from '../../consumers/consumer.ts';
import { shortened } from '../../lib/messages/text.ts';
import type { PatchFile } from '../patches/patches.ts';
import type { Redaction } from './credential-scopes.ts';
import { redact, textsIn } from './credential-scopes.ts';
import type { Provenance } from '../provenance.ts';
import { locationOf } from '../provenance.ts';

export interface TrustInputs {
  readonly customizations: Customizations;
  readonly admitted: readonly Candidate[];
  readonly isTrusted: (namespace: string) => boolean;
  readonly consumer: Pick<Consumer, 'entriesOf'>;
}

/**
 * Removes credentials that Git's customizations would give to untrusted Services: those that end up beside a discovered
 * endpoint. Where only some backends are trusted, these keep the credential. An endpoint written out in Git may have
 * any credential. The final toolsets decide, even if patches have moved their parts.
 */
export function withholdCredentials(
  { final, provenance }: Pick<CustomizedToolsets, 'final' | 'provenance'>,
  inputs: TrustInputs,
): { readonly file: ToolsetFile; readonly warnings: readonly Diagnostic[] } {
  const warnings: Diagnostic[] = [];
  const guard = new CredentialGuard(inputs);
  const file = fileOf((section) =>
    Object.fromEntries(
      Object.entries(final[section]).map(([name, entry]): [string, Data] => {
        if (!isMap(entry) || !provenance.touches([section, name])) return [name, entry];
        const { value, taken } = guard.redact(section, name, entry);
        const others = guard.untrustedOf(name);
        if (taken.length > 0) warnings.push(withheld([section, name], taken, others, provenance));
        return [name, value];
      }),
    ),
  );
  return { file, warnings };
}

/** What entries changed by Git may contain, given the trust in their backends. */
export class CredentialGuard {
  readonly #customizations: Customizations;
  readonly #untrusted = new Map<string, Candidate[]>();
  #ofPatches: ReadonlySet<string> | null = null;

  constructor({ customizations, admitted, isTrusted, consumer }: TrustInputs) {
    this.#customizations = customizations;
    for (const candidate of admitted.filter((one) => !isTrustworthy(one, isTrusted))) {
      for (const name of consumer.entriesOf(candidate)) {
        const known = this.#untrusted.get(name);
        if (known) known.push(candidate);
        else this.#untrusted.set(name, [candidate]);
      }
    }
  }

  /** The untrusted backends of an entry. */
  untrustedOf(name: string): readonly Candidate[] {
    return this.#untrusted.get(name) ?? [];
  }

  /** The entry without the credentials that untrusted backends would get. */
  redact(section: Section, name: string, entry: DataMap): Redaction {
    const others = this.untrustedOf(name);
    if (others.length === 0) return { value: entry, taken: [] };
    this.#ofPatches ??= new Set(this.#customizations.patches.flatMap(valuesOf).flatMap(textsIn));
    const written = [this.#ofPatches, textsOfOverrides(this.#customizations, section, name)];
    return redact(entry, untrustedTexts(others, written));
  }
}

/** Matches strings with the host of an untrusted backend, unless Git has exactly that string. Results are cached. */
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

/** Values in patches for any entry, because patches can move them anywhere. */
function valuesOf({ patches }: PatchFile): Data[] {
  return patches.flatMap(({ patch }) => patch.flatMap((one) => ('value' in one ? [one.value] : [])));
}

/** Maximum number of Services and namespaces to name; namespaces take turns. */
const maxNamed = 10;

function listed(names: readonly string[]): string {
  return shortened(names, maxNamed).join(', ');
}

function withheld(
  entry: readonly [section: Section, name: string],
  taken: readonly Path[],
  untrusted: readonly Candidate[],
  provenance: Provenance,
): Diagnostic {
  const [, name] = entry;
  const named = taken.map((path) => {
    const source = provenance.sourceOf([...entry, ...path]);
    const shown = (path[0] === 'config' ? path.slice(1) : path).join('.');
    return source ? `${shown} (${formatLocation(locationOf(source))})` : shown;
  });
  const services = listed(roundRobin(untrusted).map(({ service }) => keyOf(service)));
  const namespaces = listed([...new Set(untrusted.map(({ service }) => service.namespace))]);
  return warning(
    'CREDENTIAL_WITHHELD',
    `${name}: ${named.join(', ')} is not given to ${services}; to trust them add ${namespaces} to spec.trust.namespaces`,
  );
}
