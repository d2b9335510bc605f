import type { Candidate } from '../discovery/decision.ts';
import { matchesPattern } from '../discovery/match/glob.ts';
import { getOwn, isMap } from '../lib/json.ts';
import type { Data, DataMap } from '../lib/json.ts';
import { keyOf } from '../lib/object-key.ts';
import type {
  Consumer,
  CredentialPolicy,
  CustomizedEntry,
  EntryBackends,
  Generated,
  LackingBackend,
  Repairs,
  Section,
  ToolsetFile,
  Unusable,
} from '../consumers/consumer.ts';
import { sections } from '../consumers/consumer.ts';
import { CredentialGuard } from './credentials/withhold-credentials.ts';
import type { Provenance } from './provenance.ts';
import type { Customizations, CustomizedToolsets } from './apply.ts';
import { applyCustomizations } from './apply.ts';

/**
 * What Git's files are written against: the toolsets without backends that an untrusted author could add. Otherwise one
 * more Service would turn `config` into `instances`, and a patch would no longer apply.
 */
export interface Basis {
  readonly generated: Generated;
  /** By the name of each entry that has backends. */
  readonly backends: ReadonlyMap<string, EntryBackends>;
  /** Whether an entry has, or could have, untrusted backends alone, where trust tells them from others. */
  readonly isUntrusted: (name: string) => boolean;
}

/**
 * Of each entry its trusted backends; where there is none, the first one, or all of them if a patch is about a list of
 * several.
 */
