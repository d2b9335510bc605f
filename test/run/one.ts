import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative, resolve, sep } from 'node:path';

/**
 * `npm run test:one FILE...`: these test files alone, with what the suite that they belong to gives them. A folder
 * stands for all test files below it. What begins with a dash, and all after it, goes to mocha: `-- FILE --grep TITLE`.
 * With --watch first: again whenever one of the files, or a module that they load, changes; without files all unit tests.
 */
const repository = join(import.meta.dirname, '../..');

/** What of a .mocharc.json counts for single files. */
interface SuiteConfig {
  readonly timeout: number;
  readonly require?: readonly string[];
}

/** The files of one suite, and what mocha is told for them. */
export interface Selection {
  readonly config: string;
  readonly files: readonly string[];
}

/** Paths, relative to where they were given, by the suite that they belong to. Throws an error that says what to do. */
export function selectTests(paths: readonly string[], folder: string): readonly Selection[] {
  const files = paths.flatMap((path) => testFiles(path, folder));
  const bySuite = Map.groupBy(files, suiteConfig);
  return [...bySuite].map(([config, files]) => ({ config, files: [...new Set(files)] }));
}

/** What mocha is told so that it runs these files and no others. */
export function mochaArguments({ config, files }: Selection): readonly string[] {
  const { timeout, require = [] } = JSON.parse(readFileSync(join(repository, config), 'utf8')) as SuiteConfig;
  const required = require.flatMap((file) => ['--require', file]);
  // With its configuration mocha would add the suite's own files to these.
  return ['--no-config', '--timeout', String(timeout), ...required, ...files];
}

function testFiles(path: string, folder: string): readonly string[] {
  const absolute = resolve(folder, path);
  if (!existsSync(absolute)) throw new Error(`invalid FILE "${path}": there is no such file${didYouMean(path)}`);
  if (statSync(absolute).isDirectory()) {
    const found = globSync('**/*.test.ts', { cwd: absolute }).sort();
    if (found.length === 0) throw new Error(`invalid FILE "${path}": there is no *.test.ts below this folder`);
    return found.map((file) => join(absolute, file));
  }
  if (!absolute.endsWith('.test.ts')) {
    throw new Error(`invalid FILE "${path}": expected a file named *.test.ts${didYouMean(path)}`);
  }
  return [absolute];
}

/** Test files whose name begins as the given one does. */
function didYouMean(path: string): string {
  const name = basename(path).replace(/(\.test)?\.ts$/, '');
  const found = globSync(`test/**/${name}*.test.ts`, { cwd: repository }).sort();
  return found.length === 0 ? '' : `; did you mean ${found.slice(0, 3).join(' or ')}?`;
}

/** That of the suite's folder below test/; all others are unit tests. */
function suiteConfig(file: string): string {
  const [top, suite] = relative(repository, file).split(sep);
  const own = join('test', suite ?? '', '.mocharc.json');
  return top === 'test' && existsSync(join(repository, own)) ? own : '.mocharc.json';
}

async function main(args: readonly string[]): Promise<number> {
  const isWatching = args[0] === '--watch';
  const rest = isWatching ? args.slice(1) : args;
  const firstOption = rest.findIndex((arg) => arg.startsWith('-'));
  const paths = firstOption === -1 ? rest : rest.slice(0, firstOption);
  const options = firstOption === -1 ? [] : rest.slice(firstOption);
  if (paths.length === 0 && !isWatching) throw new Error('expected FILE, such as: npm run test:one test/cases.test.ts');
  // npm runs scripts in the repository, and says where it was called.
  const selections = selectTests(paths, process.env.INIT_CWD ?? process.cwd());
  if (isWatching && selections.length > 1) throw new Error('files of one suite only can be watched at the same time');
  const runs = paths.length === 0 ? [[]] : selections.map(mochaArguments);
  let worst = 0;
  for (const run of runs) worst = Math.max(worst, await runMocha([...run, ...options], isWatching));
  return worst;
}

async function runMocha(args: readonly string[], isWatching: boolean): Promise<number> {
  const mocha = join(repository, 'node_modules/mocha/bin/mocha.js');
  const watch = isWatching ? ['--watch', '--watch-preserve-output'] : [];
  const child = spawn(process.execPath, [...watch, mocha, ...args], { stdio: 'inherit', cwd: repository });
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
