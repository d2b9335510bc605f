import type { Candidate } from '../../discovery/decision.ts';
import { matchesPattern } from '../../discovery/match/glob.ts';
import type { Consumer, CredentialPolicy, EntryBackends, Generated } from '../../consumers/consumer.ts';
import { fileOf } from '../../consumers/consumer.ts';
import type { Customizations } from '../apply.ts';

/**
 * What Git's files refer to: the toolsets without backends that an untrusted author could add. Otherwise one more
 * Service would turn `config` into `instances`, and a patch would no longer apply.
 */
export interface Basis {
  readonly generated: Generated;
  /** By name of each entry that has backends. */
  readonly backends: ReadonlyMap<string, EntryBackends>;
  /** Whether an entry has, or could have, only untrusted backends, provided that trust is restricted at all. */
  readonly isUntrusted: (name: string) => boolean;
}

/** What turns backends into entries, and what Git and the policy say about them. */
export interface EntryInputs {
  readonly customizations: Customizations;
  readonly consumer: Consumer;
  readonly access: CredentialPolicy;
}

/**
 * Takes the trusted backends of each entry; if there are none, the first backend, or all of them if
 * a patch targets a list of several. `hasTrust`: whether the settings restrict trust at all.
 */
export function basisOf(
  admitted: readonly Candidate[],
  { customizations: { patches }, consumer, access }: EntryInputs,
  hasTrust: boolean,
): Basis {
  const isTrusted = ({ service }: Candidate): boolean => access.isTrusted(service.namespace);
  const severalTargets = targetsAboutSeveral(patches);
  const backends = new Map<string, EntryBackends>();
  for (const group of Map.groupBy(admitted, (one) => consumer.entriesOf(one).join(' ')).values()) {
    const names = group.slice(0, 1).flatMap(consumer.entriesOf);
    const trusted = group.filter(isTrusted);
    const untrusted = names.some((name) => matchesPattern(severalTargets, name)) ? group : group.slice(0, 1);
    const basis = trusted.length > 0 ? trusted : untrusted;
    const others = group.filter((one) => !basis.includes(one));
    for (const name of names) backends.set(name, { basis, others });
  }
  const kept = new Set([...backends.values()].flatMap(({ basis }) => basis));
  return {
    generated: consumer.generate(
      admitted.filter((one) => kept.has(one)),
      access,
    ),
    backends,
    isUntrusted: (name) => {
      const known = backends.get(name);
      return hasTrust && (known ? !known.basis.some(isTrusted) : consumer.isDiscoverable(name));
    },
  };
}

/** `instances`, or any item but the first of another list. */
const severalPath = /^\/config\/(?:instances|[^/]+\/(?:-|[1-9]\d*))(?:\/|$)/;

function targetsAboutSeveral(patches: Customizations['patches']): string[] {
  return patches
    .flatMap((file) => file.patches)
    .filter(({ patch }) =>
      patch.some((one) => severalPath.test(one.path) || ('from' in one && severalPath.test(one.from))),
    )
    .map(({ target }) => target);
}

/** The basis without entries that have only untrusted backends: only this part decides whether generation succeeds. */
export function trustedPartOf(basis: Basis): Basis {
  if (![...basis.backends.keys()].some(basis.isUntrusted)) return basis;
  const { generated } = basis;
  const file = fileOf((section) =>
    Object.fromEntries(Object.entries(generated.file[section]).filter(([name]) => !basis.isUntrusted(name))),
  );
  return { ...basis, generated: { ...generated, file } };
}
