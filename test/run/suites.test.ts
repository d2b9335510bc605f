import { expect } from 'chai';
import { globSync, readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { Scheduler } from './scheduler.ts';
import { suites } from './suites.ts';

const repository = join(import.meta.dirname, '../..');

describe('run/suites', () => {
  it('runs every test file once', () => {
    const listed = suites.filter(({ kind }) => kind === 'mocha').flatMap(({ command }) => filesOf(command));

    expect(listed.toSorted()).to.deep.equal(globSync('test/**/*.test.ts', { cwd: repository }).sort());
  });

  it('waits for what is listed before, and for nothing else', () => {
    expect(() => new Scheduler(suites, { atOnce: 1, run: () => Promise.resolve(true), now: () => 0 })).to.not.throw();
  });
});

/** Those that mocha takes: of its configuration, or named, but for those to ignore. */
function filesOf(command: readonly string[]): readonly string[] {
  const valueOf = (option: string): string | undefined => command[command.indexOf(option) + 1 || command.length];
  const config = valueOf('--config') ?? '.mocharc.json';
  const { spec } = JSON.parse(readFileSync(join(repository, config), 'utf8')) as { readonly spec: readonly string[] };
  const ignored = valueOf('--ignore');
  const globs = command.includes('--no-config') ? [command.at(-1)!] : spec;
  const files = new Set(globs.flatMap((glob) => globSync(glob, { cwd: repository })));
  return [...files].filter((file) => ignored === undefined || !matchesGlob(file, ignored));
}
