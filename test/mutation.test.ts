import { expect } from 'chai';
import { globSync, readFileSync } from 'node:fs';
import { areas, partsOf } from './mutation/areas.ts';
import type { Mutant } from './mutation/report.ts';
import { renderScores, renderSurvivors, scoreOf } from './mutation/report.ts';

const source = ['const low = 1;', 'const high = items.filter(', '  (one) => one > low,', ');', ''].join('\n');

function mutant(status: Mutant['status'], change: Partial<Mutant> = {}): Mutant {
  return {
    fileName: 'plugin/discovery/made-up.ts',
    location: { start: { line: 3, column: 12 }, end: { line: 3, column: 21 } },
    mutatorName: 'EqualityOperator',
    replacement: 'one >= low',
    status,
    ...change,
  };
}

describe('mutation', () => {
  it('mutates all areas when no path is given', () => {
    expect(partsOf([]).map(({ folder }) => folder)).to.deep.equal(areas.map(({ folder }) => folder));
    const [first, last] = [partsOf([])[0], partsOf([]).at(-1)];
    expect(first?.mutate).to.equal('plugin/discovery/**/*.ts');
    expect(last?.mutate).to.equal('plugin/serve/clusters/other-clusters.ts');
  });

  it('mutates part of an area with the tests of that area', () => {
    const [file, folder] = partsOf(['plugin/discovery/selection/deduplicate.ts', 'plugin/consumers/holmesgpt/']);

    expect(file).to.deep.equal({
      folder: 'plugin/discovery/selection/deduplicate.ts',
      mutate: 'plugin/discovery/selection/deduplicate.ts',
      tests: areas[0]?.tests,
      without: areas[0]?.without,
    });
    expect(folder?.mutate).to.equal('plugin/consumers/holmesgpt/**/*.ts');
  });

  it('rejects a path outside all areas', () => {
    expect(() => partsOf(['plugin/discoveries'])).to.throw(
      'invalid path "plugin/discoveries": expected one below plugin/',
    );
  });

  it('names only folders and tests that exist', () => {
    for (const { mutate, tests } of partsOf([])) {
      for (const pattern of [mutate, ...tests]) expect(globSync(pattern), pattern).to.not.be.empty;
    }
  });

  it('leaves out only tests that exist', () => {
    for (const { tests, without } of areas) {
      const titles = tests.flatMap((pattern) => globSync(pattern)).flatMap(titlesIn);
      for (const part of without)
        expect(
          titles.some((title) => title.includes(part)),
          part,
        ).to.equal(true);
    }
  });

  it('counts killed and timed-out mutants as detected, and leaves out ignored ones', () => {
    const all = ['Killed', 'Killed', 'Timeout', 'Survived', 'NoCoverage', 'Ignored'] as const;

    expect(scoreOf({ folder: 'plugin/discovery', mutants: all.map((status) => mutant(status)) })).to.equal(60);
    expect(scoreOf({ folder: 'plugin/discovery', mutants: [] })).to.equal(100);
  });

  it('prints a row for each folder and marks scores below the bar', () => {
    const text = renderScores([
      {
        folder: 'plugin/discovery',
        mutants: (['Killed', 'Survived', 'Ignored', 'RuntimeError'] as const).map((status) => mutant(status)),
      },
      { folder: 'plugin/consumers', mutants: [mutant('Killed'), mutant('Timeout')] },
    ]);

    expect(text).to.equal(
      [
        'FOLDER             MUTANTS   KILLED   TIMED OUT   SURVIVED   NOT COVERED   EQUIVALENT   ERROR   SCORE',
        'plugin/discovery   4         1        0           1          0             1            1       50.0 % (below 85 %)',
        'plugin/consumers   2         1        1           0          0             0            0       100.0 %',
        '',
      ].join('\n'),
    );
  });

  it('prints the position and the change of each survivor on one line', () => {
    const filter = { start: { line: 2, column: 14 }, end: { line: 4, column: 2 } };
    const mutants = [
      mutant('Killed'),
      mutant('Survived'),
      mutant('NoCoverage', { location: filter, mutatorName: 'MethodExpression', replacement: 'items' }),
    ];

    expect(renderSurvivors([{ folder: 'plugin/discovery', mutants }], () => source)).to.equal(
      [
        'plugin/discovery/made-up.ts:3:12 EqualityOperator: one > low -> one >= low',
        'plugin/discovery/made-up.ts:2:14 MethodExpression (not covered): items.filter( (one) => one > low, ) -> items',
        '',
      ].join('\n'),
    );
  });

  it('has a runner that loads with the installed mocha', async () => {
    const { strykerPlugins } = await import('./mutation/mocha-runner.ts');

    expect(strykerPlugins.map(({ name }) => name)).to.deep.equal(['mocha']);
  });
});

/** Titles of the tests of a file and of what is around them. */
function titlesIn(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/\b(?:describe|it)\(\s*(['"`])(.*?)(?<!\\)\1/g)].map(([, , title = '']) => title);
}
