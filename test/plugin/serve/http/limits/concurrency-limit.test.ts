import { expect } from 'chai';
import { ConcurrencyLimit } from '../../../../../plugin/serve/http/limits/concurrency-limit.ts';
import { problemOf } from '../problem-of.ts';

describe('plugin/serve/http/limits/concurrency-limit', () => {
  it('limits each client separately until it releases a slot', async () => {
    const limit = new ConcurrencyLimit({ perClient: 2, total: 10 }, 'bodies');
    const acquire = (client: string) => () => limit.acquire(client);
    const release = limit.acquire('a');
    limit.acquire('a');

    expect(await problemOf(acquire('a'))).to.equal('too-many-requests');
    expect(await problemOf(acquire('b'))).to.equal(null);
    release();
    expect(await problemOf(acquire('a'))).to.equal(null);
    expect(await problemOf(acquire('a'))).to.equal('too-many-requests');
  });

  it('limits all clients together until one releases a slot', async () => {
    const limit = new ConcurrencyLimit({ perClient: 2, total: 3 }, 'bodies');
    const acquire = (client: string) => () => limit.acquire(client);
    const [release] = ['a', 'b', 'c'].map((client) => limit.acquire(client));

    expect(await problemOf(acquire('d'))).to.equal('overloaded');
    release!();
    expect(await problemOf(acquire('d'))).to.equal(null);
    expect(await problemOf(acquire('e'))).to.equal('overloaded');
  });

  it('does not count refused acquisitions, and does not mix up clients', async () => {
    const limit = new ConcurrencyLimit({ perClient: 1, total: 2 }, 'bodies');
    const release = limit.acquire('a');
    for (let attempt = 0; attempt < 5; attempt += 1) await problemOf(() => limit.acquire('a'));
    limit.acquire('b');

    release();

    expect(await problemOf(() => limit.acquire('b'))).to.equal('too-many-requests');
    expect(await problemOf(() => limit.acquire('a'))).to.equal(null);
    expect(await problemOf(() => limit.acquire('c'))).to.equal('overloaded');
  });
});
