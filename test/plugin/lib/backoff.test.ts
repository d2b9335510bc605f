import { expect } from 'chai';
import { backoffMs } from '../../../plugin/lib/backoff.ts';

const backoff = { baseMs: 500, maxMs: 30_000 };

describe('plugin/lib/backoff', () => {
  it('begins with baseMs and doubles with each failure up to maxMs', () => {
    const pauses = [1, 2, 3, 4, 5, 6, 7, 8, 1_000, 10_000].map((failures) => backoffMs(failures, backoff));

    expect(pauses).to.deep.equal([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000]);
  });

  it('never waits less than baseMs without jitter, even before the first failure', () => {
    expect(backoffMs(0, backoff)).to.equal(500);
  });

  it('takes the share that jitter says away from the pause, from maxMs as well', () => {
    expect(backoffMs(2, backoff, 0.25)).to.equal(750);
    expect(backoffMs(100, backoff, 0.5)).to.equal(15_000);
  });
});
