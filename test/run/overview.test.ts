import { expect } from 'chai';
import { overviewOf, renderOverview } from './overview.ts';
import type { BuiltPart, NeededProgram } from './parts.ts';

const part = (title: string, minutes: number, isBuilt: boolean, program: BuiltPart['with'] = 'go'): BuiltPart => ({
  title,
  minutes,
  isBuilt: () => isBuilt,
  with: program,
  command: ['node', 'test/tools/build.ts'],
});
const program = (title: string, isThere: boolean): NeededProgram => ({
  title,
  isThere: () => isThere,
  remedy: `apt-get install ${title}`,
  neededBy: 'the tests of the page',
});

describe('run/overview', () => {
  it('prints what is built, what will be built in how many minutes, and how to get what is missing', () => {
    const parts = [part('etcd', 0.5, true), part('Kubernetes', 6, false), part('PyYAML', 0.2, false, 'python3')];

    const text = renderOverview(overviewOf(parts, [program('go', true), program('chromium', false)]));

    expect(text).to.equal(`already built: etcd
will be built: Kubernetes (6 min), PyYAML (12 s), once per machine
missing: chromium, for the tests of the page; install it with: apt-get install chromium`);
  });

  it('prints what cannot be built for lack of a program', () => {
    const text = renderOverview(overviewOf([part('Kubernetes', 6, false)], [program('go', false)]));

    expect(text).to.equal(`cannot be built: Kubernetes, which needs go
missing: go, for the tests of the page; install it with: apt-get install go`);
  });

  it('prints one line when nothing is missing', () => {
    const text = renderOverview(overviewOf([part('etcd', 1, true)], [program('go', true)]));

    expect(text).to.equal('already built: etcd');
  });
});
