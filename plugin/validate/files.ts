import { PluginError } from '../lib/errors.ts';
import type { Data, DataMap, Path } from '../lib/json.ts';
import { getOwn, isMap } from '../lib/json.ts';
import { valueAt } from '../lib/data/json-pointer.ts';
import { compose, merge } from '../lib/data/merge-patch.ts';
import type { YamlFile } from '../settings/yaml/parse.ts';
import { parseYamlFile } from '../settings/yaml/parse.ts';
import { inlineSecrets } from '../secrets/index.ts';
import type { Settings } from '../settings/settings.ts';
import { parseSettings } from '../settings/parse-settings.ts';
import { targetsOf } from '../settings/targets.ts';
import { yaml11Ambiguities } from '../settings/yaml/yaml11-ambiguities.ts';
import { isLeftOff, leftOffIssue } from '../customizations/conflicts.ts';
import { applyCustomizations } from '../customizations/apply.ts';
import type { Consumer, ConsumerIssue, NamedIssue, Section } from '../consumers/consumer.ts';
import { fileOf, sections } from '../consumers/consumer.ts';
import { consumerOf } from '../consumers/index.ts';
import { loadFile } from './load-customizations.ts';
import type { ReadFile } from '../settings/bounded-reader.ts';
import type { Overrides } from '../customizations/overrides/overrides.ts';
import { invalidOverrides, readOverrides } from '../customizations/overrides/overrides.ts';
import type { PatchFile } from '../customizations/patches/patches.ts';
import { parsePatches } from '../customizations/patches/patches.ts';
import type { FileDiagnostic } from '../lib/diagnostic.ts';
import { startOf } from '../lib/diagnostic.ts';
import { emptiedKeyFindings } from './emptied.ts';
import { assertReleaseKnown } from './release.ts';
import { diagnosticsAt, settingFindings } from './settings.ts';

/** The content of an Application's files, and the parts that cannot be read. */
export interface GitFiles {
  readonly settings: Settings;
  readonly settingsFile: YamlFile | null;
  readonly overrides: readonly Overrides[];
  readonly patches: readonly PatchFile[];
  readonly files: readonly YamlFile[];
  readonly problems: readonly FileDiagnostic[];
}

/** All findings about an Application's files that need no cluster. */
export async function findingsIn(read: ReadFile): Promise<FileDiagnostic[]> {
  return findingsOfAll(await filesIn(read));
}

/** The same for files that were read already; findings that several targets share are reported once. */
export function findingsOfAll(targets: readonly GitFiles[]): FileDiagnostic[] {
  return withoutDuplicates(targets.flatMap((files) => findingsOf(files, consumerOf(files.settings.spec.target))));
}

/** Removes duplicates: several targets partly have the same files. */
export function withoutDuplicates<T extends FileDiagnostic>(findings: readonly T[]): T[] {
  return [...new Map(findings.map((one) => [JSON.stringify(one), one])).values()];
}

/**
 * Reads the files of each target; a file that cannot be read is a problem and does not stop the others. A problem of
 * toolset.yaml belongs to every target.
 */
export async function filesIn(read: ReadFile): Promise<readonly GitFiles[]> {
  const problems: FileDiagnostic[] = [];
  const settingsFile = await collectProblems(problems, async () => {
    const file = await read('toolset.yaml', 'folder');
    return file && parseYamlFile(file, 'SETTINGS_INVALID');
  });
  // Findings about the other files depend on the settings; if these are invalid, the defaults are used.
  const settings = (await collectProblems(problems, () => parseSettings(settingsFile))) ?? parseSettings(null);
  const all: GitFiles[] = [];
  // In sequence, so that the limit for all files together stops the reading.
  for (const one of targetsOf(settings)) all.push(await filesOfTarget(read, one, settingsFile, [...problems]));
  return all;
}

/** The result; `null` after a failure, which is added to the problems. */
async function collectProblems<T>(problems: FileDiagnostic[], what: () => Promise<T> | T): Promise<T | null> {
  try {
    return await what();
  } catch (error) {
    problems.push(...diagnosticsIn(error));
    return null;
  }
}

