import { expect } from 'chai';
import { parseDurationMs } from '../../../plugin/lib/duration.ts';

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
    it(`reads ${text} as ${ms} ms`, () => {
      expect(parseDurationMs(text)).to.equal(ms);
    });
  }
});
