import { isDeepStrictEqual } from 'node:util';
import type { Candidate } from '../../discovery/decision.ts';
import { PluginError } from '../../lib/errors.ts';
import type { Data, DataMap, Path } from '../../lib/json.ts';
import { getOwn, isMap, setOwn, valuesIn } from '../../lib/json.ts';
import { parseYamlFile } from '../../settings/yaml/parse.ts';
import type { Customizations } from '../apply.ts';
import type { Basis } from '../basis/basis.ts';
import { customize } from '../basis/customize.ts';
import type { Consumer, CredentialPolicy, Generated, Section, ToolsetFile } from '../../consumers/consumer.ts';
import { fileOf, sections } from '../../consumers/consumer.ts';
import type { Sections } from './edit-overrides.ts';
import { editOverrides } from './edit-overrides.ts';
import type { Overrides } from '../overrides/overrides.ts';
import { parseOverrides } from '../overrides/overrides.ts';
import { differences, pointerTo, valueAt } from '../../lib/data/json-pointer.ts';
import { withholdCredentials } from '../credentials/withhold-credentials.ts';
import type { Entry, Refusal } from './refusals.ts';
import { patchesOf, refusalOf } from './refusals.ts';
import type { ReplacedSecret } from './replace-secrets.ts';
import { withReferences } from './replace-secrets.ts';

export interface AdoptionInputs {
  readonly generated: Generated;
  readonly basis: Basis;
  readonly customizations: Customizations;
  readonly consumer: Consumer;
  readonly access: CredentialPolicy;
  readonly discovery: { readonly admitted: readonly Candidate[] };
  readonly settings: { readonly spec: { readonly overrides: { readonly files: readonly string[] } } };
}

/** The new text of the overrides, and edits that overrides cannot express. */
export interface Adoption {
  readonly text: string;
  readonly inexpressible: readonly string[];
  /** Secrets of the live file that became references. */
  readonly replaced: readonly ReplacedSecret[];
}

/**
 * Changes the last file of overrides as little as possible, so that the toolsets become those of the live file. Its
 * other content stays. Patches are applied after overrides: what they change again cannot be adopted.
 */
export function adoptEdits(
  inputs: AdoptionInputs,
  live: ToolsetFile,
  text: string,
  { keepDiscovered, liveText }: { readonly keepDiscovered: boolean; readonly liveText?: string } = {
    keepDiscovered: false,
  },
): Adoption {
  const state = startAdoption(inputs);
  const { base, next } = state;
  const current = apply(state);
  const refer = (variable: string): string =>
    inputs.consumer.sections === 'top' ? `\${${variable}}` : `{{ env.${variable} }}`;
  const { file, replaced } = withReferences(live, current, refer);
  const wanted = keepDiscovered ? withDiscovered(file, current, inputs.generated.file) : file;
  const refusals = differingEntries(current, wanted).flatMap((one) => refusalOf(one, wanted, inputs.consumer));
  const edits = withoutRefused(wanted, current, refusals);
  for (const { section, entry } of differingEntries(current, edits))
    set(next[section], entry, fullPatch(getOwn(base[section], entry), getOwn(edits[section], entry)));
  refusals.push(...refusalsOfPatches(state, differingEntries(current, edits)));
  const desired = withoutRefused(edits, current, refusals);
  const touched = differingEntries(current, desired);
  const trials = new Trials(inputs.customizations);
  for (const { section, entry } of differingEntries(attempt(() => apply(state)) ?? base, desired)) {
    if (!trials.consume(state.next)) break;
    enable(state, section, entry, getOwn(desired[section], entry));
  }
  const final = attempt(() => apply(state));
  if (!final) return { text, replaced: [], inexpressible: [tooMuch] };
  restoreKeys(state, touched, final, trials);
  const left = sections.flatMap((section) =>
    differences(final[section], desired[section]).map((path) => [section, ...path]),
  );
  const cannot = (path: Path, why: string): string =>
    `${pointerTo(path)} of the live ConfigMap cannot be an override: ${why}`;
  return {
    replaced,
    text: touched.length === 0 ? text : editOverrides(text, next, inputs.consumer, liveText),
    inexpressible: [
      ...refusals.map(({ section, entry, inside, why }) =>
        cannot([section, entry, ...inside], `${why}; no edit of ${entry} is adopted`),
      ),
      ...left.map((path) => cannot(path, reasonFor(path, desired, state))),
    ],
  };
}

/** The file with refused entries as they are now. */
function withoutRefused(file: ToolsetFile, current: ToolsetFile, refusals: readonly Refusal[]): ToolsetFile {
  const result = { toolsets: { ...file.toolsets }, mcp_servers: { ...file.mcp_servers } };
  for (const { section, entry } of refusals) set(result[section], entry, getOwn(current[section], entry));
  return result;
}

