import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const repository = join(import.meta.dirname, '../..');

/** File name of the built program. */
export const programFile = 'dynamic-toolset.cjs';

/** Node options in the program's first line. */
const [, options = ''] = /^#!.* -S node (.*)$/m.exec(readFileSync(join(repository, 'plugin/start.ts'), 'utf8')) ?? [];

/** The command that starts the program with the tests' Node, as its first line does with the Node in the PATH. */
export function commandOf(program: string): readonly [string, ...string[]] {
  return [process.execPath, ...options.split(' '), program];
}

/**
 * A script for `node -e` with the bundle's path as its argument: prints the name of its compiled code in Node's folder,
 * and `false` if V8 accepts that code as the next start will read it, `true` if V8 rejects it.
 */
export const compiledCodeScript = `
  const { readFileSync, readdirSync } = require('node:fs');
  const folder = require('node:module').getCompileCacheDir();
  const [file = 'none'] = readdirSync(folder).filter((name) => name.endsWith('.bin'));
  const before = '(function (exports, require, module, __filename, __dirname) {';
  const source = before + readFileSync(process.argv[1], 'latin1') + '\\n})';
  const { cachedDataRejected } = new (require('node:vm').Script)(source, { cachedData: readFileSync(folder + '/' + file) });
  process.stdout.write(file + ' ' + cachedDataRejected);`;

/** Environment variable with the folder where `npm test` has built the program once for all suites. */
export const builtVariable = 'TEST_PROGRAM';

/** Where this process has built it, outside of a run of `npm test`. */
let own: Promise<string> | null = null;

/** Copies the program, in the form users have it, and the files that it loads, built from the current sources. */
export async function placeProgram(file: string): Promise<void> {
  const folder = process.env[builtVariable] ?? (await (own ??= build()));
  await copyFile(join(folder, programFile), file);
  const beside = (await readdir(folder)).filter((name) => name.endsWith('.cjs') && name !== programFile);
  await Promise.all(beside.map((name) => copyFile(join(folder, name), join(dirname(file), name))));
}

async function build(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dynamic-toolset-program-'));
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  try {
    await promisify(execFile)(process.execPath, ['build.ts', '--outfile', join(folder, programFile)], {
      cwd: repository,
    });
    return folder;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
