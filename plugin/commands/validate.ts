import { stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { codeUrl, docsUrl } from '../lib/messages/docs-url.ts';
import { reasonOf } from '../lib/errors.ts';
import type { SourceLocation } from '../lib/diagnostic.ts';
import { compare } from '../lib/object-key.ts';
import { counted } from '../lib/messages/text.ts';
import type { ReadFile } from '../settings/bounded-reader.ts';
import { openFolder, repositoryOf } from '../settings/file.ts';
import { listFolderFiles } from '../settings/folder-files.ts';
import { unusedFileFindings, emptyFolderFinding } from '../validate/unused-files.ts';
import { findingsOfAll, withoutDuplicates } from '../validate/files.ts';
import { filesIn } from '../validate/git-files.ts';
import type { Entry } from './ci-reports/entry.ts';
import type { ReportFormat } from './ci-reports/reports.ts';
import { isReportFormat, reportRenderers } from './ci-reports/reports.ts';
import { gitReaders } from './git-readers.ts';
import type { Finding } from './preview.ts';
import { assertRelease, findingJson, findingText } from './preview.ts';
import type { Environment } from './flags/environment.ts';
import type { Flags, FlagValues } from './flags/flags.ts';
import { usage } from './flags/usage.ts';
import type { CommandOutput } from './command.ts';

type ValidateFlags = Flags<'path' | 'target-version' | 'deadline'> & {
  readonly output: 'text' | 'json' | 'github' | ReportFormat;
};

/** Checks the files in Git without a cluster: for editors, pre-commit hooks and pull requests. */
export async function validate(flags: ValidateFlags): Promise<CommandOutput> {
  const { output: format } = flags;
  const folders = await foldersOf(flags);
  const read = gitReaders(flags);
  assertRelease(flags);
  const checked: CheckedFolder[] = [];
  // One after another: the memory used for one folder is free for the next.
  for (const folder of folders) checked.push({ folder, findings: await reportsIn(folder, flags, read) });
  const reports = checked.flatMap(({ findings }) => findings);
  const findsSomething = reports.some(({ severity }) => severity !== 'note');
  const inputs = { command: 'validate', version: flags.version, defaultFile: 'toolset.yaml' };
  const text = isReportFormat(format)
    ? reportRenderers[format](checked.flatMap(entriesOf), inputs)
    : renderers[format](reports, folders.length, flags);
  return { text, warnings: [], findsSomething };
}

interface CheckedFolder {
  readonly folder: string;
  readonly findings: readonly Finding[];
}

/** Folders to check: the given ones, and those of given files, as a pre-commit hook passes. */
async function foldersOf({ operands, path }: ValidateFlags): Promise<string[]> {
  const given = operands.length > 0 ? operands : [path];
  const folders = await Promise.all(
    given.map(async (one) => {
      const status = await stat(one).catch((cause: unknown) => {
        throw usage.unreadableArgument(one, reasonOf(cause), cause);
      });
      return status.isDirectory() ? one : dirname(one);
    }),
  );
  return [...new Set(folders)].sort();
}

/** The findings in one folder, with paths relative to the working directory. */
export async function reportsIn(
  path: string,
  flags: PreviewFlags & Pick<Environment, 'sourcePath'>,
  read: ReturnType<typeof gitReaders>,
): Promise<Finding[]> {
  const folder = await openFolder(path);
  const root = await repositoryOf(folder, flags.sourcePath);
  const found = await findingsIn(folder, read({ folder, root }), flags);
  const shown = relative(process.cwd(), path);
  return found
    .map((one) => ({ ...one, location: { ...one.location, file: join(shown, one.location.file) } }))
    .sort((a, b) => byLocation(a.location, b.location));
}

type PreviewFlags = Partial<FlagValues<'target-version'>>;

async function findingsIn(
  folder: string,
  read: ReadFile,
  { targetVersion }: PreviewFlags,
): Promise<readonly Finding[]> {
  const targets = await filesIn(read);
  if (targetVersion !== undefined) {
    const { previewOf } = await import('../validate/preview/preview.ts');
    return withoutDuplicates(targets.flatMap((files) => previewOf(files, targetVersion)));
  }
  const found = findingsOfAll(targets);
  const unused = unusedFileFindings(
    await listFolderFiles(folder),
    targets.map(({ settings }) => settings),
  );
  const isEmpty = targets.every(({ files, problems }) => files.length + problems.length === 0) && unused.length === 0;
  return [...found, ...unused, ...(isEmpty ? [emptyFolderFinding()] : [])];
}

function byLocation(a: SourceLocation, b: SourceLocation): number {
  return compare(a.file, b.file) || a.line - b.line || a.column - b.column;
}

const renderers = {
  text: (reports: readonly Finding[], folders: number, { targetVersion }: PreviewFlags): string => {
    const checked = `${counted(folders, 'folder')} checked`;
    const none = targetVersion === undefined ? 'no problems' : `nothing changes with ${targetVersion}`;
    return reports.length > 0 ? `${reports.map(findingText).join('')}${linksOf(reports)}` : `${checked}: ${none}\n`;
  },
  json: (reports: readonly Finding[]): string => `${JSON.stringify(reports.map(findingJson), null, 2)}\n`,
  github: (reports: readonly Finding[]): string => reports.map(annotation).join(''),
};

/** The documentation page of each code, once. */
function linksOf(reports: readonly Finding[]): string {
  return [...new Set(reports.map(({ code }) => code))].map((code) => `${code}: ${codeUrl(code)}\n`).join('');
}

/** A folder without a finding counts as a passed test. */
function entriesOf({ folder, findings }: CheckedFolder): readonly Entry[] {
  const helpUrl = docsUrl('cli.md#validate');
  const passed: Entry = {
    code: 'no problems',
    level: 'passed',
    message: '',
    remedy: [],
    subject: folder,
    location: null,
    helpUrl,
  };
  return findings.length === 0 ? [passed] : findings.map(entryOf);
}

function entryOf({ severity, code, location, message, hint, change }: Finding): Entry {
  const text = change === undefined ? message : `${change}: ${message}`;
  const { file } = location;
  return { code, level: severity, message: text, remedy: [hint], subject: file, location, helpUrl: codeUrl(code) };
}

/** A workflow command of GitHub Actions, which is shown at the line in the pull request. */
function annotation({ severity, code, location, message, hint, change }: Finding): string {
  const level = severity === 'note' ? 'notice' : severity;
  const properties = [
    `file=${property(location.file)}`,
    `line=${String(location.line)}`,
    `col=${String(location.column)}`,
    `title=${property(code)}`,
  ];
  return `::${level} ${properties.join(',')}::${commandText(`${change ? `${change}: ` : ''}${message}\n${hint}`)}\n`;
}

function commandText(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return commandText(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