/** Reverts edited entries to which patches in Git no longer apply. */
function refusalsOfPatches(state: AdoptionState, touched: readonly Entry[]): Refusal[] {
  if (attempt(() => apply(state)) !== null) return [];
  return touched.flatMap(({ section, entry }) => {
    if (attempt(() => apply(aloneIn(state, section, entry))) !== null) return [];
    set(state.next[section], entry, getOwn(state.last[section] ?? {}, entry));
    const why = patchesOf(state.inputs.customizations, { section, entry }) ?? otherForm;
    return [{ section, entry, inside: [], why }];
  });
}

/** The file, plus discovered entries that it lacks, as they are now. */
function withDiscovered(file: ToolsetFile, current: ToolsetFile, generated: ToolsetFile): ToolsetFile {
  return fileOf((section) => ({
    ...Object.fromEntries(Object.entries(current[section]).filter(([name]) => Object.hasOwn(generated[section], name))),
    ...file[section],
  }));
}

/** The state of one adoption. */
interface AdoptionState {
  readonly inputs: AdoptionInputs;
  readonly name: string;
  /** Files of overrides before the last one. */
  readonly layers: readonly Overrides[];
  /** Content of the last file. */
  readonly last: Partial<ToolsetFile>;
  /** The toolsets without the last file and without patches. */
  readonly base: ToolsetFile;
  /** The new content of the last file. */
  readonly next: Sections;
}

function startAdoption(inputs: AdoptionInputs): AdoptionState {
  const { customizations, settings } = inputs;
  const name = settings.spec.overrides.files.at(-1) ?? 'overrides.yaml';
  const layers = customizations.overrides.filter(({ file }) => file.name !== name);
  const last = customizations.overrides.find(({ file }) => file.name === name)?.sections ?? {};
  return {
    inputs,
    name,
    layers,
    last,
    base: outcomeOf(inputs, { ...customizations, overrides: layers, patches: [] }),
    next: { toolsets: { ...last.toolsets }, mcp_servers: { ...last.mcp_servers } },
  };
}

/** The toolsets with the new content of the last file. */
function apply({ inputs, name, layers, next }: AdoptionState): ToolsetFile {
  const { customizations, consumer } = inputs;
  return outcomeOf(inputs, { ...customizations, overrides: [...layers, layerOf(name, next, consumer)] });
}

/** For consumers whose file has neither disabled entries nor `enabled`: only this brings such an entry back. */
function enable(state: AdoptionState, section: Section, entry: string, desired: Data | undefined): void {
  const { next } = state;
  const before = getOwn(next[section], entry);
  if (!isMap(desired) || !isMap(before)) return;
  setOwn(next[section], entry, { ...before, enabled: true });
  const after = attempt(() => apply(state));
  if (!after || !isDeepStrictEqual(getOwn(after[section], entry), desired)) setOwn(next[section], entry, before);
}

/** Limits of one adoption: number of trials, and characters generated for all of them, as an entry may be large. */
const maxTries = 500;
const maxTriedCharacters = 1024 * 1024;

/** Characters that an operation of a patch counts for, because every trial applies all of them. */
const operationSize = 100;

/** The trials that one adoption has left. */
class Trials {
  readonly #patches: number;
  #tries = maxTries;
  #characters = maxTriedCharacters;

  constructor({ patches }: Customizations) {
    const operations = patches.flatMap((file) => file.patches).reduce((sum, { patch }) => sum + patch.length, 0);
    this.#patches = operations * operationSize;
  }

  /** Whether one more trial with this data is allowed; counts it. */
  consume(data: unknown): boolean {
    if (this.isOver()) return false;
    this.#tries -= 1;
    this.#characters -= this.#patches + JSON.stringify(data ?? null).length;
    return true;
  }

  isOver(): boolean {
    return this.#tries <= 0 || this.#characters <= 0;
  }
}

/** Reverts every change of the file that the toolsets do not need. */
function restoreKeys(state: AdoptionState, touched: readonly Entry[], final: ToolsetFile, trials: Trials): void {
  for (const { section, entry } of touched) {
    const alone = aloneIn(state, section, entry);
    const expected = getOwn(final[section], entry);
    const suffices = (value: Data | undefined): boolean => {
      if (!trials.consume(value)) return false;
      set(alone.next[section], entry, value);
      const result = attempt(() => apply(alone));
      return result !== null && isDeepStrictEqual(getOwn(result[section], entry), expected);
    };
    const before = getOwn(state.last[section] ?? {}, entry);
    set(state.next[section], entry, closestTo(before, getOwn(state.next[section], entry), suffices, trials));
  }
}