async function filesOfTarget(
  read: ReadFile,
  settings: Settings,
  settingsFile: YamlFile | null,
  problems: FileDiagnostic[],
): Promise<GitFiles> {
  const tried = <T>(what: () => Promise<T> | T): Promise<T | null> => collectProblems(problems, what);
  await tried(() => {
    assertReleaseKnown(settings);
  });
  const consumer = consumerOf(settings.spec.target);
  const files: YamlFile[] = settingsFile ? [settingsFile] : [];
  /** The files that can be read and parsed, in sequence. */
  const parsedOf = async <T>(kind: 'files' | 'patches', parse: (file: YamlFile) => T): Promise<readonly T[]> => {
    const all: T[] = [];
    for (const index of settings.spec.overrides[kind].keys()) {
      const file = await tried(() => loadFile(read, settings, kind, index));
      if (!file) continue;
      files.push(file);
      const parsed = await tried(() => parse(file));
      if (parsed !== null) all.push(parsed);
    }
    return all;
  };
  const overrides = await parsedOf('files', (file) => {
    const { overrides: layer, problems: own } = readOverrides(file, consumer);
    // The valid parts are checked nevertheless.
    if (own.length > 0) problems.push(...diagnosticsIn(invalidOverrides(file, own)));
    return layer;
  });
  const patches = await parsedOf('patches', parsePatches);
  return { settings, settingsFile, overrides, patches, files, problems };
}

/** Findings of a consumer of any release about the files. */
export function findingsOf(
  { settings, settingsFile, overrides, patches, files, problems }: GitFiles,
  consumer: Consumer,
): FileDiagnostic[] {
  return [
    ...problems,
    ...files.flatMap((file) => [
      ...yaml11Ambiguities(file, file === settingsFile ? consumersOwn : undefined),
      ...inlineSecrets(file),
    ]),
    ...entryIssues(overrides, patches, consumer, settings),
    ...nameFindings(overrides, consumer),
    ...overrides.flatMap(emptiedKeyFindings),
    ...patches.flatMap((layer) => targetIssues(layer, overrides, consumer, settings)),
    ...shadowFindings(overrides, consumer),
    ...settingFindings(settings, consumer),
  ];
}

/** Keys of toolset.yaml that contain text for the consumer. */
const consumersOwn = new Set(['template', 'credentials']);

function diagnosticsIn(error: unknown): FileDiagnostic[] {
  if (!(error instanceof PluginError)) throw error;
  const { code, hint, message, diagnostics } = error;
  if (diagnostics.length > 0) return [...diagnostics];
  return [{ severity: 'error', code, location: startOf('toolset.yaml'), message, hint }];
}

/** Entries of a file of overrides. */
export function entriesOf({ sections: written }: Overrides): (readonly [Section, string, Data])[] {
  return sections.flatMap((section) =>
    Object.entries(written[section] ?? {}).map(([name, entry]) => [section, name, entry] as const),
  );
}

/**
 * The consumer's findings about each entry, as merged from all files, located in the last file that writes the
 * part. A patch may add what is missing.
 */
function entryIssues(
  overrides: readonly Overrides[],
  patches: readonly PatchFile[],
  consumer: Consumer,
  settings: Settings,
): FileDiagnostic[] {
  const named = overrides.flatMap((layer) =>
    entriesOf(layer).map(([section, name]) => [JSON.stringify([section, name]), { section, name }] as const),
  );
  const entries = [...new Map(named).values()].map((one) => ({ ...one, entry: mergedEntry(overrides, one) }));
  return entries.flatMap(({ section, name, entry }) => {
    // A later file removes it.
    if (!isMap(entry)) return [];
    const isMine = isOwn(name, settings);
    const isPatched = patches.some((file) => file.patches.some(({ target }) => mayPatch(target, section, name)));
    const isWhole = !isPatched && entry.enabled !== false;
    const issues = [
      ...consumer.validateEntry(section, name, entry).filter(({ path }) => path.length > 0 || !isMine),
      ...(isWhole ? missingIssues(section, name, entry, consumer, settings) : []),
      ...(isWhole && !isMine ? consumer.validateRequests(section, name, entry, null) : []),
      ...(isWhole && !consumer.isDiscoverable(name) ? leftOffIssues(section, name, entry, consumer) : []),
    ];
    return issues.flatMap((issue) => diagnosticsOf(overrides, { section, name, issue }));
  });
}

