import { expect } from 'chai';
import express from 'express';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { PluginError } from '../../../../../plugin/lib/errors.ts';
import { Authorizer } from '../../../../../plugin/serve/http/auth/authorize.ts';
import { problemHandler } from '../../../../../plugin/serve/http/error-handler.ts';
import type { Reviews, User } from '../../../../../plugin/serve/http/auth/token-reviews.ts';
import { ask } from '../../../../support/ask.ts';
import type { Answer, Question } from '../../../../support/ask.ts';
import { testClock } from '../../../../support/clock.ts';
import type { TestClock } from '../../../../support/clock.ts';
import { until } from '../../../../support/until.ts';

const unreachable = new PluginError('CLUSTER_UNREACHABLE', 'the API server is unreachable', { hint: 'check it' });

describe('plugin/serve/http/auth/authorize', () => {
  let server: Server;
  let clock: TestClock;
  /** Tokens that were reviewed. */
  let reviewed: string[];
  /** User, verb and path of each review of access. */
  let accessReviews: (readonly string[])[];
  let userOf: (token: string) => Promise<User | null>;
  let isAllowed: (path: string) => Promise<boolean>;
  let streams: Answerable[];
  let authorizer: Authorizer;
  const recentlyValid = new Set<string>();
  const sockets: Socket[] = [];

  beforeEach(async () => {
    clock = testClock();
    reviewed = [];
    accessReviews = [];
    streams = [];
    recentlyValid.clear();
    userOf = (token) => Promise.resolve(token.startsWith('valid') ? user(token) : null);
    isAllowed = () => Promise.resolve(true);
    const reviews: Reviews = {
      validUserOf: () => undefined,
      wasRecentlyValid: (token) => recentlyValid.has(token),
      userOf: async (token) => {
        reviewed.push(token);
        const found = await userOf(token);
        if (found) recentlyValid.add(token);
        return found;
      },
      isAllowed: (of, verb, path) => {
        accessReviews.push([of.name, verb, path]);
        return isAllowed(path);
      },
    };
    const app = express();
    authorizer = new Authorizer(reviews, clock);
    const ok: express.RequestHandler = (_request, response) => {
      response.send(authorizer.accountOf(response));
    };
    app.get('/metrics', authorizer.authorizeScraper(), ok);
    app.get('/cost-400', authorizer.authorize(400), ok);
    app.get('/stream', authorizer.authorizeStream(), (_request, response) => {
      streams.push(response);
      response.write('open');
    });
    app.get('/unread', authorizer.authorize(1), (_request, response) => {
      streams.push(response);
      response.write('begins');
    });
    app.post('/slow', authorizer.authorize(1), (_request, response) => {
      streams.push(response);
    });
    app.get('/clusters', authorizer.authorize(1), async (request, response) => {
      const all = Array.from({ length: Number(request.query.count) }, (_, index) => `spoke-${String(index)}`);
      response.json([...(await authorizer.clusterAccess(response).visibleAmong(all))]);
    });
    app.use(authorizer.authorize(1), ok);
    app.use(problemHandler(() => undefined));
    server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const port = (): number => (server.address() as AddressInfo).port;
  const send = (path: string, question: Question): Promise<Answer> =>
    ask(`http://127.0.0.1:${String(port())}${path}`, question);
  const statusOf = async (token: string, path = '/', method = 'GET'): Promise<number> =>
    (await send(path, { token, method })).status;

  it('requires a token, with the challenge of RFC 6750', async () => {
    const { status, headers } = await send('/', {});

    expect(status).to.equal(401);
    expect(headers['www-authenticate']).to.equal('Bearer realm="dynamic-toolset"');
    expect((await send('/', { headers: { authorization: 'Basic dXNlcg==' } })).status).to.equal(401);
    expect(reviewed).to.deep.equal([]);
  });

  it('rejects an invalid token', async () => {
    const { status, headers } = await send('/', { token: 'invalid' });

    expect(status).to.equal(401);
    expect(headers['www-authenticate']).to.equal('Bearer realm="dynamic-toolset", error="invalid_token"');
  });

  it('handles a request as the user of its token', async () => {
    expect((await send('/', { token: 'valid' })).text).to.equal('valid');
    expect((await send('/', { headers: { authorization: 'bearer  valid ' } })).text).to.equal('valid');
  });

  it('reviews access to the verb and path that RBAC rules name', async () => {
    await send('/api/v1/x', { token: 'valid' });
    await send('/api/v1/x', { token: 'valid', method: 'HEAD' });
    await send('/api/v1/x', { token: 'valid', method: 'POST' });
    await send('/metrics', { token: 'valid' });

    expect(accessReviews).to.deep.equal([
      ['valid', 'get', '/dynamic-toolset/api/v1/x'],
      ['valid', 'get', '/dynamic-toolset/api/v1/x'],
      ['valid', 'post', '/dynamic-toolset/api/v1/x'],
      ['valid', 'get', '/metrics'],
    ]);
  });

  it('rejects an account without the permission, naming the rule that grants it', async () => {
    isAllowed = (path) => Promise.resolve(path !== '/dynamic-toolset/api');
    const { status, headers, text } = await send('/api', { token: 'valid' });

    expect(status).to.equal(403);
    expect(headers['www-authenticate']).to.equal('Bearer realm="dynamic-toolset", error="insufficient_scope"');
    expect(text).to.include('/dynamic-toolset/api');
    expect(await statusOf('valid', '/other')).to.equal(200);
  });

  it('allows an account a burst of 1000 requests and 200 more per second, weighted by cost', async () => {
    const expensive = (): Promise<number> => statusOf('valid', '/cost-400');
    expect([await expensive(), await expensive(), await expensive()]).to.deep.equal([200, 200, 200]);
    expect(await expensive()).to.equal(429);
    expect(await statusOf('valid-other', '/cost-400')).to.equal(200);

    clock.advance(1_000);
    expect(await statusOf('valid')).to.equal(429);
    clock.advance(5);
    expect(await statusOf('valid')).to.equal(200);
    expect(await statusOf('valid')).to.equal(429);
  });

  it("returns the account's limits and what remains of them, also when they are exceeded", async () => {
    const policy = '"requests";q=1000;w=5';
    const left = async (path: string, method: string): Promise<unknown> => {
      const { headers } = await send(path, { token: 'valid', method });
      return [headers['ratelimit-policy'], headers.ratelimit];
    };

    expect(await left('/', 'GET')).to.deep.equal([policy, '"requests";r=999;t=1']);
    expect(await left('/', 'POST')).to.deep.equal([
      `${policy}, "requests-with-a-body";q=200;w=10`,
      '"requests";r=998;t=1, "requests-with-a-body";r=199;t=1',
    ]);
    for (let count = 0; count < 3; count += 1) await left('/cost-400', 'GET');
    expect(await left('/', 'GET')).to.deep.equal([policy, '"requests";r=0;t=7']);
  });

  it('reviews access to all clusters once, and by name only for an account without that permission', async () => {
    const asked = (): readonly unknown[] => accessReviews.map(([, verb, path]) => `${verb ?? ''} ${path ?? ''}`);
    expect((await send('/clusters?count=3', { token: 'valid' })).json).to.have.lengthOf(3);
    expect(asked()).to.deep.equal(['get /dynamic-toolset/clusters', 'get /dynamic-toolset/clusters/*']);

    accessReviews = [];
    isAllowed = (path) => Promise.resolve(/clusters(?:\/spoke-1)?$/.test(path));
    expect((await send('/clusters?count=3', { token: 'valid' })).json).to.deep.equal(['spoke-1']);
    expect(asked().slice(2)).to.deep.equal(
      [0, 1, 2].map((index) => `get /dynamic-toolset/clusters/spoke-${String(index)}`),
    );
  });

  it("limits access reviews to an account's request rate, whatever the number of clusters", async () => {
    isAllowed = (path) => Promise.resolve(path.endsWith('/clusters'));
    const statuses: number[] = [];
    for (let request = 0; request < 4; request += 1) statuses.push(await statusOf('valid', '/clusters?count=400'));

    expect(statuses).to.deep.equal([200, 200, 200, 429]);
    const before = accessReviews.length;
    expect(before).to.be.at.most(1_210);
    clock.advance(2_000);
    expect(await statusOf('valid', '/clusters?count=400')).to.equal(200);
    expect(await statusOf('valid', '/clusters?count=400')).to.equal(429);
    expect(accessReviews.length - before).to.be.at.most(402);
  });

  it('allows an account a burst of 200 requests with a body and 20 more per second', async () => {
    for (let index = 0; index < 200; index += 1) expect(await statusOf('valid', '/', 'POST')).to.equal(200);

    expect(await statusOf('valid', '/', 'POST')).to.equal(429);
    expect(await statusOf('valid')).to.equal(200);
    expect(await statusOf('valid-other', '/', 'POST')).to.equal(200);
    clock.advance(50);
    expect(await statusOf('valid', '/', 'POST')).to.equal(200);
    expect(await statusOf('valid', '/', 'POST')).to.equal(429);
  });

  it('allows four concurrent requests with a body per account, and 16 in total', async () => {
    const pending: Promise<unknown>[] = [];
    for (let count = 1; count <= 16; count += 1) {
      pending.push(send('/slow', { token: `valid-${String(count % 4)}`, method: 'POST' }));
      await until('it is in progress', () => streams.length === count);
    }

    expect(await statusOf('valid-0', '/', 'POST')).to.equal(429);
    expect(await statusOf('valid-new', '/', 'POST')).to.equal(503);
    expect(await statusOf('valid-0')).to.equal(200);
    for (const stream of streams) stream.end();
    await Promise.all(pending);
    expect(await statusOf('valid-0', '/', 'POST')).to.equal(200);
  });

  it('allows 64 unread responses per account and 256 in total, not counting event streams', async () => {
    const pending: Promise<unknown>[] = [];
    const begin = async (account: string): Promise<void> => {
      const before = streams.length;
      pending.push(...Array.from({ length: 64 }, () => send('/unread', { token: account })));
      await until('they have begun', () => streams.length === before + 64);
    };

    await begin('valid-1');

    expect(await statusOf('valid-1')).to.equal(429);
    expect(await statusOf('valid-2')).to.equal(200);
    pending.push(send('/stream', { token: 'valid-1' }));
    await until('the stream is open', () => streams.length === 65);
    for (const account of ['valid-2', 'valid-3', 'valid-4']) await begin(account);
    expect(await statusOf('valid-5')).to.equal(503);
    for (const stream of streams) stream.end();
    await Promise.all(pending);
    expect(await statusOf('valid-1')).to.equal(200);
  });

  it('releases the slots of requests whose clients disconnected during the review', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    userOf = (token) => promise.then(() => user(token));
    const responses: { readonly destroyed: boolean }[] = [];
    server.on('request', (_request, response) => responses.push(response));
    for (let index = 0; index < 20; index += 1) {
      const socket = connect(port(), '127.0.0.1');
      sockets.push(socket);
      socket.write('POST / HTTP/1.1\r\nhost: a\r\nauthorization: Bearer valid\r\ncontent-length: 0\r\n\r\n');
    }
    await until('all have arrived', () => responses.length === 20);
    for (const socket of sockets) socket.destroy();
    await until('all have disconnected', () => responses.every(({ destroyed }) => destroyed));
    resolve(undefined);

    expect(await statusOf('valid', '/', 'POST')).to.equal(200);
  });

  it('does not handle a request whose client disconnected during the access review', async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    isAllowed = () => promise;
    const arrived = once(server, 'request');
    const socket = connect(port(), '127.0.0.1');
    sockets.push(socket);
    socket.write('POST /slow HTTP/1.1\r\nhost: a\r\nauthorization: Bearer valid\r\ncontent-length: 0\r\n\r\n');
    const [, response] = (await arrived) as [unknown, { readonly destroyed: boolean }];
    await until('it is reviewed', () => accessReviews.length === 1);
    socket.destroy();
    await until('it has disconnected', () => response.destroyed);
    resolve(true);

    expect(await statusOf('valid')).to.equal(200);
    expect(streams).to.deep.equal([]);
  });

  it('reviews at most 20 unknown tokens per address at once, and two more per second', async () => {
    const { promise, resolve } = Promise.withResolvers<null>();
    userOf = () => promise;
    const statuses: number[] = [];
    const all = Array.from({ length: 100 }, async (_, index) =>
      statuses.push(await statusOf(`guess-${String(index)}`)),
    );
    await until('the others are rejected', () => statuses.length === 80);
    expect(new Set(statuses)).to.deep.equal(new Set([429]));
    resolve(null);
    await Promise.all(all);
    expect(reviewed).to.have.length(20);

    clock.advance(1_000);
    expect([await statusOf('more-1'), await statusOf('more-2'), await statusOf('more-3')]).to.deep.equal([
      ...[401, 401, 429],
    ]);
  });

  it('does not count valid tokens, and accepts recently valid ones from an address that guesses tokens', async () => {
    for (let index = 0; index < 30; index += 1) expect(await statusOf(`valid-${String(index)}`)).to.equal(200);
    await Promise.all(Array.from({ length: 60 }, (_, index) => statusOf(`guess-${String(index)}`)));

    expect(await statusOf('valid-1')).to.equal(200);
    expect(await statusOf('valid-new')).to.equal(429);
  });

  it('reviews a token once for concurrent requests', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    userOf = (token) => promise.then(() => user(token));
    let arrived = 0;
    server.on('request', () => (arrived += 1));
    const statuses = Array.from({ length: 50 }, () => statusOf('valid'));
    await until('all have arrived', () => arrived === 50);
    resolve(undefined);

    expect(new Set(await Promise.all(statuses))).to.deep.equal(new Set([200]));
    expect(reviewed).to.deep.equal(['valid']);
  });

  it('keeps access to metrics, and to nothing else, while the API server is unreachable', async () => {
    expect(await statusOf('valid-prometheus', '/metrics')).to.equal(200);
    userOf = () => Promise.reject(unreachable);

    expect(await statusOf('valid-prometheus', '/metrics')).to.equal(200);
    expect(await statusOf('valid-prometheus')).to.equal(502);
    expect(await statusOf('valid-other', '/metrics')).to.equal(502);

    userOf = () => Promise.resolve(null);
    expect(await statusOf('valid-prometheus', '/metrics')).to.equal(401);
    userOf = () => Promise.reject(unreachable);
    expect(await statusOf('valid-prometheus', '/metrics')).to.equal(502);
  });

  it('keeps that access after a scrape that was rate-limited, or whose client disconnected during the review', async () => {
    expect(await statusOf('valid-prometheus', '/metrics')).to.equal(200);
    for (let times = 0; times < 3; times += 1) await statusOf('valid-prometheus', '/cost-400');
    expect(await statusOf('valid-prometheus', '/metrics')).to.equal(429);
    userOf = () => Promise.reject(unreachable);
    expect(await statusOf('valid-prometheus', '/metrics')).to.equal(200);

    const slow = Promise.withResolvers<User>();
    userOf = () => slow.promise;
    const arrived = once(server, 'request');
    const socket = connect(port(), '127.0.0.1');
    sockets.push(socket);
    socket.write('GET /metrics HTTP/1.1\r\nhost: a\r\nauthorization: Bearer valid-prometheus\r\n\r\n');
    const [, response] = (await arrived) as [unknown, { readonly destroyed: boolean }];
    socket.destroy();
    await until('it has disconnected', () => response.destroyed);
    userOf = (token) => Promise.resolve(user(token));
    slow.resolve(user('valid-prometheus'));
    expect(await statusOf('valid-other')).to.equal(200);

    userOf = () => Promise.reject(unreachable);
    expect(await statusOf('valid-prometheus', '/metrics')).to.equal(200);
  });

  it('ends access to a long-lived response when its token or permission is revoked or cannot be reviewed', async () => {
    const open = connect(port(), '127.0.0.1');
    sockets.push(open);
    open.write('GET /stream HTTP/1.1\r\nhost: a\r\nauthorization: Bearer valid\r\n\r\n');
    await until('it is open', () => streams.length === 1);
    const isStillAuthorized = (): Promise<boolean> => authorizer.isStillAuthorized(streams[0] as express.Response);

    expect(await isStillAuthorized()).to.equal(true);
    isAllowed = () => Promise.resolve(false);
    expect(await isStillAuthorized()).to.equal(false);
    isAllowed = () => Promise.resolve(true);
    expect(await isStillAuthorized()).to.equal(true);
    userOf = () => Promise.resolve(null);
    expect(await isStillAuthorized()).to.equal(false);
    userOf = () => Promise.reject(unreachable);
    expect(await isStillAuthorized()).to.equal(false);
  });
});

type Answerable = Pick<express.Response, 'end'>;

function user(name: string): User {
  return { name, uid: '', groups: [], extra: {} };
}