export function basisOf(
  admitted: readonly Candidate[],
  { patches }: Customizations,
  consumer: Consumer,
  access: CredentialPolicy,
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

/** `instances`, or an item of another list after the first one. */
const severalPath = /^\/config\/(?:instances|[^/]+\/(?:-|[1-9]\d*))(?:\/|$)/;

function targetsAboutSeveral(patches: Customizations['patches']): string[] {
  return patches
    .flatMap((file) => file.patches)
    .filter(({ patch }) =>
      patch.some((one) => severalPath.test(one.path) || ('from' in one && severalPath.test(one.from))),
    )
    .map(({ target }) => target);
}

/** Applies Git's files to the basis, enables what they repair, then adds the other backends. */
export function customize(
  basis: Basis,
  all: Generated,
  customizations: Customizations,
  consumer: Consumer,
  access: CredentialPolicy,
): CustomizedBackends {
  const changed = applyCustomizations(basis.generated.file, customizations, consumer, basis.isUntrusted);
  const joining = new Joining(basis, all, customizations, consumer, access, changed.provenance);
  const joined = (section: Section): DataMap =>
    Object.fromEntries(
      Object.entries({ ...joining.added(section), ...changed.final[section] }).map(([name, entry]) => [
        name,
        joining.join(section, name, entry),
      ]),
    );
  const final = { toolsets: joined('toolsets'), mcp_servers: joined('mcp_servers') };
  return { ...changed, final, unusable: joining.stillUnusable(final) };
}

/** Toolsets with Git's changes, and which backends can still not be used. */
export interface CustomizedBackends extends CustomizedToolsets {
  readonly unusable: readonly Unusable[];
}

/** Entries as Git changed them, with all of their backends. */
class Joining {
  readonly #basis: Basis;
  readonly #all: Generated;
  readonly #customizations: Customizations;
  readonly #consumer: Consumer;
  readonly #access: CredentialPolicy;
  readonly #provenance: Provenance;
  readonly #guard: CredentialGuard;
  /** `name`, and `namespace/name` of a Service that can be used in that entry after all. */
  readonly #repaired = new Set<string>();

  constructor(
    basis: Basis,
    all: Generated,
    customizations: Customizations,
    consumer: Consumer,
    access: CredentialPolicy,
    provenance: Provenance,
  ) {
    this.#basis = basis;
    this.#all = all;
    this.#customizations = customizations;
    this.#consumer = consumer;
    this.#access = access;
    this.#provenance = provenance;
    const admitted = [...new Set([...basis.backends.values()].flatMap((one) => [...one.basis, ...one.others]))];
    this.#guard = new CredentialGuard({ customizations, admitted, isTrusted: access.isTrusted, consumer });
  }

  /** Entries that other backends alone bring, and of which Git says nothing. */
  added(section: Section): DataMap {
    const isAdded = ([name]: readonly [string, Data]): boolean =>
      getOwn(this.#basis.generated.file[section], name) === undefined && !this.#provenance.touches([section, name]);
    return Object.fromEntries(Object.entries(this.#all.file[section]).filter(isAdded));
  }

  join(section: Section, name: string, entry: Data): Data {
    const backends = this.#basis.backends.get(name);
    if (!this.#provenance.touches([section, name])) return getOwn(this.#all.file[section], name) ?? entry;
    if (!backends) return entry;
    const generated = getOwn(this.#basis.generated.file[section], name);
    if (!isMap(generated) || !isMap(entry)) return entry;
    const customized = this.#enabled(section, name, generated, entry);
    const leftOut = this.#lackingIn(name, backends.basis).map(({ backend }) => backend);
    const others = [...(generated.enabled === false ? [] : leftOut), ...backends.others];
    if (others.length === 0) return customized;
    const isOverridden = (key: string): boolean => overridesList(this.#customizations, section, name, key);
    const joinable = { basis: backends.basis.filter((one) => !others.includes(one)), others };
    const result = this.#consumer.withOthers({ generated, customized, isOverridden }, joinable, this.#access);
    for (const { from, to } of result.moved) this.#provenance.move([section, name, ...from], [section, name, ...to]);
    this.#note(section, name, { generated, customized: result.entry }, [...backends.basis, ...backends.others]);
    return result.entry;
  }

  /** What was generated disabled is enabled where Git has given it what it lacked, unless Git says otherwise. */
  #enabled(section: Section, name: string, generated: DataMap, entry: DataMap): DataMap {
    const { isUsable } = this.#note(section, name, { generated, customized: entry }, this.#basisOf(name));
    const isOurs = entry.enabled === false && !this.#isSwitched(section, name);
    return isUsable && isOurs ? { ...entry, enabled: true } : entry;
  }

  /** Whether Git says `enabled`, also where that is what was generated. */
  #isSwitched(section: Section, name: string): boolean {
    const isSaid = this.#customizations.overrides.some(({ sections: written }) => {
      const entry = getOwn(written[section] ?? {}, name);
      return isMap(entry) && Object.hasOwn(entry, 'enabled');
    });
    return isSaid || this.#provenance.sourceOf([section, name, 'enabled']) !== null;
  }

  #basisOf(name: string): readonly Candidate[] {
    return this.#basis.backends.get(name)?.basis ?? [];
  }

  /** Remembers which of the backends the entry serves, without the credentials that it must not give them. */
  #note(section: Section, name: string, { generated, customized }: Changed, backends: readonly Candidate[]): Repairs {
    const visible = this.#guard.redact(section, name, customized).value;
    const lacking = this.#lackingIn(name, backends);
    const repairs = this.#consumer.repairsOf({ generated, customized: visible }, lacking, this.#access);
    for (const { service } of repairs.repaired) this.#repaired.add(`${name} ${service}`);
    return repairs;
  }

  #lackingIn(name: string, backends: readonly Candidate[]): LackingBackend[] {
    return this.#all.unusable.flatMap((unusable) => {
      const backend = backends.find(({ service }) => keyOf(service) === unusable.service);
      return backend && unusable.entries.includes(name) ? [{ unusable, backend }] : [];
    });
  }

  /** What cannot be used in an entry that is still there, and that Git has not repaired. */
  stillUnusable(final: ToolsetFile): readonly Unusable[] {
    return this.#all.unusable.flatMap((one) => {
      const isRemoved = (name: string): boolean =>
        sections.some(
          (section) => Object.hasOwn(this.#all.file[section], name) && !Object.hasOwn(final[section], name),
        );
      const isLeft = (name: string): boolean => !this.#repaired.has(`${name} ${one.service}`) && !isRemoved(name);
      const entries = one.entries.filter(isLeft);
      if (entries.length === one.entries.length) return [one];
      const message = `${entries.join(', ')}: ${one.service} ${one.why}`;
      return entries.length === 0 ? [] : [{ ...one, entries, message }];
    });
  }
}

type Changed = Pick<CustomizedEntry, 'generated' | 'customized'>;

function overridesList({ overrides }: Customizations, section: Section, name: string, key: string): boolean {
  return overrides.some((layer) => {
    const entry = getOwn(layer.sections[section] ?? {}, name);
    return isMap(entry) && isMap(entry.config) && Object.hasOwn(entry.config, key);
  });
}

/** The basis without entries that untrusted backends alone bring: whether generation succeeds is decided by this. */
export function trustedPartOf(basis: Basis): Basis {
  if (![...basis.backends.keys()].some(basis.isUntrusted)) return basis;
  const part = (entries: DataMap): DataMap =>
    Object.fromEntries(Object.entries(entries).filter(([name]) => !basis.isUntrusted(name)));
  const { toolsets, mcp_servers: servers } = basis.generated.file;
  const file: ToolsetFile = { toolsets: part(toolsets), mcp_servers: part(servers) };
  return { ...basis, generated: { ...basis.generated, file } };
}
