import { expect } from 'chai';
import fc from 'fast-check';
import { debounce } from '../../../../plugin/serve/timing/debounce.ts';
import { startTimers } from '../../../../plugin/serve/timing/requeue-timers.ts';
import { tokenBucket } from '../../../../plugin/serve/timing/token-bucket.ts';
import { virtualTimeOfEach } from '../../../support/virtual-time.ts';

describe('plugin/serve/timing', () => {
  const time = virtualTimeOfEach();

  describe('debounce', () => {
    it('runs once when a burst has been over for the quiet period', async () => {
      const { runs, trigger } = debounced();
      for (let i = 0; i < 3; i++) {
        trigger();
        await time.advance(100);
      }

      expect(runs()).to.equal(0);
      await time.advance(150);
      expect(runs()).to.equal(1);
      await time.advance(5_000);
      expect(runs()).to.equal(1);
    });

    it('runs within the maximum delay after the first trigger, however long the burst lasts', async () => {
      const { runs, trigger } = debounced();
      const after: number[] = [];
      for (let ms = 0; ms < 5_000; ms += 50) {
        trigger();
        await time.advance(50);
        after.push(runs());
      }

      expect(after[18]).to.equal(0);
      expect(after[20]).to.equal(1);
      expect(after.at(-1)).to.be.within(4, 5);
    });

    it('does not run once it is cancelled', async () => {
      const { runs, trigger, cancel } = debounced();
      trigger();
      cancel();

      await time.advance(5_000);
      expect(runs()).to.equal(0);
    });
  });

  describe('timer', () => {
    it('fires once per key, at the time that was set last', async () => {
      const { called, timers } = timing();
      timers.set('a', 100);
      timers.set('b', 200);
      timers.set('a', 300);

      await time.advance(250);
      expect(called).to.deep.equal(['b']);
      await time.advance(10_000);
      expect(called).to.deep.equal(['b', 'a']);
    });

    it('fires at once for a time in the past, and after a minute for one far in the future', async () => {
      const { called, timers } = timing();
      timers.set('past', -5);
      timers.set('far', 2 ** 40);

      await time.advance(25);
      expect(called).to.deep.equal(['past']);
      await time.advance(60_000);
      expect(called).to.deep.equal(['past', 'far']);
    });

    it('does not fire once it is cleared, nor after the end', async () => {
      const { called, timers, end } = timing();
      timers.set('cleared', 100);
      timers.set('late', 100);
      timers.clear('cleared');
      timers.clear('unknown');
      end();
      timers.set('after', 100);

      await time.advance(1_000);
      expect(called).to.deep.equal([]);
    });
  });

  describe('token bucket', () => {
    it('allows a burst at once, then its rate', () => {
      const bucket = tokenBucket({ burst: 2, perSecond: 0.5 });
      const taken: number[] = [];
      for (let i = 0; i < 4; i++) {
        const at = bucket.nextAt(taken.at(-1) ?? 0);
        bucket.consume(at);
        taken.push(at);
      }

      expect(taken).to.deep.equal([0, 0, 2_000, 4_000]);
    });

    it('never allows more in any period than the burst plus the rate', () => {
      fc.assert(
        fc.property(
          fc.record({
            burst: fc.integer({ min: 1, max: 20 }),
            perSecond: fc.double({ min: 0.01, max: 100, noNaN: true }),
          }),
          fc.array(fc.nat(5_000), { maxLength: 100 }),
          (rate, pauses) => {
            const bucket = tokenBucket(rate);
            let now = 0;
            const taken: number[] = [];
            for (const pause of pauses) {
              now += pause;
              if (bucket.nextAt(now) > now) continue;
              bucket.consume(now);
              taken.push(now);
            }
            for (const [i, from] of taken.entries())
              for (const [j, to] of taken.entries())
                if (j >= i) expect(j - i + 1).to.be.at.most(rate.burst + ((to - from) * rate.perSecond) / 1000 + 1e-6);
          },
        ),
      );
    });

    it('returns the exact time of the next token', () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 5 }),
          fc.double({ min: 0.1, max: 50, noNaN: true }),
          (burst, perSecond) => {
            const bucket = tokenBucket({ burst, perSecond });
            let now = 0;
            for (let i = 0; i < 20; i++) {
              now = bucket.nextAt(now);
              // Within what a double can tell.
              expect(bucket.nextAt(now + 1e-6)).to.be.at.most(now + 1e-3);
              bucket.consume(now);
            }
          },
        ),
      );
    });
  });
});

function debounced(): { readonly runs: () => number; readonly trigger: () => void; readonly cancel: () => void } {
  let runs = 0;
  return { runs: () => runs, ...debounce(() => void (runs += 1), 250, 1_000) };
}

function timing(): {
  readonly called: readonly string[];
  readonly timers: ReturnType<typeof startTimers>;
  readonly end: () => void;
} {
  const called: string[] = [];
  const ending = new AbortController();
  const timers = startTimers(ending.signal, (key) => void called.push(key));
  return {
    called,
    timers,
    end: () => {
      ending.abort();
    },
  };
}
