import type {
  Consumer,
  CredentialPolicy,
  CustomizedEntry,
  Generated,
  LackingBackend,
  Repairs,
  Section,
  ToolsetFile,
  Unusable,
} from '../../consumers/consumer.ts';
import { sections } from '../../consumers/consumer.ts';
import type { Candidate } from '../../discovery/decision.ts';
import type { Data, DataMap } from '../../lib/json.ts';
import { getOwn, isMap } from '../../lib/json.ts';
import { keyOf } from '../../lib/object-key.ts';
import type { Customizations, CustomizedToolsets } from '../apply.ts';
import { applyCustomizations } from '../apply.ts';
import type { Basis } from './basis.ts';
import { CredentialGuard } from '../credentials/withhold-credentials.ts';
import type { Provenance } from '../provenance.ts';

/** Applies Git's files to the basis, enables what they repair, then adds the other backends. */
export function customize(
  basis: Basis,
  all: Generated,
  customizations: Customizations,
  consumer: Consumer,
  access: CredentialPolicy,
): CustomizedBackends {
  const changed = applyCustomizations(basis.generated.file, customizations, consumer, basis.isUntrusted);
  const { provenance } = changed;
  const entries = new CustomizedEntries({ basis, all, customizations, consumer, access, provenance });
  const joined = (section: Section): DataMap =>
    Object.fromEntries(
      Object.entries({ ...entries.added(section), ...changed.final[section] }).map(([name, entry]) => [
        name,
        entries.withAllBackends(section, name, entry),
      ]),
    );
  const final = { toolsets: joined('toolsets'), mcp_servers: joined('mcp_servers') };
  return { ...changed, final, unusable: entries.stillUnusable(final) };
}

/** Toolsets with Git's changes, and which backends can still not be used. */
export interface CustomizedBackends extends CustomizedToolsets {
  readonly unusable: readonly Unusable[];
}

interface EntryInputs {
  readonly basis: Basis;
  /** What is generated of all backends, those of the basis among them. */
  readonly all: Generated;
  readonly customizations: Customizations;
  readonly consumer: Consumer;
  readonly access: CredentialPolicy;
  /** Of the basis with Git's changes; gets where parts of it stand after the others have joined. */
  readonly provenance: Provenance;
}

/** Entries as Git changed them, with all of their backends. */
class CustomizedEntries {
  readonly #inputs: EntryInputs;
  readonly #repairs: RepairedBackends;

  constructor(inputs: EntryInputs) {
    this.#inputs = inputs;
    this.#repairs = new RepairedBackends(inputs);
  }

  /** Entries that backends beside the basis alone bring, and of which Git says nothing. */
  added(section: Section): DataMap {
    const { basis, all, provenance } = this.#inputs;
    const isAdded = ([name]: readonly [string, Data]): boolean =>
      getOwn(basis.generated.file[section], name) === undefined && !provenance.touches([section, name]);
    return Object.fromEntries(Object.entries(all.file[section]).filter(isAdded));
  }

  /** An entry that Git says nothing of is as it was generated of all; to one that it changed the others are added. */
  withAllBackends(section: Section, name: string, entry: Data): Data {
    const { basis, all, provenance } = this.#inputs;
    if (!provenance.touches([section, name])) return getOwn(all.file[section], name) ?? entry;
    const generated = getOwn(basis.generated.file[section], name);
    if (!basis.backends.has(name) || !isMap(generated) || !isMap(entry)) return entry;
    return this.#withOthers(section, name, generated, this.#enabled(section, name, generated, entry));
  }

