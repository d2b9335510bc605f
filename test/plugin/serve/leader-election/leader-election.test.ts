import { expect } from 'chai';
import nock from 'nock';
import { LeaderElection } from '../../../../plugin/serve/leader-election/leader-election.ts';
import { testClock } from '../../../support/clock.ts';
import { until } from '../../../support/until.ts';
import { connection, server } from '../argocd/fake-connection.ts';

const path = '/apis/coordination.k8s.io/v1/namespaces/argocd/leases';

describe('plugin/serve/leader-election', () => {
  it('tries again sooner after a failure, and as late as the server asks, with the same request', async () => {
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
    const election = new LeaderElection({
      connection,
      namespace: 'argocd',
      name: 'serve',
      identity: 'one',
      signal: end.signal,
      clock,
      onError: () => undefined,
    });

    const done = election.run();
    await until('the renewal', () => clock.pauses.length >= 5);
    nock(server.origin).get(`${path}/serve`).reply(404, {}).persist();
    end.abort();
    await done;

    // 10 % longer by this clock's chance once it leads no longer.
    expect(clock.pauses.slice(0, 4)).to.deep.equal([2_000, 4_000, 1_000, 1_100]);
  });
});
