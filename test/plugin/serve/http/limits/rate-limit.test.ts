import { expect } from 'chai';
import { Problem } from '../../../../../plugin/serve/http/problem.ts';
import { RateLimit } from '../../../../../plugin/serve/http/limits/rate-limit.ts';

describe('plugin/serve/http/limits/rate-limit', () => {
  let now: number;
  let requests: RateLimit;

  beforeEach(() => {
    now = 0;
    requests = new RateLimit({ burst: 2, perSecond: 0.5 }, 'requests', { now: () => now });
  });

  function consume(client: string, count?: number): string {
    try {
      requests.consume(client, count);
      return 'passed';
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return `${error.code} ${error.headers['retry-after'] ?? ''}`;
    }
  }

  it('limits each client separately, and returns when to retry', () => {
    expect(['a', 'a', 'a', 'b'].map((client) => consume(client))).to.deep.equal([
      ...['passed', 'passed', 'too-many-requests 2', 'passed'],
    ]);
    now = 2_000;
    expect(['a', 'a'].map((client) => consume(client))).to.deep.equal(['passed', 'too-many-requests 2']);
  });

  it('rounds the retry time up to whole seconds', () => {
    consume('a', 2);
    now = 500;

    expect(consume('a')).to.equal('too-many-requests 2');
  });

  it('allows a request that costs more than what is left, at the expense of the next one', () => {
    consume('a');

    expect(consume('a', 3)).to.equal('passed');
    expect(consume('a')).to.equal('too-many-requests 6');
  });

  it('returns the limit and what is left in the format of RateLimit-Policy and RateLimit', () => {
    expect(requests.headersFor('a')).to.deep.equal({ policy: '"requests";q=2;w=4', state: '"requests";r=2;t=0' });
    consume('a');
    now = 1_000;
    expect(requests.headersFor('a').state).to.equal('"requests";r=1;t=1');
    consume('a', 3);
    expect(requests.headersFor('a').state).to.equal('"requests";r=0;t=7');
  });

  it('returns a limit of several words under a name with hyphens', () => {
    const failures = new RateLimit({ burst: 1, perSecond: 1 }, 'failed authentications', { now: () => now });

    expect(failures.headersFor('a')).to.deep.equal({
      policy: '"failed-authentications";q=1;w=1',
      state: '"failed-authentications";r=1;t=0',
    });
  });

  it('refunds one token', () => {
    consume('a', 2);
    requests.refund('a');

    expect(['a', 'a'].map((client) => consume(client))).to.deep.equal(['passed', 'too-many-requests 2']);
  });

  it('forgets the least recently seen of more than 10,000 clients', () => {
    consume('first', 2);
    consume('second', 2);
    for (let client = 0; client < 9_999; client += 1) {
      consume(String(client));
      consume('second');
    }

    expect(consume('first')).to.equal('passed');
    expect(consume('second')).to.equal('too-many-requests 2');
  });
});
