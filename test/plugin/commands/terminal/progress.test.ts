import { expect } from 'chai';
import { Progress } from '../../../../plugin/commands/terminal/progress.ts';
import { run } from '../../../../plugin/commands/run.ts';
import { stderrLog } from '../../../../plugin/lib/messages/log.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { prometheus, recording } from '../../../support/objects.ts';
import type { VirtualTime } from '../../../support/virtual-time.ts';
import { startVirtualTime } from '../../../support/virtual-time.ts';

describe('plugin/commands/terminal/progress', () => {
  let time: VirtualTime;
  let text = '';
  const write = (more: string): void => {
    text += more;
  };

  beforeEach(() => {
    time = startVirtualTime();
    text = '';
  });

  afterEach(() => {
    time.end();
  });

  it('prints nothing for a run that takes less than a second', async () => {
    const progress = new Progress(write, 'terminal');
    progress.report('listing Services');

    await time.advance(950);
    progress.end();
    await time.advance(1_000);

    expect(text).to.equal('');
  });

  it('shows the current stage after a second, and erases it at the end', async () => {
    const progress = new Progress(write, 'terminal');
    progress.report('listing Services');

    await time.advance(1_000);
    progress.report('asking \u001B[2Jbackends');
    progress.end();
    progress.report('writing');

    const erase = '\r\u001B[K';
    expect(text).to.equal(`${erase}listing Services …${erase}asking \\u001b[2Jbackends …${erase}`);
  });

  it('truncates a stage to the width of the terminal, so that all of it can be erased', async () => {
    let columns = 20;
    const progress = new Progress(write, 'terminal', () => columns);
    progress.report(`reading the ConfigMap ${'n'.repeat(63)}/${'c'.repeat(253)}`);

    await time.advance(1_000);
    columns = 2;
    progress.report('listing');
    progress.end();

    const erase = '\r\u001B[K';
    expect(text).to.equal(`${erase}reading the Confi …${erase} …${erase}`);
  });

  it('prints each stage with its time when stages are printed as lines', async () => {
    const progress = new Progress(write, 'lines');
    progress.report('listing Services');
    await time.advance(1_500);
    progress.report('writing');
    progress.end();

    expect(text).to.equal('  0.00 s  listing Services\n  1.50 s  writing\n');
  });

  it('prints nothing when stderr is not a terminal', async () => {
    const progress = new Progress(write, 'none');
    progress.report('listing Services');
    await time.advance(5_000);
    progress.end();

    expect(text).to.equal('');
  });
});

describe('plugin/commands/terminal/stages', () => {
  const folder = temporaryFolder();

  /** What a run tells, what it prints, and the end of the telling between them. */
  async function stagesOf(...args: readonly string[]): Promise<readonly string[]> {
    const path = await folder.write('cluster.json', recording(prometheus()));
    const told: string[] = [];
    const stdout = (): Promise<void> => {
      told.push('(stdout)');
      return Promise.resolve();
    };
    const progress = (mode: string): { report: (stage: string) => void; end: () => void } => ({
      report: (stage) => told.push(stage),
      end: () => told.push(`(end, ${mode})`),
    });
    const io = { stdout, log: stderrLog(() => undefined, false), environment: {}, progress };
    await run([...args, '--path', folder.path, '--snapshot', path], '1', io);
    return told;
  }

  it('are reported from the first file to the result, and end before anything is printed', async () => {
    expect(await stagesOf('generate', '-v')).to.deep.equal([
      'reading the recorded cluster',
      'listing Services',
      'reading EndpointSlices',
      'reading a Pod of monitoring',
      'generating toolsets and applying overrides and patches',
      'writing the result',
      '(end, verbose)',
      '(stdout)',
    ]);
  });

  it('count the stores that have answered a first question', async () => {
    const told = await stagesOf('doctor', '--first-question');

    expect(told.filter((stage) => stage.startsWith('asking first'))).to.deep.equal([
      'asking first questions: 0 of 1 backends have answered',
      'asking first questions: 1 of 1 backends have answered',
    ]);
  });
});
