import { expect } from 'chai';
import { getEventListeners } from 'node:events';
import { listen } from '../../../../plugin/serve/page/browser/api/stream.ts';
import { virtualTimeOfEach } from '../../../support/virtual-time.ts';

declare global {
  /** Only what the stream needs of a browser's. */
  var window: EventTarget;
}

describe('plugin/serve/page/browser/api/stream', () => {
  const time = virtualTimeOfEach();
  const realFetch = globalThis.fetch;
  let requests: number;
  let respond: (signal: AbortSignal) => Promise<Response>;
  let ended: AbortController;

  beforeEach(() => {
    requests = 0;
    ended = new AbortController();
    globalThis.window = new EventTarget();
    globalThis.fetch = (_url, init) => {
      requests += 1;
      return respond(init!.signal!);
    };
  });

  afterEach(() => {
    ended.abort();
    globalThis.fetch = realFetch;
    Reflect.deleteProperty(globalThis, 'window');
  });

  function follow(): void {
    const { signal } = ended;
    void listen({ token: 'abc', signal, onState: noop, onChange: noop, onUnauthenticated: noop });
  }

  it('keeps one listener of each kind, however often it reconnects', async () => {
    respond = () => Promise.reject(new Error('unreachable'));
    follow();
    await time.advance(10 * 60_000);

    expect(requests).to.be.within(60, 130);
    expect(getEventListeners(globalThis.window, 'online')).to.have.lengthOf(1);
    expect(getEventListeners(ended.signal, 'abort').length).to.be.lessThan(3);
  });

  it('connects again when a server accepts the connection and responds nothing', async () => {
    respond = (signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(signal.reason as Error);
        });
      });
    follow();
    await time.advance(60_000);

    expect(requests).to.equal(2);
  });
});

function noop(): void {
  // Not looked at.
}