/** Entries of all files of which the consumer would keep only one. */
function nameFindings(overrides: readonly Overrides[], { validateNames = () => [] }: Consumer): FileDiagnostic[] {
  const file = fileOf(
    (section) =>
      overrides.reduce<Data>((before, { sections: written }) => merge(before, written[section] ?? {}), {}) as DataMap,
  );
  return validateNames(file).flatMap((one) => diagnosticsOf(overrides, one));
}

/** An entry as merged from all files; `null` if it is removed. */
function mergedEntry(overrides: readonly Overrides[], { section, name }: Pick<NamedIssue, 'section' | 'name'>): Data {
  return overrides.reduce<Data>((before, { sections: written }) => {
    const own = getOwn(written[section] ?? {}, name);
    return own === undefined ? before : compose(before, own);
  }, {});
}

function diagnosticsOf(overrides: readonly Overrides[], { section, name, issue }: NamedIssue): FileDiagnostic[] {
  const writing = writerOf(overrides, section, [name, ...issue.path]);
  return writing ? diagnosticsAt([issue], writing.file, writing.pathOf(section, name)) : [];
}

/** The last file with something at the path, or at its nearest parent. */
function writerOf(overrides: readonly Overrides[], section: Section, path: Path): Overrides | undefined {
  const found = overrides.findLast(({ sections: written }) => valueAt(written[section], path) !== undefined);
  return found ?? (path.length > 1 ? writerOf(overrides, section, path.slice(0, -1)) : undefined);
}

/** Missing keys, except for those that discovery or credentials may add. */
function missingIssues(
  section: Section,
  name: string,
  entry: DataMap,
  consumer: Consumer,
  { spec }: Settings,
): ConsumerIssue[] {
  const given = Object.keys(getOwn(spec.credentials, name) ?? {});
  return consumer
    .validateEntry(section, name, entry)
    .filter(({ effect, missing = '' }) => effect === 'incomplete' && !given.includes(missing))
    .filter((issue) => issue.isPair === true || !consumer.isDiscoverable(name))
    .map((issue) => ({ ...issue, effect: 'rejected' as const }));
}

/** Empty entries are not reported. */
function leftOffIssues(section: Section, name: string, entry: DataMap, consumer: Consumer): ConsumerIssue[] {
  if (Object.keys(entry).length === 0 || !isLeftOff(section, name, entry, consumer)) return [];
  return [{ ...leftOffIssue(consumer, name), path: [], part: 'key' }];
}

function mayPatch(target: string, section: Section, name: string): boolean {
  const own = section === 'mcp_servers' ? `mcp_servers/${name}` : name;
  return target === own || target.includes('*');
}

/** Whether a custom detector names the entry: its template may contain anything. */
function isOwn(name: string, { spec }: Settings): boolean {
  return spec.customDetectors.some(({ toolset }) => toolset.name === name || toolset.name.includes('${'));
}

/** Targets of patches that neither the consumer knows nor Git adds. */
function targetIssues(
  { file, patches }: PatchFile,
  overrides: readonly Overrides[],
  consumer: Consumer,
  settings: Settings,
): FileDiagnostic[] {
  return patches.flatMap(({ target, optional }, index) => {
    const isAdded = overrides.some(({ sections }) => Object.hasOwn(sections.toolsets ?? {}, target));
    if (optional || isAdded || target.includes('*') || target.startsWith('mcp_servers/') || isOwn(target, settings))
      return [];
    const issues = consumer
      .validateEntry('toolsets', target, {})
      .filter(({ effect, path }) => effect === 'rejected' && path.length === 0);
    return diagnosticsAt(
      issues.map((issue) => ({ ...issue, effect: 'unused' })),
      file,
      [index, 'target'],
    );
  });
}

function shadowFindings(overrides: readonly Overrides[], consumer: Consumer): FileDiagnostic[] {
  const { findings } = applyCustomizations(
    { toolsets: {}, mcp_servers: {} },
    { overrides, patches: [], patching: null },
    consumer,
  );
  return findings.filter(({ code }) => code === 'OVERRIDE_SHADOWED');
}
