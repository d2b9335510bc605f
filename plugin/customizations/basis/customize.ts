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
import { fileOf, sections } from '../../consumers/consumer.ts';
import type { Candidate } from '../../discovery/decision.ts';
import type { Data, DataMap } from '../../lib/json.ts';
import { getOwn, isMap } from '../../lib/json.ts';
import { keyOf } from '../../lib/object-key.ts';
import type { Customizations, CustomizedToolsets } from '../apply.ts';
import { applyCustomizations } from '../apply.ts';
import type { Basis, EntryInputs } from './basis.ts';
import { CredentialGuard } from '../credentials/withhold-credentials.ts';
import type { Provenance } from '../provenance.ts';

/** Applies Git's files to the basis, enables entries that they repair, then adds the other backends. */
export function customize(basis: Basis, all: Generated, inputs: EntryInputs): CustomizedBackends {
  const { customizations, consumer } = inputs;
  const changed = applyCustomizations(basis.generated.file, customizations, consumer, basis.isUntrusted);
  const { provenance } = changed;
  const entries = new CustomizedEntries({ ...inputs, basis, all, provenance });
  const customized = fileOf((section) =>
    Object.fromEntries(
      Object.entries({ ...entries.added(section), ...changed.final[section] }).map(([name, entry]) => [
        name,
        entries.withAllBackends(section, name, entry),
      ]),
    ),
  );
  const final = consumer.completed?.(customized, all.file) ?? customized;
  return { ...changed, final, unusable: entries.stillUnusable(final) };
}

/** Toolsets with Git's changes, and the backends that remain unusable. */
export interface CustomizedBackends extends CustomizedToolsets {
  readonly unusable: readonly Unusable[];
}

interface CustomizedInputs extends EntryInputs {
  readonly basis: Basis;
  /** Generated from all backends, including those of the basis. */
  readonly all: Generated;
  /** Provenance of the basis with Git's changes; updated when parts move as other backends are added. */
  readonly provenance: Provenance;
}

/** Entries changed by Git, with all of their backends. */
class CustomizedEntries {
  readonly #inputs: CustomizedInputs;
  readonly #repairs: RepairedBackends;

  constructor(inputs: CustomizedInputs) {
    this.#inputs = inputs;
    this.#repairs = new RepairedBackends(inputs);
  }

  /** Entries whose backends are all outside the basis, and that Git does not mention. */
  added(section: Section): DataMap {
    const { basis, all, provenance } = this.#inputs;
    const isAdded = ([name]: readonly [string, Data]): boolean =>
      getOwn(basis.generated.file[section], name) === undefined && !provenance.touches([section, name]);
    return Object.fromEntries(Object.entries(all.file[section]).filter(isAdded));
  }

  /** An entry that Git does not change is generated from all backends; to a changed one, the others are added. */
  withAllBackends(section: Section, name: string, entry: Data): Data {
    const { basis, all, provenance } = this.#inputs;
    if (!provenance.touches([section, name])) return getOwn(all.file[section], name) ?? entry;
    const generated = getOwn(basis.generated.file[section], name);
    if (!basis.backends.has(name) || !isMap(generated) || !isMap(entry)) return entry;
    return this.#withOthers(section, name, generated, this.#enabled(section, name, generated, entry));
  }

  /** Enables an entry that was generated disabled, if Git adds what was missing and does not set `enabled`. */
  #enabled(section: Section, name: string, generated: DataMap, entry: DataMap): DataMap {
    const backends = this.#inputs.basis.backends.get(name)?.basis ?? [];
    const { isUsable } = this.#repairs.note(section, name, { generated, customized: entry }, backends);
    const isOurs = entry.enabled === false && !this.#isSwitched(section, name);
    return isUsable && isOurs ? { ...entry, enabled: true } : entry;
  }

  /** Whether Git sets `enabled`, even to the generated value. */
  #isSwitched(section: Section, name: string): boolean {
    const { customizations, provenance } = this.#inputs;
    const isSetInOverrides = customizations.overrides.some(({ sections: written }) => {
      const entry = getOwn(written[section] ?? {}, name);
      return isMap(entry) && Object.hasOwn(entry, 'enabled');
    });
    return isSetInOverrides || provenance.sourceOf([section, name, 'enabled']) !== null;
  }

  /** Adds the backends outside the basis, and those of the basis that were left out beside others that work. */
  #withOthers(section: Section, name: string, generated: DataMap, customized: DataMap): DataMap {
    const { consumer, customizations, access, provenance } = this.#inputs;
    const { basis, others: outsideBasis } = this.#inputs.basis.backends.get(name) ?? { basis: [], others: [] };
    const leftOut = this.#repairs.lackingIn(name, basis).map(({ backend }) => backend);
    const others = [...(generated.enabled === false ? [] : leftOut), ...outsideBasis];
    if (others.length === 0) return customized;
    const isOverridden = (key: string): boolean => overridesList(customizations, section, name, key);
    const backends = { basis: basis.filter((one) => !others.includes(one)), others };
    const { entry, moved } = consumer.withOthers({ generated, customized, isOverridden }, backends, access);
    for (const { from, to } of moved) provenance.move([section, name, ...from], [section, name, ...to]);
    this.#repairs.note(section, name, { generated, customized: entry }, [...basis, ...outsideBasis]);
    return entry;
  }

  /** The unusable backends of the remaining entries that Git has not repaired. */
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

type EntryChange = Pick<CustomizedEntry, 'generated' | 'customized'>;

/** Unusable backends that Git's changes have repaired. */
class RepairedBackends {
  readonly #all: Generated;
  readonly #consumer: Consumer;
  readonly #access: CredentialPolicy;
  readonly #guard: CredentialGuard;
  /** Entry name, and `namespace/name` of a Service that has become usable in that entry. */
  readonly #repaired = new Set<string>();

  constructor({ basis, all, customizations, consumer, access }: CustomizedInputs) {
    this.#all = all;
    this.#consumer = consumer;
    this.#access = access;
    const admitted = [...new Set([...basis.backends.values()].flatMap((one) => [...one.basis, ...one.others]))];
    this.#guard = new CredentialGuard({ customizations, admitted, isTrusted: access.isTrusted, consumer });
  }

  /** Records which backends the entry repairs, ignoring credentials that it must not give them. */
  note(
    section: Section,
    name: string,
    { generated, customized }: EntryChange,
    backends: readonly Candidate[],
  ): Repairs {
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
