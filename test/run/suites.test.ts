import { expect } from 'chai';
import { globSync, readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { builtParts } from './parts.ts';
import { Scheduler } from './scheduler.ts';
import { selectSuites, suites, withoutBuilt } from './suites.ts';

const repository = join(import.meta.dirname, '../..');

describe('run/suites', () => {
  it('covers every test file exactly once', () => {
    const listed = suites.filter(({ kind }) => kind === 'mocha').flatMap(({ command }) => filesOf(command));

    expect(listed.toSorted()).to.deep.equal(globSync('test/**/*.test.ts', { cwd: repository }).sort());
  });

  it('selects suites by a word of their title, with the builds that they depend on', () => {
    const titles = (...words: readonly string[]): readonly string[] => selectSuites(words).map(({ title }) => title);

    expect(titles()).to.deep.equal(suites.map(({ title }) => title));
    expect(titles('large')).to.deep.equal(['unit, large inputs']);
    expect(titles('Argo CD: generate')).to.deep.equal([
      ...['etcd', 'manifests', 'Kubernetes', 'Argo CD'],
      'real Argo CD: generate',
    ]);
  });

  it('starts the longest suite first when everything is built, and builds what is missing', () => {
    const builds = suites.filter(({ kind }) => kind === 'build').map(({ title }) => title);

    const [first] = withoutBuilt(suites, new Set(builds));
    expect(first).to.deep.include({ title: 'real Argo CD: serve, install', after: [] });
    const missing = withoutBuilt(suites, new Set(builds.filter((one) => one !== 'Argo CD')));
    expect(missing[0]).to.deep.include({ title: 'Argo CD', after: [] });
    expect(missing[1]).to.deep.include({ title: 'real Argo CD: serve, install', after: ['Argo CD'] });
  });

  it('starts a suite after the builds of the tools that its tests need', () => {
    const partOf = (tool: string): string | undefined =>
      builtParts.find((part) => 'tools' in part && part.tools.some((one) => one === tool))?.title;

    for (const { title, command, after = [] } of suites.filter(({ kind }) => kind === 'mocha')) {
      for (const file of filesOf(command)) {
        for (const tool of neededTools(readFileSync(join(repository, file), 'utf8'))) {
          expect(after, `${file} of "${title}" needs ${tool}`).to.include(partOf(tool));
        }
      }
    }
  });

  it('lists the titles when a word matches none', () => {
    expect(() => selectSuites(['untit'])).to.throw(/^invalid SUITE "untit": expected a part of "etcd", .*"unit"/);
  });

  it('makes suites wait only for tasks that are listed before them', () => {
    expect(
      () => new Scheduler(suites, { hasRoom: () => false, run: () => Promise.resolve(true), now: () => 0 }),
    ).to.not.throw();
  });
});

/** Tools without which a test file skips itself: `missingTools(['helm'])`. */
function neededTools(source: string): readonly string[] {
  const lists = [...source.matchAll(/missingTools\(\[([^\]]*)\]\)/g)].map(([, list = '']) => list);
  return lists.flatMap((list) => [...list.matchAll(/'(\w+)'/g)].map(([, tool = '']) => tool));
}

/** Files that mocha runs: from its configuration or the command line, without the ignored ones. */
function filesOf(command: readonly string[]): readonly string[] {
  const valueOf = (option: string): string | undefined => command[command.indexOf(option) + 1 || command.length];
  const config = valueOf('--config') ?? '.mocharc.json';
  const { spec, ignore = [] } = JSON.parse(readFileSync(join(repository, config), 'utf8')) as {
    readonly spec: readonly string[];
    readonly ignore?: readonly string[];
  };
  const hasConfig = !command.includes('--no-config');
  const globs = hasConfig ? spec : [command.at(-1)!];
  const ignored = [...(hasConfig ? ignore : []), ...(command.includes('--ignore') ? [valueOf('--ignore')!] : [])];
  const files = new Set(globs.flatMap((glob) => globSync(glob, { cwd: repository })));
  return [...files].filter((file) => !ignored.some((glob) => matchesGlob(file, glob)));
}
