import { expect } from 'chai';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { withDeadline, writeRepository } from '../bench/budgets.ts';
import { hostileRepositories } from '../bench/hostile-repositories.ts';
import { measureEnding } from '../bench/measure.ts';
import { placeProgram } from '../support/built-program.ts';
import { temporaryFolder } from '../support/folder.ts';
import { prometheus, recording } from '../support/objects.ts';
import { ended, startProgram } from '../support/program.ts';
import { reported, runHere } from '../support/run.ts';

/** The largest peak of memory that a run may have, in MB. */
const maxPeakMB = 300;

describe('plugin/commands/thread', () => {
  const folder = temporaryFolder();
  const args = (command: string, ...more: string[]): string[] => [
    command,
    '--path',
    folder.path,
    '--snapshot',
    join(folder.path, 'cluster.json'),
    ...more,
  ];
  /** Overrides of so many characters, most of them in one text. */
  const overrides = (characters: number): string =>
    `toolsets:\n  own:\n    description: "${'x'.repeat(characters)}"\n    type: http\n`;

  beforeEach(async () => {
    await folder.write('cluster.json', recording(prometheus()));
  });

  it('prints the same as the main thread', async () => {
    await folder.write('overrides.yaml', overrides(10));
    const inline = await runHere(args('generate'));
    await folder.write('overrides.yaml', `${overrides(10)}# ${'x'.repeat(70_000)}\n`);
    const inThread = await runHere(args('generate'));

    expect(inline.code).to.equal(0);
    expect(inThread).to.deep.equal(inline);
  }).timeout(60_000);

  it('fails with the same message as the main thread', async () => {
    await folder.write('overrides.yaml', 'tools: {}\n');
    const inline = await runHere(args('generate'));
    await folder.write('overrides.yaml', `tools: {}\n# ${'x'.repeat(70_000)}\n`);
    const inThread = await runHere(args('generate'));

    expect(inline.code).to.equal(2);
    expect(inThread).to.deep.equal(inline);
  }).timeout(60_000);

  it('reads standard input in the thread as well', async () => {
    await folder.write('overrides.yaml', overrides(70_000));
    const program = startProgram(['generate', '--path', folder.path, '--snapshot', '-']);
    program.stdin?.end(recording(prometheus()));

    const [{ code }, stdout] = await Promise.all([ended(program), text(program.stdout!)]);

    expect(code).to.equal(0);
    expect(stdout).to.contain('prometheus_url');
  }).timeout(60_000);

  it('stops at the deadline, and reports what it was doing', async () => {
    const toolsets = Object.fromEntries(Array.from({ length: 15_000 }, (_, index) => [`kor${String(index)}`, {}]));
    await folder.write('overrides.yaml', JSON.stringify({ toolsets }));

    const outcome = await runHere(args('generate', '--deadline', '1s'));

    expect(outcome).to.include({ code: 4, stdout: '' });
    expect(reported(outcome).code).to.equal('DEADLINE_EXCEEDED');
    expect(reported(outcome).message).to.match(/^not finished within 1 s: ended while \w+/);
  }).timeout(60_000);

  it('stops at the memory limit, and reports what it was doing', async () => {
    await folder.write('overrides.yaml', overrides(70_000));
    await folder.write('cluster.yaml', '- [a, {b: c}]\n'.repeat(120_000));

    const outcome = await runHere(['generate', '--path', folder.path, '--snapshot', join(folder.path, 'cluster.yaml')]);

    expect(outcome).to.include({ code: 5, stdout: '' });
    expect(reported(outcome)).to.deep.include({
      code: 'WORK_TOO_LARGE',
      message: 'takes more than 144 MB of memory: ended while reading the recorded cluster',
    });
  }).timeout(60_000);

  it('reports an unwritable stdout in a sentence', async () => {
    const program = startProgram(args('generate'), openSync('/dev/null', 'r+'));

    const { code, stderr } = await ended(program);

    expect(code).to.equal(5);
    expect(reported({ stderr })).to.include({
      code: 'OUTPUT_UNWRITABLE',
      message: 'stdout is closed, or a null device that is open for reading',
    });
  }).timeout(60_000);

  describe('as built for a release', () => {
    const names = [
      '20,000 additions to one toolset',
      'one file of patches listed 300 times',
      '500 globs over 5,000 toolsets',
      'copies of copies',
      '340,000 empty lists',
      '15,000 misspelt toolsets',
      'a text of 400,000 line ends',
      '2,000 custom detectors and 20,000 Services',
      '20,000 edits to adopt',
      'a ConfigMap of which every line differs',
      'a ConfigMap of back-ticks',
    ];
    let built = '';
    let program: string;

    before(async function () {
      this.timeout(120_000);
      if (process.platform !== 'linux') this.skip();
      built = mkdtempSync(join(tmpdir(), 'dynamic-toolset-'));
      program = join(built, 'dynamic-toolset.cjs');
      await placeProgram(program);
    });

    after(() => {
      if (built !== '') rmSync(built, { recursive: true });
    });

    it('fails for a closed stdout and a full disk, but not for a null device', async () => {
      for (const [redirection, code] of [
        ['>&-', 5],
        ['> /dev/full', 5],
        ['> /dev/null', 0],
      ] as const) {
        const line = `"${process.execPath}" "${program}" ${args('generate').join(' ')} ${redirection}`;
        const ending = await measureEnding(['/bin/sh', '-c', line], 60);

        expect([redirection, ending.code]).to.deep.equal([redirection, code]);
      }
    }).timeout(120_000);

    for (const name of names) {
      it(`finishes or stops at its deadline, below 300 MB: ${name}`, async () => {
        const found = hostileRepositories.find((one) => one.name === name)!;
        const run = writeRepository(found, join(folder.path, 'hostile'));

        const ending = await measureEnding([process.execPath, program, ...(withDeadline(run) ?? run)], 60);

        expect(ending).to.include({ isKilled: false });
        expect(ending.code).to.be.oneOf([0, 1, 2, 4, 5]);
        expect(ending.peakMB).to.be.below(maxPeakMB);
      }).timeout(120_000);
    }
  });
});
