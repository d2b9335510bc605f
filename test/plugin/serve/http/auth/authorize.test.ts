import { expect } from 'chai';
import express from 'express';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { PluginError } from '../../../../../plugin/lib/errors.ts';
import { accessBy } from '../../../../../plugin/serve/http/auth/authorize.ts';
import { answerProblems } from '../../../../../plugin/serve/http/error-handler.ts';
import type { Reviews, User } from '../../../../../plugin/serve/http/auth/token-reviews.ts';
import { ask } from '../../../../support/ask.ts';
import { until } from '../../../../support/until.ts';

const away = new PluginError('CLUSTER_UNREACHABLE', 'the API server does not answer', { hint: 'look at it' });

describe('plugin/serve/http/auth/authorize', () => {
  let server: Server;
  let asked: string[];
  let review: (token: string) => Promise<User | null>;
  const seen = new Set<string>();
  const sockets: Socket[] = [];

  beforeEach(async () => {
    asked = [];
    seen.clear();
    review = (token) => Promise.resolve(token.startsWith('good') ? userOf(token) : null);
    const reviews: Reviews = {
      known: () => undefined,
      wasRecentlyValid: (token) => seen.has(token),
      userOf: async (token) => {
        asked.push(token);
        const user = await review(token);
        if (user) seen.add(token);
        return user;
      },
      mayUse: () => Promise.resolve(true),
    };
    const app = express();
    const access = accessBy(reviews);
    const ok: express.RequestHandler = (_request, response) => {
      response.send('ok');
    };
    app.get('/metrics', access.authorizeScraper, ok);
    app.use(access.authorize(1), ok);
    app.use(answerProblems(() => undefined));
    server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const statusOf = async (token: string, path = '/', method = 'GET'): Promise<number> => {
    const { port } = server.address() as AddressInfo;
    return (await ask(`http://127.0.0.1:${String(port)}${path}`, { token, method })).status;
  };

  it('asks about no more tokens than it may, also where they come all at once', async () => {
    const { promise, resolve } = Promise.withResolvers<null>();
    review = () => promise;
    const statuses: number[] = [];
    const all = Array.from({ length: 100 }, async (_, index) => statuses.push(await statusOf(`bad-${String(index)}`)));

    // Refilled meanwhile by two a second.
    await until('the others are refused', () => statuses.length >= 75);
    expect(new Set(statuses)).to.deep.equal(new Set([429]));
    resolve(null);
    await Promise.all(all);
    expect(asked.length + statuses.filter((status) => status === 429).length).to.equal(100);
  });

  it('does not count tokens that are good, and keeps to those that were where others are tried out', async () => {
    for (let index = 0; index < 30; index += 1) expect(await statusOf(`good-${String(index)}`)).to.equal(200);
    await Promise.all(Array.from({ length: 60 }, (_, index) => statusOf(`bad-${String(index)}`)));

    expect(await statusOf('good-1')).to.equal(200);
    expect(await statusOf('good-new')).to.equal(429);
  });

  it('asks once about a token that comes many times at once', async () => {
    const statuses = await Promise.all(Array.from({ length: 100 }, () => statusOf('good')));

    expect(new Set(statuses)).to.deep.equal(new Set([200]));
  });

  it('has no more than four bodies of one account, whoever has gone before he was known', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    review = (token) => promise.then(() => userOf(token));
    const { port } = server.address() as AddressInfo;
    const gone: { readonly destroyed: boolean }[] = [];
    server.on('request', (_request, response) => gone.push(response));
    for (let index = 0; index < 20; index += 1) {
      const socket = connect(port, '127.0.0.1');
      sockets.push(socket);
      socket.write('POST / HTTP/1.1\r\nhost: a\r\nauthorization: Bearer good\r\ncontent-length: 0\r\n\r\n');
    }
    await until('all have come', () => gone.length === 20);
    for (const socket of sockets) socket.destroy();
    await until('all have gone', () => gone.every(({ destroyed }) => destroyed));
    resolve(undefined);

    expect(await statusOf('good', '/', 'POST')).to.equal(200);
  });

  it('lets whoever could read metrics go on with it while the API server is away, and nothing else', async () => {
    expect(await statusOf('good-prometheus', '/metrics')).to.equal(200);
    review = () => Promise.reject(away);

    expect(await statusOf('good-prometheus', '/metrics')).to.equal(200);
    expect(await statusOf('good-prometheus')).to.equal(502);
    expect(await statusOf('good-other', '/metrics')).to.equal(502);

    review = () => Promise.resolve(null);
    expect(await statusOf('good-prometheus', '/metrics')).to.equal(401);
    review = () => Promise.reject(away);
    expect(await statusOf('good-prometheus', '/metrics')).to.equal(502);
  });
});

function userOf(name: string): User {
  return { name, uid: '', groups: [], extra: {} };
}
