import { expect } from 'chai';
import type { DataMap } from '../../../plugin/lib/json.ts';
import { changed } from '../../support/git.ts';
import { cpuBound, cpuMs } from '../../support/cpu-time.ts';
import { failure } from '../../support/failure.ts';

/** Far above what each of these takes, and far below what it took when one thing was done for each of another. */
const budgetMs = 3_000;

/** CPU time of some work. */
function cpuOf(work: () => unknown): number {
  const before = cpuMs();
  work();
  return cpuMs() - before;
}

describe('plugin/customizations/budgets', () => {
  const additions = (count: number): object[] =>
    Array.from({ length: count }, (_, index) => ({ op: 'add', path: `/config/k${String(index)}`, value: index }));
  const toolsets = (count: number): Record<string, DataMap> =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`tool${String(index)}`, { config: {} }]));

  it('applies 10,000 additions to one toolset within the CPU limit', () => {
    const files = { 'patches.yaml': [{ target: 'tool0', patch: additions(10_000) }] };

    expect(cpuOf(() => changed({ toolsets: toolsets(1) }, files))).to.be.below(cpuBound(budgetMs));
  }).timeout(60_000);

  it('applies 7,000 patches of one of 5,000 toolsets within the CPU limit', () => {
    const patches = additions(7_000).map((one) => ({ target: 'tool0', patch: [one] }));

    expect(cpuOf(() => changed({ toolsets: toolsets(5_000) }, { 'patches.yaml': patches }))).to.be.below(
      cpuBound(budgetMs),
    );
  }).timeout(60_000);

  it('rejects patches by globs that write more than 4 MB to all toolsets, with the location', async () => {
    const patches = Array.from({ length: 1_000 }, (_, index) => ({
      target: 'tool*',
      patch: [{ op: 'add', path: `/k${String(index)}`, value: 1 }],
    }));

    const before = cpuMs();
    const error = await failure(() => changed({ toolsets: toolsets(5_000) }, { 'patches.yaml': patches }));

    expect(cpuMs() - before).to.be.below(cpuBound(budgetMs));
    expect(error.message).to.match(/^patches\.yaml:1:\d+ the patches write more than 4 MB in all$/);
  }).timeout(60_000);

  it('counts optional patches that are tried and do not apply towards the limit', async () => {
    const large = {
      own: { config: Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [String(index), 1])) },
    };
    const patches = Array.from({ length: 2_000 }, () => ({
      target: 'own',
      optional: true,
      patch: [
        { op: 'add', path: '/config/new', value: 1 },
        { op: 'test', path: '/missing', value: 1 },
      ],
    }));

    const before = cpuMs();
    const error = await failure(() => changed({ toolsets: large }, { 'patches.yaml': patches }));

    expect(cpuMs() - before).to.be.below(cpuBound(budgetMs));
    expect(error.message).to.match(/the patches write more than 4 MB in all$/);
  }).timeout(60_000);

  it('rejects a pointer of 10,000 slashes within the CPU limit', async () => {
    const patch = [{ op: 'remove', path: `${'/'.repeat(10_000)}~` }];

    const before = cpuMs();
    const error = await failure(() => changed({}, { 'patches.yaml': [{ target: 'own', patch }] }));

    expect(cpuMs() - before).to.be.below(cpuBound(budgetMs));
    expect(error.message).to.contain('invalid pointer');
  });

  it('reports the first 1,000 findings, and one that says that there are more', () => {
    const config = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`k${String(index)}`, index]));
    const overrides = { toolsets: { own: { config } } };

    const { findings } = changed({}, { 'a.yaml': overrides, 'b.yaml': overrides });

    expect(findings).to.have.length(1_001);
    expect(findings.at(-1)?.message).to.equal(
      'changes nothing: this is there already, and more like it: no more are told',
    );
  });

  it('keeps a copy separate from later operations on the original', () => {
    const patch = [
      { op: 'copy', from: '/config', path: '/other' },
      { op: 'add', path: '/config/a', value: 1 },
    ];

    const { final } = changed({ toolsets: toolsets(1) }, { 'patches.yaml': [{ target: 'tool0', patch }] });

    expect(final.toolsets.tool0).to.deep.equal({ config: { a: 1 }, other: {} });
  });
});
