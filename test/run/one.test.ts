import { expect } from 'chai';
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { temporaryFolder } from '../support/folder.ts';
import { until } from '../support/until.ts';
import { mochaArguments, selectTests, takeReleases } from './one.ts';

const repository = join(import.meta.dirname, '../..');
const script = join(import.meta.dirname, 'one.ts');
const env = { ...process.env, INIT_CWD: repository };

describe('run/one: npm run test:one', () => {
  const folder = temporaryFolder();

  function run(...args: readonly string[]) {
    return spawnSync(process.execPath, [script, ...args], { encoding: 'utf8', env });
  }

  it('runs only the given files, and passes --grep to mocha', async () => {
    const first = await folder.write('first.test.ts', "it('one', () => {}); it('two', () => {});");
    const second = await folder.write('second.test.ts', "it('one', () => {});");

    const { stdout, status } = run(first, second, '--grep', 'one');

    expect(status).to.equal(0);
    expect(stdout).to.include('2 passing');
  });

  it('exits with 1 when a test fails', async () => {
    const file = await folder.write('fails.test.ts', "it('fails', () => { throw new Error('as it should'); });");

    expect(run(file).status).to.equal(1);
  });

  it('runs again when a file changes', async () => {
    const file = await folder.write('changes.test.ts', "it('before', () => {});");
    const child = spawn(process.execPath, [script, '--watch', file], { env, stdio: ['ignore', 'pipe', 'ignore'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += stripVTControlCharacters(chunk.toString())));
    try {
      // Only then is every file watched, however slow the machine is.
      await until('it ran', () => /✔ before[^]*Completed running/.test(output));
      await folder.write('changes.test.ts', "it('after', () => {});");

      await until('it ran again', () => output.includes('✔ after'));
    } finally {
      child.kill();
    }
  });

  for (const [path, config, required] of [
    ['test/plugin/node-version.test.ts', '.mocharc.json', ['--require', 'test/setup.ts']],
    ['test/program/main.test.ts', 'test/program/.mocharc.json', ['--require', 'test/setup.ts']],
    ['test/cluster/parts/pool.test.ts', 'test/cluster/.mocharc.json', []],
    ['test/e2e/generate/sync.test.ts', 'test/e2e/.mocharc.json', ['--require', 'test/e2e/parts/shared.ts']],
  ] as const) {
    it(`selects the configuration and setup files for ${path}`, () => {
      const [selection] = selectTests([path], repository);

      expect(selection).to.deep.equal({ config, files: [join(repository, path)] });
      const args = mochaArguments(selection!);
      expect(args.slice(args.indexOf('--timeout') + 2)).to.deep.equal([...required, join(repository, path)]);
    });
  }

  it('expands a folder to its test files, each once, and keeps suites apart', () => {
    const selections = selectTests(['test/run', 'test/run/one.test.ts', 'test/cluster/parts'], repository);

    expect(selections.map(({ config }) => config)).to.deep.equal(['.mocharc.json', 'test/cluster/.mocharc.json']);
    const { files } = selections[0]!;
    expect(files).to.include(join(repository, 'test/run/one.test.ts'));
    expect(files).to.deep.equal([...new Set(files)]);
  });

  it('runs the folder of a suite as the whole suite, in its own order', () => {
    const selections = selectTests(['test/e2e', 'test/e2e/generate/sync.test.ts', 'test/run/one.test.ts'], repository);

    expect(selections.map(({ config }) => config)).to.deep.equal(['test/e2e/.mocharc.json', '.mocharc.json']);
    expect(mochaArguments(selections[0]!)).to.deep.equal(['--config', 'test/e2e/.mocharc.json']);
  });

  it('accepts releases of real parts, whose programs are built first, and rejects unknown ones', () => {
    expect(takeReleases(['test/e2e', '--argo-cd', '3.5', '--kubernetes', '1.34', '--grep', 'x'])).to.deep.equal({
      rest: ['test/e2e', '--grep', 'x'],
      groups: ['kubernetes', 'argo-cd'],
      env: { KUBERNETES_RELEASE: '1.34', ARGO_CD_RELEASE: '3.5' },
    });
    expect(takeReleases(['test/e2e'])).to.deep.equal({ rest: ['test/e2e'], groups: [], env: {} });
    for (const release of ['1.33', '../1.35', '']) {
      expect(() => takeReleases(['--kubernetes', release])).to.throw(
        `invalid --kubernetes "${release}": expected 1.36 or 1.35 or 1.34, or none for the newest`,
      );
    }
  });

  for (const [path, message] of [
    ['test/mian.test.ts', 'invalid FILE "test/mian.test.ts": no such file'],
    [
      'test/scheduler.test.ts',
      'invalid FILE "test/scheduler.test.ts": no such file; did you mean test/run/scheduler.test.ts?',
    ],
    [
      'test/run/scheduler.ts',
      'invalid FILE "test/run/scheduler.ts": expected a file named *.test.ts; did you mean test/run/scheduler.test.ts?',
    ],
    ['test/cases', 'invalid FILE "test/cases": no *.test.ts file below this folder'],
  ] as const) {
    it(`rejects ${path} with a reason`, () => {
      expect(() => selectTests([path], repository)).to.throw(message);
    });
  }

  it('prints an example and exits with 2 when no file is given', () => {
    const { stderr, status } = run();

    expect(stderr).to.equal('missing FILE, for example: npm run test:one test/cases.test.ts\n');
    expect(status).to.equal(2);
  });
});
