import { expect } from 'chai';
import fc from 'fast-check';
import { configKeys, knownToolset, newest, toolsetNames } from '../../../../../plugin/consumers/holmesgpt/catalog.ts';
import type { ReleaseChange } from '../../../../../plugin/consumers/holmesgpt/releases/changes.ts';
import { releaseChanges } from '../../../../../plugin/consumers/holmesgpt/releases/changes.ts';

const last = Number(newest.split('.')[1]);
const minor = fc.integer({ min: 16, max: last });

describe('plugin/consumers/holmesgpt/releases/changes', () => {
  it('returns none between a release and itself', () => {
    for (let of = 16; of <= last; of += 1) expect(releaseChanges({ from: of, to: of })).to.deep.equal([]);
  });

  it('reports new toolsets as gone, and swaps renamed ones, in the opposite direction', () => {
    fc.assert(
      fc.property(minor, minor, (from, to) => {
        const [there, back] = [releaseChanges({ from, to }), releaseChanges({ from: to, to: from })];

        expect(toolsetsThat('new', there)).to.deep.equal(toolsetsThat('gone', back));
        const turned = back
          .filter(({ kind, key }) => kind === 'renamed' && key === null)
          .map(({ subject, to: name }) => [name, subject]);
        const renamed = there
          .filter(({ kind, key }) => kind === 'renamed' && key === null)
          .map(({ subject, to: name }) => [subject, name]);
        expect(renamed.sort()).to.deep.equal(turned.sort());
      }),
    );
  });

  it('reports every toolset and config key that only the target release has', () => {
    fc.assert(
      fc.property(minor, minor, (from, to) => {
        const told = new Set(releaseChanges({ from, to }).flatMap(partsOf));

        for (const name of toolsetNames(to)) {
          const [was, is] = [knownToolset(name, from), knownToolset(name, to)!];
          if (!was) {
            expect(told, name).to.include(name);
            continue;
          }
          const before = Object.keys(configKeys(was, from) ?? {});
          const added = Object.entries(configKeys(is, to) ?? {}).filter(
            ([key, { replacedBy }]) => replacedBy === undefined && !before.includes(key),
          );
          for (const [key] of added) expect(told, `${from} ${to}`).to.include(`${name}.${key}`);
        }
      }),
    );
  });
});

function toolsetsThat(kind: ReleaseChange['kind'], changes: readonly ReleaseChange[]): string[] {
  return changes.flatMap((one) => (one.kind === kind && one.key === null ? [one.subject] : []));
}

/** What a change is about: also the new name, where there is one. */
function partsOf({ subject, key, to }: ReleaseChange): string[] {
  return key === null ? [subject, to ?? subject] : [`${subject}.${key}`, `${subject}.${to ?? key}`];
}
