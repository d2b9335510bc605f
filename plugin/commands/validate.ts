import { stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { PluginError, reasonOf } from '../lib/errors.ts';
import { formatLocation } from '../lib/diagnostic.ts';
import { printable } from '../lib/text.ts';
import { openFolder, repositoryOf } from '../settings/file.ts';
import { findingsIn } from '../validate/files.ts';
import type { Reported } from '../validate/diagnostics.ts';
import { readFrom } from '../customizations/load.ts';
import type { Flags } from './flags/flags.ts';
import { oneOf } from './flags/flags.ts';
import type { CommandOutput } from './run.ts';

/** Checks what is in Git, without a cluster: for editors, pre-commit hooks and pull requests. */
export async function validate(flags: Flags): Promise<CommandOutput> {
  const format = oneOf('--output', flags.output, ['text', 'json', 'github']) ?? 'text';
  const folders = await foldersOf(flags);
  const found = await Promise.all(folders.map((folder) => reportsIn(folder, flags)));
  const reports = found.flat();
  const findsSomething = reports.some(({ severity }) => severity !== 'note');
  return { text: renderers[format](reports, folders.length), warnings: [], findsSomething };
}

/** Folders to check: those given, and those of files that are given, as a pre-commit hook does. */
async function foldersOf({ operands, path }: Flags): Promise<string[]> {
  const given = operands.length > 0 ? operands : [path];
  const folders = await Promise.all(
    given.map(async (one) => {
      const status = await stat(one).catch((cause: unknown) => {
        throw new PluginError('USAGE', `${one} cannot be read: ${reasonOf(cause)}`, {
          hint: 'give folders with toolset.yaml and overrides.yaml, or files in them',
          cause,
        });
      });
      return status.isDirectory() ? one : dirname(one);
    }),
  );
  return [...new Set(folders)].sort();
}

async function reportsIn(path: string, flags: Flags): Promise<Reported[]> {
  const folder = await openFolder(path);
  const root = await repositoryOf(folder, flags.sourcePath);
  const found = await findingsIn(readFrom({ folder, root }));
  const shown = relative(process.cwd(), path);
  return found
    .map((one) => ({ ...one, place: { ...one.place, file: join(shown, one.place.file) } }))
    .sort(
      (a, b) => compare(a.place.file, b.place.file) || a.place.line - b.place.line || a.place.column - b.place.column,
    );
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

const renderers = {
  text: (reports: readonly Reported[], folders: number): string => {
    const lines = reports.map(
      ({ severity, code, place, message, hint }) =>
        `${printable(formatLocation(place))} ${severity}: ${printable(message)} (${code})\n    ${printable(hint)}\n`,
    );
    return lines.length > 0
      ? lines.join('')
      : `${String(folders)} ${folders === 1 ? 'folder' : 'folders'}: nothing to mend\n`;
  },
  json: (reports: readonly Reported[]): string => `${JSON.stringify(reports, null, 2)}\n`,
  github: (reports: readonly Reported[]): string => reports.map(annotation).join(''),
};

/** A workflow command of GitHub Actions, which it shows at the line in the pull request. */
function annotation({ severity, code, place, message, hint }: Reported): string {
  const level = severity === 'note' ? 'notice' : severity;
  const properties = [
    `file=${property(place.file)}`,
    `line=${String(place.line)}`,
    `col=${String(place.column)}`,
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
