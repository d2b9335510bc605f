import { expect } from 'chai';
import fc from 'fast-check';
import type { Decision, OwnBranch, Pending, Situation } from '../../../plugin/propose/decide.ts';
import { decide } from '../../../plugin/propose/decide.ts';

const minute = 60_000;
const settled = { settleMs: 10 * minute, nowMs: 100 * minute };
const since = (digest: string, ago: number): Pending => ({ digest, sinceMs: (100 - ago) * minute });
const ours = (digest: string, isCurrent = true): OwnBranch => ({ digest, isOurs: true, isCurrent });
const theirs = (digest: string): OwnBranch => ({ digest, isOurs: false, isCurrent: true });

describe('plugin/propose/decide', () => {
  const cases: readonly (readonly [title: string, given: Partial<Situation>, kind: Decision['kind']])[] = [
    ['nothing to propose', { desired: 'a', base: 'a' }, 'steady'],
    ['a change that is new', { desired: 'b', base: 'a' }, 'wait'],
    ['a change that has lasted', { desired: 'b', base: 'a', pending: since('b', 10) }, 'propose'],
    ['one that has almost', { desired: 'b', base: 'a', pending: since('b', 9) }, 'wait'],
    ['another one than is waited for', { desired: 'c', base: 'a', pending: since('b', 99) }, 'wait'],
    ['what is proposed already', { desired: 'b', base: 'a', branch: ours('b') }, 'proposed'],
    ['the same on an older file', { desired: 'b', base: 'a', branch: ours('b', false) }, 'propose'],
    ['another one than is proposed', { desired: 'c', base: 'a', branch: ours('b') }, 'wait'],
    ['what was merged', { desired: 'b', base: 'b', branch: ours('b') }, 'close'],
    ['a proposal that no longer applies, for a moment', { desired: 'a', base: 'a', branch: ours('b') }, 'wait'],
    ['the same for long', { desired: 'a', base: 'a', branch: ours('b'), pending: since('a', 10) }, 'close'],
    ['one with commits of people', { desired: 'a', base: 'a', branch: theirs('b'), pending: since('a', 10) }, 'left'],
    [
      'a change beside commits of people',
      { desired: 'c', base: 'a', branch: theirs('b'), pending: since('c', 10) },
      'edited',
    ],
    ['what people keep', { desired: 'b', base: 'a', branch: theirs('b') }, 'proposed'],
    [
      'the next change, on a branch that was merged',
      { desired: 'c', base: 'b', branch: ours('b'), pending: since('c', 10) },
      'propose',
    ],
    ['a time in the future, which begins anew', { desired: 'b', base: 'a', pending: since('b', -50) }, 'wait'],
  ];
  for (const [title, given, kind] of cases) {
    it(`answers ${kind} for ${title}`, () => {
      const decision = decide({ desired: 'a', base: 'a', branch: null, pending: null, ...settled, ...given });

      expect(decision.kind).to.equal(kind);
    });
  }

  it('proposes nothing that has not lasted, however it comes and goes', () => {
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