  /** What was generated disabled is enabled where Git has given it what it lacked, unless Git says otherwise. */
  #enabled(section: Section, name: string, generated: DataMap, entry: DataMap): DataMap {
    const backends = this.#inputs.basis.backends.get(name)?.basis ?? [];
    const { isUsable } = this.#repairs.note(section, name, { generated, customized: entry }, backends);
    const isOurs = entry.enabled === false && !this.#isSwitched(section, name);
    return isUsable && isOurs ? { ...entry, enabled: true } : entry;
  }

  /** Whether Git says `enabled`, also where that is what was generated. */
  #isSwitched(section: Section, name: string): boolean {
    const { customizations, provenance } = this.#inputs;
    const isSaid = customizations.overrides.some(({ sections: written }) => {
      const entry = getOwn(written[section] ?? {}, name);
      return isMap(entry) && Object.hasOwn(entry, 'enabled');
    });
    return isSaid || provenance.sourceOf([section, name, 'enabled']) !== null;
  }

  /** Those beside the basis join, and of the basis those that an entry with others that work was generated without. */
  #withOthers(section: Section, name: string, generated: DataMap, customized: DataMap): DataMap {
    const { consumer, customizations, access, provenance } = this.#inputs;
    const { basis, others: beside } = this.#inputs.basis.backends.get(name) ?? { basis: [], others: [] };
    const leftOut = this.#repairs.lackingIn(name, basis).map(({ backend }) => backend);
    const others = [...(generated.enabled === false ? [] : leftOut), ...beside];
    if (others.length === 0) return customized;
    const isOverridden = (key: string): boolean => overridesList(customizations, section, name, key);
    const backends = { basis: basis.filter((one) => !others.includes(one)), others };
    const { entry, moved } = consumer.withOthers({ generated, customized, isOverridden }, backends, access);
    for (const { from, to } of moved) provenance.move([section, name, ...from], [section, name, ...to]);
    this.#repairs.note(section, name, { generated, customized: entry }, [...basis, ...beside]);
    return entry;
  }

  /** What cannot be used in an entry that is still there, and that Git has not repaired. */
  stillUnusable(final: ToolsetFile): readonly Unusable[] {
    return this.#repairs.stillUnusable(final);
  }
}

function overridesList({ overrides }: Customizations, section: Section, name: string, key: string): boolean {
  return overrides.some((layer) => {
    const entry = getOwn(layer.sections[section] ?? {}, name);
    return isMap(entry) && isMap(entry.config) && Object.hasOwn(entry.config, key);
  });
}

type Changed = Pick<CustomizedEntry, 'generated' | 'customized'>;

/** Which backends that could not be used Git has given what they lacked. */
class RepairedBackends {
  readonly #all: Generated;
  readonly #consumer: Consumer;
  readonly #access: CredentialPolicy;
  readonly #guard: CredentialGuard;
  /** `name`, and `namespace/name` of a Service that can be used in that entry after all. */
  readonly #repaired = new Set<string>();

  constructor({ basis, all, customizations, consumer, access }: EntryInputs) {
    this.#all = all;
    this.#consumer = consumer;
    this.#access = access;
    const admitted = [...new Set([...basis.backends.values()].flatMap((one) => [...one.basis, ...one.others]))];
    this.#guard = new CredentialGuard({ customizations, admitted, isTrusted: access.isTrusted, consumer });
  }

  /** Remembers which of the backends the entry serves, without the credentials that it must not give them. */
  note(section: Section, name: string, { generated, customized }: Changed, backends: readonly Candidate[]): Repairs {
    const visible = this.#guard.redact(section, name, customized).value;
    const lacking = this.lackingIn(name, backends);
    const repairs = this.#consumer.repairsOf({ generated, customized: visible }, lacking, this.#access);
    for (const { service } of repairs.repaired) this.#repaired.add(`${name} ${service}`);
    return repairs;
  }

  lackingIn(name: string, backends: readonly Candidate[]): LackingBackend[] {
    return this.#all.unusable.flatMap((unusable) => {
      const backend = backends.find(({ service }) => keyOf(service) === unusable.service);
      return backend && unusable.entries.includes(name) ? [{ unusable, backend }] : [];
    });
  }

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
