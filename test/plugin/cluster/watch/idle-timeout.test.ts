import { expect } from 'chai';
import { IdleTimeout } from '../../../../plugin/cluster/watch/idle-timeout.ts';
import { virtualTimeOfEach } from '../../../support/virtual-time.ts';

describe('plugin/cluster/watch/idle-timeout', () => {
  const time = virtualTimeOfEach();

  function start(signal = new AbortController().signal): IdleTimeout {
    return new IdleTimeout({ idleMs: 1_000, totalMs: 5_000, signal });
  }

  it('expires as idle once no byte has arrived for idleMs, and not before', async () => {
    const timeout = start();

    await time.advance(975);
    expect(timeout.signal.aborted).to.equal(false);
    await time.advance(25);

    expect(timeout).to.include({ expiredBy: 'idle' });
    expect(timeout.signal.aborted).to.equal(true);
  });

  it('restarts the idle timeout with each byte', async () => {
    const timeout = start();

    for (let i = 0; i < 3; i++) {
      await time.advance(900);
      timeout.resetIdleTimer();
    }
    await time.advance(975);
    expect(timeout.signal.aborted).to.equal(false);
    await time.advance(25);

    expect(timeout.expiredBy).to.equal('idle');
  });

  it('expires in total after totalMs, however many bytes arrive', async () => {
    const timeout = start();

    for (let i = 0; i < 10; i++) {
      await time.advance(500);
      timeout.resetIdleTimer();
    }

    expect(timeout.expiredBy).to.equal('total');
    expect(timeout.signal.aborted).to.equal(true);
  });

  it('keeps the first timeout that expired', async () => {
    const timeout = start();

    await time.advance(10_000);

    expect(timeout.expiredBy).to.equal('idle');
  });

  it('is aborted by its parent signal, without having expired', () => {
    const end = new AbortController();
    const timeout = start(end.signal);

    end.abort();

    expect(timeout.signal.aborted).to.equal(true);
    expect(timeout.expiredBy).to.equal(null);
    timeout.clear();
  });

  it('never expires once it is cleared', async () => {
    const timeout = start();

    timeout.clear();
    await time.advance(10_000);

    expect(timeout.expiredBy).to.equal(null);
    expect(timeout.signal.aborted).to.equal(false);
  });
});
