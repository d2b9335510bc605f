import { expect } from 'chai';
import fc from 'fast-check';
import type { ProposalAction, OwnBranch, Pending, ProposalState } from '../../../plugin/propose/decide.ts';
import { decide } from '../../../plugin/propose/decide.ts';

const minute = 60_000;
const settled = { settleMs: 10 * minute, nowMs: 100 * minute };
const since = (digest: string, ago: number): Pending => ({ digest, sinceMs: (100 - ago) * minute });
const ours = (digest: string, isCurrent = true): OwnBranch => ({ digest, isOurs: true, isCurrent });
const theirs = (digest: string): OwnBranch => ({ digest, isOurs: false, isCurrent: true });

describe('plugin/propose/decide', () => {
  const cases: readonly (readonly [title: string, given: Partial<ProposalState>, kind: ProposalAction['kind']])[] = [
    ['no change', { desired: 'a', base: 'a' }, 'steady'],
    ['a new change', { desired: 'b', base: 'a' }, 'wait'],
    ['a change that has settled', { desired: 'b', base: 'a', pending: since('b', 10) }, 'propose'],
    ['a change that has almost settled', { desired: 'b', base: 'a', pending: since('b', 9) }, 'wait'],
    ['a change other than the pending one', { desired: 'c', base: 'a', pending: since('b', 99) }, 'wait'],
    ['a change that is already proposed', { desired: 'b', base: 'a', branch: ours('b') }, 'proposed'],
    ['a proposed change on an outdated file', { desired: 'b', base: 'a', branch: ours('b', false) }, 'propose'],
    ['a change other than the proposed one', { desired: 'c', base: 'a', branch: ours('b') }, 'wait'],
    ['a proposal that was merged', { desired: 'b', base: 'b', branch: ours('b') }, 'close'],
    ['a proposal that has just become unnecessary', { desired: 'a', base: 'a', branch: ours('b') }, 'wait'],
    [
      'a proposal that has been unnecessary for the settle time',
      { desired: 'a', base: 'a', branch: ours('b'), pending: since('a', 10) },
      'close',
    ],
    [
      'an unnecessary proposal with commits by people',
      { desired: 'a', base: 'a', branch: theirs('b'), pending: since('a', 10) },
      'left',
    ],
    [
      'a settled change to a branch with commits by people',
      { desired: 'c', base: 'a', branch: theirs('b'), pending: since('c', 10) },
      'edited',
    ],
    [
      'the proposed change on a branch with commits by people',
      { desired: 'b', base: 'a', branch: theirs('b') },
      'proposed',
    ],
    [
      'the next change after a merged branch',
      { desired: 'c', base: 'b', branch: ours('b'), pending: since('c', 10) },
      'propose',
    ],
    [
      'a pending time in the future, which restarts the wait',
      { desired: 'b', base: 'a', pending: since('b', -50) },
      'wait',
    ],
  ];
  for (const [title, given, kind] of cases) {
    it(`decides ${kind} for ${title}`, () => {
      const decision = decide({ desired: 'a', base: 'a', branch: null, pending: null, ...settled, ...given });

      expect(decision.kind).to.equal(kind);
    });
  }

  it('proposes a change only after it has lasted for the settle time, however changes come and go', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 20 }))), (seen) => {
        let [pending, nowMs, lasting]: [Pending | null, number, number] = [null, 0, 0];
        let last = 'a';
        for (const [desired, minutes] of seen) {
          lasting = desired === last ? lasting : nowMs;
          last = desired;
          const decision = decide({ ...settled, desired, base: 'a', branch: null, pending, nowMs });
          if (decision.kind === 'propose') expect(nowMs - lasting).to.be.at.least(settled.settleMs);
          if (desired !== 'a' && nowMs - lasting >= settled.settleMs) expect(decision.kind).to.equal('propose');
          pending = decision.kind === 'wait' ? decision.pending : null;
          if (decision.kind === 'propose') pending = { digest: desired, sinceMs: lasting };
          nowMs += minutes * minute;
        }
      }),
    );
  });
});
