import { expect } from 'chai';
import express from 'express';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ExtensionAccess, extensionPathsOnly } from '../../../../../plugin/serve/http/auth/extension-access.ts';
import { problemHandler } from '../../../../../plugin/serve/http/error-handler.ts';
import { ask } from '../../../../support/ask.ts';
import type { Answer } from '../../../../support/ask.ts';
import { testClock } from '../../../../support/clock.ts';
import type { TestClock } from '../../../../support/clock.ts';

const path = '/api/v1/extension/x';
const fromArgoCd = {
  'x-dynamic-toolset-secret': 'right',
  'argocd-username': 'alice',
  'argocd-application-name': 'argocd:holmesgpt',
  'argocd-project-name': 'team-a',
};

describe('plugin/serve/http/auth/extension-access', () => {
  let server: Server;
  let clock: TestClock;
  let hasSecret: boolean;

  beforeEach(async () => {
    clock = testClock();
    hasSecret = true;
    const access = (): ExtensionAccess => new ExtensionAccess(hasSecret ? (text) => text === 'right' : null, clock);
    let current: ExtensionAccess | null = null;
    const app = express();
    app.use(extensionPathsOnly);
    const authorize: express.RequestHandler = (...parts) => {
      current ??= access();
      current.authorize(1)(...parts);
    };
    app.use('/api', authorize, (_request, response) => {
      response.json(current?.callerOf(response) ?? null);
    });
    app.use((_request, response) => {
      response.send('open to all');
    });
    app.use(problemHandler(() => undefined));
    server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const send = (headers: Readonly<Record<string, string>>, at = path): Promise<Answer> =>
    ask(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}${at}`, { headers });

  it('trusts the Application and project that come with the secret', async () => {
    const { status, json } = await send(fromArgoCd);

    expect(status).to.equal(200);
    expect(json).to.deep.equal({ application: 'argocd/holmesgpt', project: 'team-a' });
  });

  it('refuses every request when no secret is configured', async () => {
    hasSecret = false;

    expect(await send(fromArgoCd)).to.include({ status: 401 });
    expect(await send({ ...fromArgoCd, 'x-dynamic-toolset-secret': '' })).to.include({ status: 401 });
  });

  for (const [title, change, status] of [
    ['a wrong secret', { 'x-dynamic-toolset-secret': 'wrong' }, 401],
    ['an empty secret', { 'x-dynamic-toolset-secret': '' }, 401],
    ['a user name that is too long', { 'argocd-username': 'a'.repeat(257) }, 400],
    ['an empty Application', { 'argocd-application-name': '' }, 400],
    ['an Application without a namespace', { 'argocd-application-name': 'holmesgpt' }, 400],
    ['an Application with a slash instead of the colon', { 'argocd-application-name': 'argocd/holmesgpt' }, 400],
    ['two Applications', { 'argocd-application-name': 'argocd:a, argocd:b' }, 400],
    ['an empty project', { 'argocd-project-name': '' }, 400],
    ['two projects', { 'argocd-project-name': 'a, b' }, 400],
  ] as const) {
    it(`refuses a request with ${title}`, async () => {
      expect((await send({ ...fromArgoCd, ...change })).status).to.equal(status);
    });
  }

  it('names the invalid header', async () => {
    const { json } = await send({ ...fromArgoCd, 'argocd-project-name': '../x' });

    expect(json).to.have.deep.property('errors', [
      { in: 'header', pointer: '/argocd-project-name', detail: 'missing, or not as Argo CD sets it' },
    ]);
  });

  it('allows requests from Argo CD to no other path, whatever their secret', async () => {
    for (const at of [
      '/metrics',
      '/',
      '/api/v1/toolsets',
      '/api/v1/extension',
      '/API/v1/extension/x',
      '//api/v1/extension/x',
    ]) {
      expect((await send(fromArgoCd, at)).status, at).to.equal(403);
      expect((await send({ 'x-dynamic-toolset-secret': '' }, at)).status, at).to.equal(403);
    }
    expect(await send({}, '/metrics')).to.include({ status: 200 });
  });

  it('limits the requests of each user separately', async () => {
    const statuses = new Set<number>();
    for (let index = 0; index < 130; index += 1) statuses.add((await send(fromArgoCd)).status);

    expect([...statuses]).to.deep.equal([200, 429]);
    expect(await send({ ...fromArgoCd, 'argocd-username': 'bob' })).to.include({ status: 200 });
    clock.advance(1_000);
    expect(await send(fromArgoCd)).to.include({ status: 200 });
  });

  it('accepts a request without a user name, which Argo CD authorizes too, and limits these by user id or together', async () => {
    const { 'argocd-username': _, ...nameless } = fromArgoCd;
    const statuses = new Set<number>();
    for (let index = 0; index < 130; index += 1) statuses.add((await send(nameless)).status);

    expect([...statuses]).to.deep.equal([200, 429]);
    expect(await send({ ...nameless, 'argocd-username': '' })).to.include({ status: 429 });
    expect(await send({ ...nameless, 'argocd-user-id': 'CiQ0' })).to.include({ status: 200 });
    expect(await send({ ...nameless, 'x-dynamic-toolset-secret': 'wrong' })).to.include({ status: 401 });
  });

  it('limits guesses of the secret, and still serves requests with the right one from the same address', async () => {
    const statuses: number[] = [];
    for (let index = 0; index < 25; index += 1)
      statuses.push((await send({ ...fromArgoCd, 'x-dynamic-toolset-secret': 'wrong' })).status);

    expect(statuses.filter((status) => status === 401)).to.have.length(20);
    expect(statuses.at(-1)).to.equal(429);
    expect(await send(fromArgoCd)).to.include({ status: 200 });
  });
});
