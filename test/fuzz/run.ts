import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { variables } from './fuzz.ts';

/**
 * npm run fuzz -- [--minutes 5] [TARGET ...] [--seed NUMBER [--path PATH [--save NAME]]]
 *
 * Each target gets foreign data of another kind until its time is over; two run at a time. With the seed and the path
 * that a failure prints, that input runs alone; with --save it is stored, and runs first from then on.
 */
const repository = join(import.meta.dirname, '../..');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string' },
    path: { type: 'string' },
    save: { type: 'string' },
  },
});

const targets = globSync('*.test.ts', { cwd: import.meta.dirname }).map((file) => basename(file, '.test.ts'));
const unknown = positionals.filter((name) => !targets.includes(name));
const minutes = Number(values.minutes);
if (unknown.length > 0) fail(`invalid TARGET "${unknown.join(' ')}": expected some of ${targets.sort().join(', ')}`);
if (!(minutes > 0)) fail(`invalid --minutes "${values.minutes}": expected a number such as 5`);
if (values.seed !== undefined && !/^\d+$/.test(values.seed)) fail(`invalid --seed "${values.seed}": expected a number`);
if (values.path !== undefined && (values.seed === undefined || positionals.length !== 1))
  fail('--path needs --seed and one TARGET');

const selected = positionals.length > 0 ? positionals : targets;
const child = spawn(
  process.execPath,
  [
    ...['node_modules/mocha/bin/mocha.js', '--no-config', '--timeout', '0'],
    ...(selected.length > 1 ? ['--parallel', '--jobs', '2'] : []),
    ...selected.map((name) => `test/fuzz/${name}.test.ts`),
  ],
  {
    stdio: 'inherit',
    cwd: repository,
    env: {
      ...process.env,
      [variables.seconds]: String(minutes * 60),
      ...Object.fromEntries(
        (['seed', 'path', 'save'] as const).flatMap((name) => {
          const value = values[name];
          return value === undefined ? [] : [[variables[name], value]];
        }),
      ),
    },
  },
);
const [status] = (await once(child, 'exit')) as [number | null];
process.exitCode = status ?? 1;

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
