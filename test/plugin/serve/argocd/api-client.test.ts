import { expect } from 'chai';
import nock from 'nock';
import { apiClient } from '../../../../plugin/serve/argocd/api-client.ts';
import { testClock } from '../../../support/clock.ts';
import { failure } from '../../../support/failure.ts';
import { application } from './argo-cd-model.ts';
import { connection, server } from './fake-connection.ts';

const one = application({ namespace: 'team', name: 'one', project: 'p' });
const query = { appNamespace: 'team', project: 'p' };
const configMaps = [{ namespace: 'h', name: 'c', status: 'OutOfSync' }] as const;
const client = apiClient(connection, new AbortController().signal);

describe('plugin/serve/argocd/api-client', () => {
  it('requests a hard refresh by reading the Application', async () => {
    nock(server.origin)
      .get('/api/v1/applications/one')
      .query({ ...query, refresh: 'hard' })
      .matchHeader('authorization', 'Bearer abc')
      .reply(200, {});

    expect(await client.refresh(one)).to.equal('accepted');
  });

  it('requests a sync of the given ConfigMaps only, without pruning', async () => {
    windows({});
    nock(server.origin)
      .post('/api/v1/applications/one/sync', {
        name: 'one',
        appNamespace: 'team',
        project: 'p',
        prune: false,
        resources: [{ group: '', kind: 'ConfigMap', namespace: 'h', name: 'c' }],
      })
      .query(query)
      .matchHeader('content-type', 'application/json')
      .reply(200, {});

    expect(await client.sync(one, configMaps)).to.equal('accepted');
  });

  it('does not read the sync windows again for a sync that is retried within ten seconds', async () => {
    const clock = testClock();
    const own = apiClient(connection, new AbortController().signal, clock);
    windows({});
    const sync = (): nock.Interceptor => nock(server.origin).post('/api/v1/applications/one/sync').query(query);
    sync().reply(429, {}, { 'retry-after': '7' });
    expect((await failure(() => own.sync(one, configMaps))).request).to.deep.equal({
      status: 429,
      retryAfterMs: 7_000,
    });
    sync().reply(200, {});

    expect(await own.sync(one, configMaps)).to.equal('accepted');
    windows({ activeWindows: [{ kind: 'deny' }] });
    expect(await own.sync(one, configMaps)).to.equal('deferred');
  });

  const [allow, deny] = [[{ kind: 'allow' }], [{ kind: 'deny' }]];
  const bySyncWindows = [
    { title: 'no window is assigned', answer: {}, outcome: 'accepted' },
    { title: 'a deny window is inactive', answer: { assignedWindows: deny }, outcome: 'accepted' },
    {
      title: 'a deny window is active',
      answer: { activeWindows: deny, assignedWindows: deny },
      outcome: 'deferred',
    },
    { title: 'an allow window is inactive', answer: { assignedWindows: allow }, outcome: 'deferred' },
    {
      title: 'an allow window is active',
      answer: { activeWindows: allow, assignedWindows: allow },
      outcome: 'accepted',
    },
    {
      title: 'an allow window and a deny window are active',
      answer: { activeWindows: [...allow, ...deny], assignedWindows: [...allow, ...deny] },
      outcome: 'deferred',
    },
  ];
  for (const { title, answer, outcome } of bySyncWindows) {
    it(`${outcome === 'accepted' ? 'requests a sync' : 'leaves the sync to self-heal'} when ${title}`, async () => {
      windows(answer);
      if (outcome === 'accepted') nock(server.origin).post('/api/v1/applications/one/sync').query(query).reply(200, {});

      expect(await client.sync(one, configMaps)).to.equal(outcome);
    });
  }

  it('requests no sync when the Application has been deleted in the meantime', async () => {
    nock(server.origin).get('/api/v1/applications/one/syncwindows').query(query).reply(404, {});

    expect(await client.sync(one, configMaps)).to.equal('changed');
  });

  const answers = [
    { status: 404, message: 'not found', outcome: 'changed' },
    { status: 400, message: 'application is deleting', outcome: 'changed' },
    { status: 400, message: 'another operation is already in progress', outcome: 'busy' },
    { status: 403, message: 'cannot sync: blocked by sync window', outcome: 'deferred' },
  ];
  for (const { status, message, outcome } of answers) {
    it(`maps the response ${String(status)} "${message}" to the outcome ${outcome}`, async () => {
      windows({});
      nock(server.origin).post('/api/v1/applications/one/sync').query(query).reply(status, { message });

      expect(await client.sync(one, configMaps)).to.equal(outcome);
    });
  }

  const right = (action: string): string =>
    `check that policy.csv of argocd-rbac-cm has for the account: applications, ${action}, p/one, allow`;
  const failures = [
    {
      title: 'names the missing permission',
      status: 403,
      body: { message: 'permission denied' },
      message: 'Argo CD answered 403 to get of Application team/one: permission denied',
      hint: right('get'),
    },
    {
      title: 'reports an invalid token',
      status: 401,
      body: { message: 'invalid session' },
      message: 'Argo CD answered 401 to get of Application team/one: invalid session',
      hint: 'check that the token of the account is valid: argocd account generate-token',
    },
    {
      title: 'reports a response without a message',
      status: 500,
      body: 'upstream',
      message: 'Argo CD answered 500 to get of Application team/one',
      hint: right('get'),
    },
    {
      title: 'truncates a long message',
      status: 500,
      body: { message: 'x'.repeat(301) },
      message: `Argo CD answered 500 to get of Application team/one: ${'x'.repeat(300)}`,
      hint: right('get'),
    },
  ];
  for (const { title, status, body, message, hint } of failures) {
    it(title, async () => {
      nock(server.origin)
        .get('/api/v1/applications/one')
        .query({ ...query, refresh: 'hard' })
        .reply(status, body);

      const error = await failure(() => client.refresh(one));

      expect(error).to.include({ code: 'ARGOCD_FAILED', message, hint });
    });
  }

  it('names the missing permission when the sync is forbidden', async () => {
    windows({});
    nock(server.origin).post('/api/v1/applications/one/sync').query(query).reply(403, { message: 'permission denied' });

    const error = await failure(() => client.sync(one, configMaps));

    expect(error.message).to.equal('Argo CD answered 403 to sync of Application team/one: permission denied');
    expect(error.hint).to.equal(right('sync'));
  });

  it('reports that Argo CD cannot be reached', async () => {
    nock(server.origin)
      .get('/api/v1/applications/one')
      .query({ ...query, refresh: 'hard' })
      .replyWithError('connect ECONNREFUSED');

    const error = await failure(() => client.refresh(one));

    expect(error.code).to.equal('ARGOCD_FAILED');
    expect(error.message).to.equal('https://server.example cannot be reached: connect ECONNREFUSED');
    expect(error.hint).to.include('check --argocd-server');
  });
});

function windows(answer: object): void {
  nock(server.origin).get('/api/v1/applications/one/syncwindows').query(query).reply(200, answer);
}
