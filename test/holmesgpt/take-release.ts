import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findUv, holmesVersions } from '../tools/holmesgpt.ts';
import { runOrThrow } from '../tools/cache.ts';
import { minorOf } from './library.ts';

const releasesFile = join(import.meta.dirname, '../tools/holmesgpt.ts');

/** Versions such as 0.45.0: no release candidate, and nothing that would not be a line of TypeScript. */
const versionForm = /^0\.\d+\.\d+$/;
const dayForm = /^\d{4}-\d\d-\d\d$/;

/**
 * test/tools/holmesgpt.ts with another newest release that judges, and the day as of which its dependencies are taken.
 * Each minor release is taken in its turn: the catalog says since when a key is there, and what is skipped is not read.
 */
export function withNewest(text: string, newest: string, version: string, day: string): string {
  if (!versionForm.test(version)) throw new Error(`invalid version ${version}: expected one such as 0.46.0`);
  if (!dayForm.test(day)) throw new Error(`invalid day ${day}: expected one such as 2026-12-01`);
  const [ours, theirs] = [minorOf(newest), minorOf(version)];
  if (theirs < ours) throw new Error(`HolmesGPT ${version} is older than ${newest}, which is supported`);
  if (theirs > ours + 1)
    throw new Error(`HolmesGPT ${version} comes after others: take a release of 0.${String(ours + 1)} first`);
  const line = new RegExp(`^  '${newest.replaceAll('.', '\\.')}': '[-\\d]+',$`, 'm');
  if (!line.test(text)) throw new Error(`test/tools/holmesgpt.ts has no line for ${newest}`);
  return text.replace(line, `  '${version}': '${day}',`);
}

/** The newest release on the registry, as its client resolves it. */
function newestOnRegistry(): string {
  const args = ['pip', 'compile', '--quiet', '--no-deps', '--no-header', '--python-version', '3.12', '-'];
  const { stdout, stderr } = spawnSync(findUv(), args, { input: 'holmesgpt', encoding: 'utf8' });
  const [, version] = /^holmesgpt==(\S+)/m.exec(stdout) ?? [];
  if (version === undefined) throw new Error(`the registry names no release of holmesgpt: ${stderr}`);
  return version;
}

/** Everything that follows from a new release, each step in a process of its own: they read the changed file. */
async function takeRelease(version: string, day: string): Promise<void> {
  const text = await readFile(releasesFile, 'utf8');
  await writeFile(releasesFile, withNewest(text, holmesVersions.at(-1)!, version, day));
  const mocha = ['node_modules/mocha/bin/mocha.js', '--config', 'test/holmesgpt/.mocharc.json'];
  for (const step of [['test/holmesgpt/update-catalog.ts'], ['docs/generate.ts'], mocha]) {
    console.log(`\n${step.join(' ')}`);
    runOrThrow(process.execPath, step);
  }
}

if (import.meta.main) {
  const [version, day = new Date().toISOString().slice(0, 10)] = process.argv.slice(2);
  if (version !== undefined) await takeRelease(version, day);
  else
    console.log(
      `The newest HolmesGPT is ${newestOnRegistry()}, the newest that is supported ${holmesVersions.at(-1)!}`,
    );
}
