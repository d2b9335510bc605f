import { expect } from 'chai';
import { getEventListeners } from 'node:events';
import { pause } from '../../../../plugin/serve/page/browser/api/pause.ts';
import { virtualTimeOfEach } from '../../../support/virtual-time.ts';

describe('plugin/serve/page/browser/api/pause', () => {
  const time = virtualTimeOfEach();

  it('leaves no listener on its signal when it ends after its time', async () => {
    const { signal } = new AbortController();

    const ended = pause(15_000, signal);
    await time.advance(15_000);
    await ended;

    expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
  });
});
