import { expect } from 'chai';
import { backoffMs, isDuration, parseDurationMs } from '../../../plugin/lib/duration.ts';

describe('plugin/lib/duration', () => {
  const cases = [
    ['0s', 0],
    ['90s', 90_000],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['1h30m', 5_400_000],
    ['1h1m1s', 3_661_000],
    ['0010s', 10_000],
  ] as const;
  for (const [text, ms] of cases) {
    it(`parses ${text} as ${ms} ms`, () => {
      expect(parseDurationMs(text)).to.equal(ms);
    });
  }

  it('accepts only hours, minutes and seconds, each at most once and in this order', () => {
    const texts = ['90s', '1h30m', '0s', '', '90', '1m1h', '1s1s', '-1s', '1.5h', '1d', ' 1s', '1s\n'];

    expect(texts.filter(isDuration)).to.deep.equal(['90s', '1h30m', '0s']);
  });

  describe('backoffMs', () => {
    const backoff = { baseMs: 500, maxMs: 30_000 };

    it('starts at baseMs and doubles with each failure up to maxMs', () => {
      const pauses = [1, 2, 3, 4, 5, 6, 7, 8, 1_000, 10_000].map((failures) => backoffMs(failures, backoff));

      expect(pauses).to.deep.equal([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000]);
    });

    it('is baseMs without jitter, even before the first failure', () => {
      expect(backoffMs(0, backoff)).to.equal(500);
    });

    it('subtracts the jitter share from the delay, including from maxMs', () => {
      expect(backoffMs(2, backoff, 0.25)).to.equal(750);
      expect(backoffMs(100, backoff, 0.5)).to.equal(15_000);
    });
  });
});
