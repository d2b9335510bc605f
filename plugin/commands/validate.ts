import { stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { reasonOf } from '../lib/errors.ts';
import { formatLocation } from '../lib/diagnostic.ts';
import type { FileDiagnostic, SourceLocation } from '../lib/diagnostic.ts';
import { compare } from '../lib/object-key.ts';
import { printable } from '../lib/text.ts';
import { openFolder, repositoryOf } from '../settings/file.ts';
import { findingsIn } from '../validate/files.ts';
import { gitReaders } from './git-readers.ts';
import type { Flags } from './flags/flags.ts';
import { oneOf } from './flags/flags.ts';
import { usage } from './flags/usage.ts';
import type { CommandOutput } from './command.ts';

/** Checks what is in Git, without a cluster: for editors, pre-commit hooks and pull requests. */
export async function validate(flags: Flags): Promise<CommandOutput> {
  const format = oneOf('--output', flags.output, ['text', 'json', 'github']) ?? 'text';
  const folders = await foldersOf(flags);
  const read = gitReaders(flags);
  const reports: FileDiagnostic[] = [];
  // One after the other: what is held of one folder is not held of all of them.
  for (const folder of folders) for (const report of await reportsIn(folder, flags, read)) reports.push(report);
  const findsSomething = reports.some(({ severity }) => severity !== 'note');
  return { text: renderers[format](reports, folders.length), warnings: [], findsSomething };
}

/** Folders to check: those given, and those of files that are given, as a pre-commit hook does. */
async function foldersOf({ operands, path }: Flags): Promise<string[]> {
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

async function reportsIn(path: string, flags: Flags, read: ReturnType<typeof gitReaders>): Promise<FileDiagnostic[]> {
  const folder = await openFolder(path);
  const root = await repositoryOf(folder, flags.sourcePath);
  const found = await findingsIn(read({ folder, root }));
  const shown = relative(process.cwd(), path);
  return found
    .map((one) => ({ ...one, location: { ...one.location, file: join(shown, one.location.file) } }))
    .sort((a, b) => byLocation(a.location, b.location));
}

function byLocation(a: SourceLocation, b: SourceLocation): number {
  return compare(a.file, b.file) || a.line - b.line || a.column - b.column;
}

const renderers = {
  text: (reports: readonly FileDiagnostic[], folders: number): string => {
    const lines = reports.map(
      ({ severity, code, location, message, hint }) =>
        `${printable(formatLocation(location))} ${severity}: ${printable(message)} (${code})\n    ${printable(hint)}\n`,
    );
    return lines.length > 0
      ? lines.join('')
      : `${String(folders)} ${folders === 1 ? 'folder' : 'folders'} checked: no problems\n`;
  },
  json: (reports: readonly FileDiagnostic[]): string => `${JSON.stringify(reports.map(jsonOf), null, 2)}\n`,
  github: (reports: readonly FileDiagnostic[]): string => reports.map(annotation).join(''),
};

/** `place` is the location's public name. */
function jsonOf({ severity, code, location, message, hint }: FileDiagnostic): object {
  return { severity, code, place: location, message, hint };
}

/** A workflow command of GitHub Actions, which it shows at the line in the pull request. */
function annotation({ severity, code, location, message, hint }: FileDiagnostic): string {
  const level = severity === 'note' ? 'notice' : severity;
  const properties = [
    `file=${property(location.file)}`,
    `line=${String(location.line)}`,
    `col=${String(location.column)}`,
    `title=${property(code)}`,
  ];
  return `::${level} ${properties.join(',')}::${commandText(`${message}\n${hint}`)}\n`;
}

function commandText(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return commandText(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
