import type { Data, DataMap, Path } from '../lib/json.ts';
import { getOwn, isMap } from '../lib/json.ts';
import { valueAt } from '../lib/data/json-pointer.ts';
import { compose, merge } from '../lib/data/merge-patch.ts';
import { inlineSecrets } from '../secrets/index.ts';
import type { Settings } from '../settings/settings.ts';
import { yaml11Ambiguities } from '../settings/yaml/yaml11-ambiguities.ts';
import { isLeftOff, leftOffIssue } from '../customizations/conflicts.ts';
import { applyCustomizations } from '../customizations/apply.ts';
import type { Consumer, ConsumerIssue, NamedIssue, Section } from '../consumers/consumer.ts';
import { fileOf, sections } from '../consumers/consumer.ts';
import { consumerOf } from '../consumers/index.ts';
import type { ReadFile } from '../settings/bounded-reader.ts';
import type { Overrides } from '../customizations/overrides/overrides.ts';
import type { PatchFile } from '../customizations/patches/patches.ts';
import type { FileDiagnostic } from '../lib/diagnostic.ts';
import { formatLocation } from '../lib/diagnostic.ts';
import { emptiedKeyFindings } from './emptied.ts';
import { diagnosticsAt, settingFindings } from './settings.ts';
import type { GitFiles } from './git-files.ts';
import { filesIn } from './git-files.ts';

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

/** Findings of a consumer of any release about the files. */
export function findingsOf(
  { settings, settingsFile, overrides, patches, files, problems }: GitFiles,
  consumer: Consumer,
): FileDiagnostic[] {
  const issues = entryIssues(overrides, patches, consumer, settings);
  const placeholders = new Set(
    issues.filter(({ issue }) => issue.isPlaceholder).flatMap((one) => diagnosticsOf(overrides, one).map(placeOf)),
  );
  return [
    ...problems,
    ...files.flatMap((file) => [
      ...yaml11Ambiguities(file, file === settingsFile ? consumersOwn : undefined),
      // A placeholder under the name of a credential is one mistake, which the consumer's issue describes.
      ...inlineSecrets(file).filter((one) => !placeholders.has(placeOf(one))),
    ]),
    ...issues.flatMap((one) => diagnosticsOf(overrides, one)),
    ...nameFindings(overrides, consumer),
    ...overrides.flatMap(emptiedKeyFindings),
    ...patches.flatMap((layer) => targetIssues(layer, overrides, consumer, settings)),
    ...shadowFindings(overrides, consumer),
    ...settingFindings(settings, consumer),
  ];
}

function placeOf({ location }: FileDiagnostic): string {
  return formatLocation(location);
}

/** Keys of toolset.yaml that contain text for the consumer. */
const consumersOwn = new Set(['template', 'credentials']);

/** Entries of a file of overrides. */
export function entriesOf({ sections: written }: Overrides): (readonly [Section, string, Data])[] {
  return sections.flatMap((section) =>
    Object.entries(written[section] ?? {}).map(([name, entry]) => [section, name, entry] as const),
  );
}

/**
 * The consumer's issues with each entry, as merged from all files. A patch may add what is missing.
 */
function entryIssues(
  overrides: readonly Overrides[],
  patches: readonly PatchFile[],
  consumer: Consumer,
  settings: Settings,
): NamedIssue[] {
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
    return issues.map((issue) => ({ section, name, issue }));
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

/** Located in the last file that writes the part. */
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

/** Empty entries are not reported, nor those that are generated enabled without a backend. */
function leftOffIssues(section: Section, name: string, entry: DataMap, consumer: Consumer): ConsumerIssue[] {
  const isPrinted = section === 'toolsets' && consumer.alwaysOn.includes(name);
  if (isPrinted || Object.keys(entry).length === 0 || !isLeftOff(section, name, entry, consumer)) return [];
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