/** Among the sufficient values, the one that changes or adds the fewest keys of `before`; `after` is sufficient. */
function closestTo(
  before: Data | undefined,
  after: Data | undefined,
  suffices: (value: Data | undefined) => boolean,
  trials: Trials,
): Data | undefined {
  if (trials.isOver()) return after;
  if (isDeepStrictEqual(before, after) || suffices(before)) return before;
  if (before !== undefined && suffices(undefined)) return undefined;
  if (!isMap(after)) return after;
  const old = isMap(before) ? before : {};
  let closest: DataMap = after;
  for (const key of new Set([...Object.keys(old), ...Object.keys(after)])) {
    if (trials.isOver()) return closest;
    const map = closest;
    const ownSuffices = (value: Data | undefined): boolean => suffices(withKey(map, key, value));
    closest = withKey(map, key, closestTo(getOwn(old, key), getOwn(map, key), ownSuffices, trials));
  }
  return closest;
}

function withKey(map: DataMap, key: string, value: Data | undefined): DataMap {
  const { [key]: _, ...others } = map;
  return value === undefined ? others : { ...map, [key]: value };
}

/** The same adoption for a single entry. */
function aloneIn(state: AdoptionState, section: Section, entry: string): AdoptionState {
  const only = (file: Partial<ToolsetFile>): Sections => {
    const value = getOwn(file[section] ?? {}, entry);
    return { toolsets: {}, mcp_servers: {}, [section]: value === undefined ? {} : { [entry]: value } };
  };
  const { inputs, layers, next } = state;
  const { generated, basis } = inputs;
  const ownBasis = { ...basis, generated: { ...basis.generated, file: only(basis.generated.file) } };
  return {
    ...state,
    inputs: { ...inputs, generated: { ...generated, file: only(generated.file) }, basis: ownBasis },
    layers: layers.map((layer) => ({ ...layer, sections: only(layer.sections) })),
    next: only(next),
  };
}

/** Any valid key of a ConfigMap. */
const printedKey = 'toolsets';

/** The toolsets of a run with these customizations, parsed from its output. */
function outcomeOf(
  { generated, basis, consumer, access, discovery }: AdoptionInputs,
  customizations: Customizations,
): ToolsetFile {
  const { isTrusted } = access;
  const changed = customize(basis, generated, { customizations, consumer, access });
  const { file } = withholdCredentials(changed, { customizations, admitted: discovery.admitted, isTrusted, consumer });
  return consumer.read(consumer.data(file, printedKey, null), printedKey) ?? { toolsets: {}, mcp_servers: {} };
}

function layerOf(name: string, next: Sections, consumer: Consumer): Overrides {
  const text = JSON.stringify(consumer.sections === 'top' ? next.toolsets : next);
  return parseOverrides(parseYamlFile({ name, text }, 'OVERRIDES_INVALID'), consumer);
}

/** `null` where a patch in Git does not apply to the edited toolsets. */
function attempt(apply: () => ToolsetFile): ToolsetFile | null {
  try {
    return apply();
  } catch (error) {
    if (error instanceof PluginError) return null;
    throw error;
  }
}

function differingEntries(file: ToolsetFile, desired: ToolsetFile): Entry[] {
  return sections.flatMap((section) => {
    const names = new Set([...Object.keys(file[section]), ...Object.keys(desired[section])]);
    return [...names]
      .filter((entry) => !isDeepStrictEqual(getOwn(file[section], entry), getOwn(desired[section], entry)))
      .map((entry) => ({ section, entry }));
  });
}

function set(map: Record<string, Data>, key: string, value: Data | undefined): void {
  if (value === undefined) Reflect.deleteProperty(map, key);
  else setOwn(map, key, value);
}

/**
 * A merge patch that sets every desired key and removes all others of `base`; `undefined` where nothing is needed. It
 * also repeats unchanged keys, because an override of one key may displace others.
 */
function fullPatch(base: Data | undefined, desired: Data | undefined): Data | undefined {
  if (desired === undefined) return base === undefined ? undefined : null;
  if (!isMap(desired) || !isMap(base)) return desired;
  const keys = new Set([...Object.keys(desired), ...Object.keys(base)]);
  return Object.fromEntries([...keys].map((key) => [key, fullPatch(getOwn(base, key), getOwn(desired, key)) ?? null]));
}

const otherForm = 'it is generated in another form';
const tooMuch = 'the edits of the live ConfigMap are together more than a file of overrides may hold: none is adopted';

function reasonFor(path: Path, desired: ToolsetFile, { inputs, ...state }: AdoptionState): string {
  const [section, entry] = path as [Section, string];
  const value = valueAt({ ...desired }, path);
  if (value !== undefined && valuesIn(value).some((one) => one === null)) return 'null in an override removes';
  const trusting = { ...inputs, access: { ...inputs.access, isTrusted: () => true } };
  const ifTrusted = attempt(() => apply({ ...state, inputs: trusting }));
  if (ifTrusted && isDeepStrictEqual(valueAt({ ...ifTrusted }, path), value))
    return 'a credential is not given to Services that are not trusted';
  return patchesOf(inputs.customizations, { section, entry }) ?? otherForm;
}
