import { expect } from 'chai';
import nock from 'nock';
import { LeaderElection } from '../../../../plugin/serve/leader-election/leader-election.ts';
import { testClock } from '../../../support/clock.ts';
import type { TestClock } from '../../../support/clock.ts';
import { until } from '../../../support/until.ts';
import { connection, server } from '../argocd/fake-connection.ts';

const path = '/apis/coordination.k8s.io/v1/namespaces/argocd/leases';

describe('plugin/serve/leader-election', () => {
  it('reads the Lease once, however often writing it fails', async () => {
    const clock = testClock();
    const end = new AbortController();
    const free = { metadata: { resourceVersion: '1' }, spec: { holderIdentity: '' } };
    const own = { metadata: { resourceVersion: '2' }, spec: { holderIdentity: 'one', leaseDurationSeconds: 10 } };
    const write = (): nock.Interceptor => nock(server.origin).put(`${path}/serve`);
    nock(server.origin).get(`${path}/serve`).reply(200, free);
    write().times(20).reply(429, {});
    write().reply(200, own);
    const election = start(clock, end.signal);

    await until('the lease', () => election.leads());
    nock(server.origin).get(`${path}/serve`).reply(404, {}).persist();
    end.abort();
    await election.done;
  });

  it('takes over a Lease that is no longer renewed, even if its labels keep being updated', async () => {
    const clock = testClock();
    const end = new AbortController();
    const spec = { holderIdentity: 'other', leaseDurationSeconds: 10, renewTime: '2026-01-01T00:00:00.000000Z' };
    const written: unknown[] = [];
    let version = 0;
    nock(server.origin)
      .get(`${path}/serve`)
      .reply(200, () => ({ metadata: { resourceVersion: String((version += 1)) }, spec }))
      .persist();
    nock(server.origin)
      .put(`${path}/serve`, (body: { metadata: unknown }) => written.push(body.metadata) > 0)
      .reply(200, { metadata: { resourceVersion: '99' }, spec: { ...spec, holderIdentity: 'one' } })
      .persist();
    const began = clock.now();
    const election = start(clock, end.signal);

    await until('the lease', () => election.leads() || clock.pauses.length > 20);
    const [took, leads] = [clock.now() - began, election.leads()];
    end.abort();
    await election.done;

    expect({ leads, inTime: took < 15_000 }).to.deep.equal({ leads: true, inTime: true });
    expect(written[0]).to.not.deep.equal({ resourceVersion: '1' });
  });

  it('retries sooner after a failure, as late as Retry-After asks, and with the same request', async () => {
    const clock = testClock();
    const end = new AbortController();
    const lease = { metadata: { resourceVersion: '1' }, spec: { holderIdentity: 'one', leaseDurationSeconds: 10 } };
    nock(server.origin).get(`${path}/serve`).reply(404, {});
    nock(server.origin).post(path).reply(201, lease);
    const renewal = (): nock.Interceptor => nock(server.origin).put(`${path}/serve`);
    renewal().reply(429, {}, { 'retry-after': '4' });
    renewal().reply(500, {});
    renewal().replyWithError('connect ECONNREFUSED');
    renewal().reply(200, lease);
    const { done } = start(clock, end.signal);
    await until('the renewal', () => clock.pauses.length >= 5);
    nock(server.origin).get(`${path}/serve`).reply(404, {}).persist();
    end.abort();
    await done;

    expect(clock.pauses.slice(0, 4)).to.deep.equal([2_000, 4_000, 500, 500]);
  });
});

function start(clock: TestClock, signal: AbortSignal): { readonly done: Promise<void>; readonly leads: () => boolean } {
  const changes: boolean[] = [];
  const election = new LeaderElection({
    connection,
    namespace: 'argocd',
    name: 'serve',
    identity: 'one',
    signal,
    clock,
    onChange: (isLeader) => void changes.push(isLeader),
    onError: () => undefined,
  });
  return { done: election.run(), leads: () => changes.at(-1) === true };
}
