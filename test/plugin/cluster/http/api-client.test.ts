import { expect } from 'chai';
import nock from 'nock';
import { reader, writer } from '../../../../plugin/cluster/http/api-client.ts';
import type { ApiReader } from '../../../../plugin/cluster/http/api-client.ts';
import { apiConnection, apiUrl } from '../../../support/api.ts';
import { testClock } from '../../../support/clock.ts';
import type { TestClock } from '../../../support/clock.ts';
import { failure } from '../../../support/failure.ts';

const services = { group: '', resource: 'services', verb: 'list', namespace: 'team' } as const;
const never = new AbortController().signal;

describe('plugin/cluster/http/api-client', () => {
  let clock: TestClock;
  let read: ApiReader;
  beforeEach(() => {
    clock = testClock();
    read = reader(apiConnection, never, { clock });
  });

  for (const status of [200, 404, 410]) {
    it(`returns a ${String(status)} without a retry`, async () => {
      nock(apiUrl).get('/x').reply(status, { kind: 'Any' });

      expect(await read('/x', services)).to.deep.equal({ status, body: { kind: 'Any' } });
      expect(clock.pauses).to.deep.equal([]);
    });
  }

  for (const status of [429, 500, 502, 503, 504]) {
    it(`retries a ${String(status)} after 200 ms and then after 400 ms`, async () => {
      nock(apiUrl).get('/x').times(2).reply(status).get('/x').reply(200, {});

      expect(await read('/x', services)).to.have.property('status', 200);
      expect(clock.pauses).to.deep.equal([200, 400]);
    });
  }

  it('requests a new credential after a 401, and after no other status', async () => {
    nock(apiUrl).get('/x').reply(200, {}).get('/x').reply(403).get('/x').reply(401);
    let rejected = 0;
    const counted = reader({ ...apiConnection, rejected: () => (rejected += 1) }, never, { clock });

    await counted('/x', services);
    await failure(() => counted('/x', services));
    expect(rejected).to.equal(0);
    await failure(() => counted('/x', services));

    expect(rejected).to.equal(1);
  });

  it('gives up after three attempts with the status of the last one', async () => {
    nock(apiUrl).get('/x').times(3).reply(503);

    const error = await failure(() => read('/x', services));

    expect(error.code).to.equal('CLUSTER_FAILED');
    expect(error.message).to.equal('list services in namespace team failed: the API server answered 503');
  });

  it('retries a broken connection, and names the server that cannot be reached', async () => {
    nock(apiUrl).get('/x').times(3).replyWithError('socket hang up');

    const error = await failure(() => read('/x', services));

    expect(error.code).to.equal('CLUSTER_UNREACHABLE');
    expect(error.message).to.equal(
      'list services in namespace team failed: https://api.example cannot be reached: socket hang up',
    );
    expect(clock.pauses).to.deep.equal([200, 400]);
  });

  it('waits as long as Retry-After says, at most 30 s, and backs off if it names no time', async () => {
    nock(apiUrl).get('/x').reply(429, undefined, { 'retry-after': '7' });
    nock(apiUrl).get('/x').reply(429, undefined, { 'retry-after': '3600' });
    nock(apiUrl).get('/x').reply(429, undefined, { 'retry-after': '-1' });
    nock(apiUrl).get('/x').reply(429, undefined, { 'retry-after': 'soon' });
    nock(apiUrl).get('/x').reply(200, {});

    await reader(apiConnection, never, { clock })('/x', services);

    expect(clock.pauses).to.deep.equal([7_000, 30_000, 200, 400]);
  });

  for (const status of [429, 503]) {
    it(`repeats a request that the server throttles with ${String(status)} up to ten times, as kubectl does`, async () => {
      const retryAfter = { 'retry-after': '1' };
      nock(apiUrl).get('/x').times(10).reply(status, undefined, retryAfter).get('/x').reply(200, {});

      expect(await read('/x', services)).to.have.property('status', 200);
      expect(clock.pauses.slice(0, 3)).to.deep.equal([1_000, 1_000, 1_000]);

      nock(apiUrl).get('/x').times(11).reply(status, undefined, retryAfter);
      expect((await failure(() => read('/x', services))).message).to.include(`answered ${String(status)}`);
    });
  }

  it('gives up after three other failures, however often the server throttled in between', async () => {
    nock(apiUrl).get('/x').reply(500).get('/x').times(3).reply(429, undefined, { 'retry-after': '1' });
    nock(apiUrl).get('/x').times(2).reply(500);

    expect((await failure(() => read('/x', services))).message).to.include('answered 500');
  });

  it('sends a request once if it has one attempt, even if the server says when to repeat it', async () => {
    nock(apiUrl).get('/x').reply(429, undefined, { 'retry-after': '1' });

    await failure(() => reader(apiConnection, never, { clock, attempts: 1 })('/x', services));

    expect(clock.pauses).to.deep.equal([]);
  });

  for (const [status, code] of [
    [401, 'CLUSTER_UNAUTHORIZED'],
    [403, 'CLUSTER_FORBIDDEN'],
    [400, 'CLUSTER_FAILED'],
    [409, 'CLUSTER_FAILED'],
  ] as const) {
    it(`fails with ${code} for a ${String(status)}, without a retry`, async () => {
      nock(apiUrl).get('/x').reply(status);

      expect((await failure(() => read('/x', services))).code).to.equal(code);
      expect(clock.pauses).to.deep.equal([]);
    });
  }

  it('names the rule missing after a 403, with all verbs needed and the message of the API server', async () => {
    nock(apiUrl).get('/x').reply(403, { kind: 'Status', message: 'denied by policy' });

    const error = await failure(() => read('/x', { ...services, needs: ['list', 'watch'] }));

    expect(error.message).to.equal('list services in namespace team is forbidden (403): denied by policy');
    expect(error.hint).to.equal(
      'add to a Role in namespace team of the program\'s service account: {apiGroups: [""], resources: ["services"], verbs: ["list", "watch"]}',
    );
  });

  it('names a single object in the rule, except when it is to be created', async () => {
    const lease = { group: 'coordination.k8s.io', resource: 'leases', namespace: null, name: 'one' } as const;
    nock(apiUrl).get('/x').times(2).reply(403);

    const get = await failure(() => read('/x', { ...lease, verb: 'get' }));
    const create = await failure(() => read('/x', { ...lease, verb: 'create' }));

    expect(get.hint).to.include('add to a ClusterRole').and.include('resourceNames: ["one"], verbs: ["get"]');
    expect(create.hint).to.include('resources: ["leases"], verbs: ["create"]');
  });

  it('treats a 404 that is not JSON as a path that is not served, and other text as a wrong address', async () => {
    nock(apiUrl).get('/x').reply(404, '404 page not found').get('/x').reply(200, '<html>');

    expect(await read('/x', services)).to.deep.equal({ status: 404, body: null });
    const error = await failure(() => read('/x', services));

    expect(error.code).to.equal('CLUSTER_RESPONSE_INVALID');
    expect(error.message).to.include('https://api.example answered not with JSON but with "<html>"');
  });

  it('fails with DEADLINE_EXCEEDED once the deadline has passed, even during a pause', async () => {
    const deadline = new AbortController();
    nock(apiUrl).get('/x').reply(503, { kind: 'Status', message: 'overloaded' });
    const sleep = (): Promise<void> => {
      deadline.abort();
      return Promise.resolve();
    };

    const error = await failure(() =>
      reader(apiConnection, deadline.signal, { clock: { ...clock, sleep } })('/x', services),
    );

    expect(error.code).to.equal('DEADLINE_EXCEEDED');
    expect(error.message).to.equal(
      'list services in namespace team did not finish before the deadline: the API server last answered 503: overloaded',
    );
  });

  describe('writer', () => {
    const request = { method: 'PUT', path: '/x', contentType: 'application/json', body: '{}' } as const;

    for (const status of [200, 201, 404, 409, 422]) {
      it(`returns a ${String(status)}`, async () => {
        nock(apiUrl).put('/x').reply(status, {});

        expect(await writer(apiConnection, never)(request, services)).to.deep.equal({ status, body: {} });
      });
    }

    it('writes once, without retrying a 503', async () => {
      nock(apiUrl).put('/x').reply(503);

      expect((await failure(() => writer(apiConnection, never)(request, services))).code).to.equal('CLUSTER_FAILED');
    });
  });
});
