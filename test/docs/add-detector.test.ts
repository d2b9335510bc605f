import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { generators } from '../../docs/generate.ts';

const repository = join(import.meta.dirname, '../..');
const guide = readFileSync(join(repository, 'docs/development.md'), 'utf8');
const section = /^## Add a detector$.*?(?=^## )/ms.exec(guide)?.[0] ?? '';

/** One step of the guide: a whole file, or hunks whose lines begin with a space, a plus or a minus. */
interface Step {
  readonly file: string;
  readonly language: 'ts' | 'diff';
  readonly block: string;
}

const steps = [...section.matchAll(/^\*\*(?:New file|In) `(.+?)`\*\*.*?^```(ts|diff)\n(.*?)^```$/gms)].map(
  ([, file = '', language = '', block = '']) => ({ file, language, block }) as Step,
);
/** What a copy does not need, or has from here. */
const left = new Set(['.git', 'coverage', 'dist', 'node_modules'].map((name) => join(repository, name)));
const tests = [...section.matchAll(/test\/\S+\.test\.ts/g)].map(([path]) => path);

describe('docs/development.md, "Add a detector"', () => {
  let folder: string;

  before(function () {
    this.timeout(900_000);
    folder = mkdtempSync(join(tmpdir(), 'dynamic-toolset-detector-'));
    cpSync(repository, folder, { recursive: true, filter: (path) => !left.has(path) });
    symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
  });

  after(function () {
    this.timeout(900_000);
    rmSync(folder, { recursive: true });
  });

  for (const [index, { file }] of steps.entries()) {
    it(`reports what is missing without the step for ${file}`, async function () {
      this.timeout(900_000);
      follow(steps.toSpliced(index, 1));

      const { code, output } = await run(folder, [
        mocha,
        ...options,
        '--grep',
        'are complete',
        'test/detectors/detectors.test.ts',
      ]);

      expect(code).not.to.equal(0);
      expect(output).to.include(index === 0 ? 'beacon.ts' : `${file} `);
    });
  }

  // Last, for it leaves the generated guides in the copy.
  it('leads to a detector whose tests and documentation pass', async function () {
    this.timeout(900_000);
    follow(steps);

    // The corpus takes most of the time, and one detector more is measured in the same way.
    const guides = Object.keys(generators).filter((path) => path !== 'docs/accuracy.md');
    expect(await run(folder, ['docs/generate.ts', ...guides])).to.deep.include({ code: 0 });
    const { code, output } = await run(folder, [
      ...[mocha, ...options, '--reporter', 'dot'],
      ...['--grep', 'has docs/accuracy.md', '--invert'],
      ...new Set(tests),
    ]);
    expect(output).to.match(/passing/);
    expect(code, output).to.equal(0);
  });

  /** Leaves the copy with some of the steps done, whatever was done to these files before. */
  function follow(some: readonly Step[]): void {
    for (const { file } of steps) rmSync(join(folder, file), { force: true });
    for (const { file, language } of steps) if (language === 'diff') cpSync(join(repository, file), join(folder, file));
    for (const { file, language, block } of some) {
      const path = join(folder, file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, language === 'ts' ? block : applied(readFileSync(path, 'utf8'), block));
    }
  }
});

const mocha = 'node_modules/mocha/bin/mocha.js';
/** The time of the unit tests, not mocha's own. */
const options = ['--no-config', '--timeout', '120000'];

async function run(cwd: string, args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { code, output: output + errors };
}

/** The text after the hunks; each has to fit in exactly one place. */
function applied(source: string, diff: string): string {
  return diff.split(/^@@\n/m).reduce((now, hunk) => {
    const lines = hunk.split('\n').filter((line) => line !== '');
    const side = (without: string): string =>
      `\n${lines.flatMap((line) => (line.startsWith(without) ? [] : [line.slice(1)])).join('\n')}\n`;
    const parts = `\n${now}`.split(side('+'));
    expect(parts.length, `places for the hunk\n${hunk}`).to.equal(2);
    return parts.join(side('-')).slice(1);
  }, source);
}
