import { expect } from 'chai';
import { ProgressWriter, changeLine, formatElapsed, summaryLine, timesTable } from './progress.ts';
import type { Task, TaskStatus } from './scheduler.ts';

const status = (title: string, given: Partial<TaskStatus<Task>> = {}): TaskStatus<Task> => ({
  task: { title },
  state: 'waiting',
  waitsFor: [],
  startedMs: null,
  tookMs: null,
  ...given,
});
const build = status('build', { state: 'passed', startedMs: 0, tookMs: 61_000 });
const unit = status('unit', { state: 'running', startedMs: 1_000 });
const e2e = status('real Argo CD', { waitsFor: ['Argo CD'] });
const broken = status('cluster', { state: 'failed', startedMs: 0, tookMs: 125_400 });

describe('run/progress', () => {
  it('formats minutes and seconds', () => {
    expect([0, 7_400, 60_000, 754_600].map(formatElapsed)).to.deep.equal(['0:00', '0:07', '1:00', '12:35']);
  });

  it('prints a line for each start and end', () => {
    expect(changeLine(unit, 1_000)).to.equal('[0:01] unit: started');
    expect(changeLine(build, 61_000)).to.equal('[1:01] build: passed (1:01)');
    expect(changeLine(broken, 125_400)).to.equal('[2:05] cluster: FAILED (2:05)');
  });

  it('summarises in one line what is done, what runs, and what waits for what', () => {
    expect(summaryLine([build, unit, e2e, status('last')], 91_000)).to.equal(
      '[1:31] 1 of 4 done; running: unit 1:30; waiting: real Argo CD (for Argo CD), last',
    );
  });

  it('lists how long each task took, longest first', () => {
    expect(timesTable([build, broken, unit])).to.equal('    2:05  cluster  FAILED\n    1:01  build');
  });

  it('replaces the status line on a terminal, and leaves no part of it in permanent output', () => {
    const written: string[] = [];
    const writer = new ProgressWriter(
      (text) => written.push(text),
      true,
      () => 30,
    );

    writer.status('first');
    writer.status('a line that is longer than the terminal is wide');
    writer.print('stays');
    writer.print('as well');

    const clear = '\r\u001b[2K';
    expect(written.join('')).to.equal(`first${clear}a line that is longer than th${clear}stays\nas well\n`);
  });

  it('writes whole lines to a log, without control characters', () => {
    const written: string[] = [];
    const writer = new ProgressWriter((text) => written.push(text), false);

    writer.status('first');
    writer.print('second');

    expect(written.join('')).to.equal('first\nsecond\n');
  });
});
