import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative, resolve, sep } from 'node:path';
import { moduleFolder, releasedParts, releaseVariable } from '../tools/releases.ts';

/**
 * `npm run test:one FILE...`: runs only these test files, with the configuration of their suite. A folder stands for
 * all test files below it. Arguments from the first dash on go to mocha: `-- FILE --grep TITLE`, except `--kubernetes
 * 1.36`, `--argo-cd 3.5` and `--helm 3`, which use these releases instead of the newest and build them if missing. With
 * --watch first: runs again whenever one of the files, or a module that they load, changes; without files, all unit
 * tests.
 */
const repository = join(import.meta.dirname, '../..');

/** The part of .mocharc.json that applies to single files. */
interface SuiteConfig {
  readonly timeout: number;
  readonly require?: readonly string[];
}

/** The files of one suite, and mocha's arguments for them; all of the suite, in its own order, if there are none. */
export interface Selection {
  readonly config: string;
  readonly files: readonly string[];
}

/** Groups paths, relative to `folder`, by suite. Throws an error that says what to do. */
export function selectTests(paths: readonly string[], folder: string): readonly Selection[] {
  const isSuite = (path: string): boolean => existsSync(join(resolve(folder, path), '.mocharc.json'));
  const whole = paths.filter(isSuite).map((path) => suiteConfig(join(resolve(folder, path), '.')));
  const files = paths.filter((path) => !isSuite(path)).flatMap((path) => testFiles(path, folder));
  const bySuite = Map.groupBy(files, suiteConfig);
  const parts = [...bySuite].filter(([config]) => !whole.includes(config));
  return [
    ...[...new Set(whole)].map((config) => ({ config, files: [] })),
    ...parts.map(([config, files]) => ({ config, files: [...new Set(files)] })),
  ];
}

/** Mocha's arguments to run exactly these files. */
export function mochaArguments({ config, files }: Selection): readonly string[] {
  if (files.length === 0) return ['--config', config];
  const { timeout, require = [] } = JSON.parse(readFileSync(join(repository, config), 'utf8')) as SuiteConfig;
  const required = require.flatMap((file) => ['--require', file]);
  // With its configuration, mocha would add the suite's own files to these.
  return ['--no-config', '--timeout', String(timeout), ...required, ...files];
}

function testFiles(path: string, folder: string): readonly string[] {
  const absolute = resolve(folder, path);
  if (!existsSync(absolute)) throw new Error(`invalid FILE "${path}": no such file${didYouMean(path)}`);
  if (statSync(absolute).isDirectory()) {
    const found = globSync('**/*.test.ts', { cwd: absolute }).sort();
    if (found.length === 0) throw new Error(`invalid FILE "${path}": no *.test.ts file below this folder`);
    return found.map((file) => join(absolute, file));
  }
  if (!absolute.endsWith('.test.ts')) {
    throw new Error(`invalid FILE "${path}": expected a file named *.test.ts${didYouMean(path)}`);
  }
  return [absolute];
}

/** Test files whose name begins like the given one. */
function didYouMean(path: string): string {
  const name = basename(path).replace(/(\.test)?\.ts$/, '');
  const found = globSync(`test/**/${name}*.test.ts`, { cwd: repository }).sort();
  return found.length === 0 ? '' : `; did you mean ${found.slice(0, 3).join(' or ')}?`;
}

/** The configuration of the suite's folder below test/; all other files are unit tests. */
function suiteConfig(file: string): string {
  const [top, suite] = relative(repository, file).split(sep);
  const own = join('test', suite ?? '', '.mocharc.json');
  return top === 'test' && existsSync(join(repository, own)) ? own : '.mocharc.json';
}

/**
 * Removes `--kubernetes RELEASE` and the like from the arguments; returns what to build of these releases, and the
 * environment that makes tests use them.
 */
export function takeReleases(args: readonly string[]): {
  readonly rest: readonly string[];
  readonly groups: readonly string[];
  readonly env: Readonly<Record<string, string>>;
} {
  const rest = [...args];
  const env: Record<string, string> = {};
  const groups: string[] = [];
  for (const part of releasedParts) {
    const at = rest.indexOf(`--${part}`);
    if (at === -1) continue;
    const [, release = ''] = rest.splice(at, 2);
    moduleFolder(part, release);
    env[releaseVariable(part)] = release;
    groups.push(part);
  }
  return { rest, groups, env };
}

async function main(args: readonly string[]): Promise<number> {
  const { rest: others, groups, env } = takeReleases(args);
  const isWatching = others[0] === '--watch';
  const rest = isWatching ? others.slice(1) : others;
  const firstOption = rest.findIndex((arg) => arg.startsWith('-'));
  const paths = firstOption === -1 ? rest : rest.slice(0, firstOption);
  const options = firstOption === -1 ? [] : rest.slice(firstOption);
  if (paths.length === 0 && !isWatching)
    throw new Error('missing FILE, for example: npm run test:one test/cases.test.ts');
  // npm runs scripts in the repository, and passes on where it was called.
  const selections = selectTests(paths, process.env.INIT_CWD ?? process.cwd());
  if (isWatching && selections.length > 1) throw new Error('only files of one suite can be watched at the same time');
  const runs = paths.length === 0 ? [[]] : selections.map(mochaArguments);
  const builder = join(repository, 'test/tools/build.ts');
  let worst = groups.length === 0 ? 0 : await runNode([builder, ...groups], env);
  if (worst > 0) return worst;
  const mocha = join(repository, 'node_modules/mocha/bin/mocha.js');
  const watch = isWatching ? ['--watch', '--watch-preserve-output'] : [];
  for (const run of runs) worst = Math.max(worst, await runNode([...watch, mocha, ...run, ...options], env));
  return worst;
}

async function runNode(args: readonly string[], more: Readonly<Record<string, string>>): Promise<number> {
  const env = { ...process.env, ...more };
  const child = spawn(process.execPath, args, { stdio: 'inherit', cwd: repository, env });
  const forward = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  process.once('SIGTERM', forward);
  const [status] = (await once(child, 'exit')) as [number | null];
  process.removeListener('SIGTERM', forward);
  return status ?? 1;
}

if (import.meta.main) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
  }
}
