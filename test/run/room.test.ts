import { expect } from 'chai';
import { processorTimes, roomOf } from './room.ts';

describe('run/room', () => {
  /** Two processors whose times the test sets: elapsed time, and the idle part for each. */
  function scene() {
    let times = { totalMs: 1_000_000, idleMs: 400_000 };
    const hasRoom = roomOf({ processors: 2, most: 5, measure: () => times });
    const pass = (ms: number, idle: number): void => {
      times = { totalMs: times.totalMs + 2 * ms, idleMs: times.idleMs + 2 * ms * idle };
    };
    return { hasRoom, pass };
  }

  it('has room for one suite per processor, however busy they are', () => {
    const { hasRoom } = scene();

    expect([0, 1, 2].map(hasRoom)).to.deep.equal([true, true, false]);
  });

  it('has room for one more once the processors have been idle with what runs, then measures anew', () => {
    const { hasRoom, pass } = scene();
    pass(4_000, 0.9);
    expect(hasRoom(2)).to.equal(false);
    pass(4_000, 0.9);
    expect(hasRoom(2)).to.equal(true);
    expect(hasRoom(3)).to.equal(false);
    pass(6_000, 0.9);

    expect(hasRoom(3)).to.equal(true);
  });

  it('has no room on busy processors, nor because of idle time long ago', () => {
    const { hasRoom, pass } = scene();
    pass(6_000, 0.1);
    expect(hasRoom(2)).to.equal(false);
    pass(60_000, 0.9);
    expect(hasRoom(5)).to.equal(false);
    expect(hasRoom(2)).to.equal(true);
    pass(30_000, 0.1);
    expect(hasRoom(3)).to.equal(false);
    pass(6_000, 0.3);

    expect(hasRoom(3)).to.equal(true);
  });

  it('never has room for more than the maximum', () => {
    const { hasRoom, pass } = scene();
    pass(60_000, 1);

    expect(hasRoom(5)).to.equal(false);
  });

  it('reads the processor times of this machine', () => {
    const { totalMs, idleMs } = processorTimes();

    expect(totalMs).to.be.greaterThan(idleMs);
    expect(idleMs).to.be.greaterThan(0);
  });
});
