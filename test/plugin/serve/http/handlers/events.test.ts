import { expect } from 'chai';
import express from 'express';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Topic } from '../../../../../plugin/serve/http/state/change-feed.ts';
import { problemHandler } from '../../../../../plugin/serve/http/error-handler.ts';
import { EventStreams } from '../../../../../plugin/serve/http/handlers/events.ts';
import { until } from '../../../../support/until.ts';

describe('plugin/serve/http/handlers/events', () => {
  let server: Server;
  let streams: EventStreams;
  let notify: (changed: ReadonlySet<Topic>) => void;
  let isAuthorized: boolean;
  let authorized: Promise<void>;
  let end: AbortController;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    isAuthorized = true;
    authorized = Promise.resolve();
    end = new AbortController();
    streams = new EventStreams({
      changes: {
        onChange: (listener) => {
          notify = listener;
        },
      },
      authorizer: { accountOf: () => 'alice', isStillAuthorized: () => Promise.resolve(isAuthorized) },
      signal: end.signal,
    });
    const app = express();
    const authorize: express.RequestHandler = async (_request, _response, next) => {
      await authorized;
      next();
    };
    app.get('/', authorize, streams.open());
    app.get('/large', (_request, response) => {
      response.send('x'.repeat(8 * 1024 * 1024));
    });
    app.use(problemHandler(() => undefined));
    server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(async () => {
    end.abort();
    for (const socket of sockets.splice(0)) socket.destroy();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const port = (): number => (server.address() as AddressInfo).port;
  const open = async (method = 'GET'): Promise<IncomingMessage> => {
    const asked = request({ host: '127.0.0.1', port: port(), method, agent: false }).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    return response.on('error', () => undefined);
  };

  it('writes nothing to a stream after its end, however slowly its client reads', async () => {
    // The response before it in the connection is never read, so the end of the stream stays unsent.
    const socket = connect(port(), '127.0.0.1');
    sockets.push(socket);
    socket.pause().write('GET /large HTTP/1.1\r\nhost: a\r\n\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await until('it is open', () => streams.size === 1);

    streams.close();
    for (let change = 0; change < 10; change += 1) notify(new Set(['services']));

    expect(streams.size).to.equal(0);
  });

  it('opens no stream after close', async () => {
    streams.close();

    expect((await open()).statusCode).to.equal(503);
  });

  it('opens no stream for a client that disconnected during its authorization', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    authorized = promise;
    const socket = connect(port(), '127.0.0.1');
    sockets.push(socket);
    const [arrived] = [once(server, 'request')];
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    const [, response] = (await arrived) as [unknown, { readonly destroyed: boolean }];
    socket.destroy();
    await until('the server has noticed it', () => response.destroyed);

    resolve(undefined);
    await authorized;
    const other = await open();

    expect(streams.size).to.equal(1);
    other.destroy();
  });

  it('answers HEAD with the headers only', async () => {
    const response = await open('HEAD');

    expect(response.headers['content-type']).to.match(/^text\/event-stream/);
    await once(response.resume(), 'end');
    expect(streams.size).to.equal(0);
  });

  it('opens 500 streams per account, and another one once one is closed', async () => {
    const opened = await Promise.all(Array.from({ length: 500 }, () => open()));

    expect(new Set(opened.map(({ statusCode }) => statusCode))).to.deep.equal(new Set([200]));
    expect((await open()).statusCode).to.equal(429);
    opened[0]!.destroy();
    await until('a slot is free again', () => streams.size === 499);
    expect((await open()).statusCode).to.equal(200);
  });

  it('closes only the stream that its client does not read', async () => {
    const socket = connect(port(), '127.0.0.1');
    sockets.push(socket);
    socket.pause().write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    const other = await open();
    other.resume();
    await until('both are open', () => streams.size === 2);

    // The system buffers some MiB of a connection.
    const large = 'x'.repeat(60 * 1024) as Topic;
    for (let bytes = 0; bytes < 16 * 1024 * 1024 && streams.size === 2; bytes += large.length) {
      notify(new Set([large]));
      await turn();
    }

    expect(streams.size).to.equal(1);
    expect(other.destroyed).to.equal(false);
    other.destroy();
  });

  it('sends all topics at first, then those that have changed', async () => {
    const response = await open();
    let text = '';
    response.setEncoding('utf8').on('data', (part: string) => (text += part));
    await until('it begins', () => text.endsWith('\n\n'));
    notify(new Set(['services', 'applications']));
    await until('a change arrives', () => text.split('event: ').length === 3);

    expect(text).to.equal(
      'retry: 2000\n\nevent: changed\ndata: {"changed":["applications","clusters","configmaps","services"]}\n\n' +
        'event: changed\ndata: {"changed":["applications","services"]}\n\n',
    );
    response.destroy();
  });
});

describe('plugin/serve/http/handlers/events, every 10 s', () => {
  it('sends a heartbeat, and ends streams whose clients are no longer authorized', async () => {
    const timers = new (mock.timers.constructor as new () => typeof mock.timers)();
    timers.enable({ apis: ['setInterval'] });
    const end = new AbortController();
    const isAuthorized = new Map([
      ['/a', true],
      ['/b', true],
    ]);
    const streams = new EventStreams({
      changes: { onChange: () => undefined },
      authorizer: {
        accountOf: () => 'alice',
        isStillAuthorized: ({ req }) => Promise.resolve(isAuthorized.get(req.url) ?? false),
      },
      signal: end.signal,
    });
    const server = createServer(express().get('/:name', streams.open())).listen(0, '127.0.0.1');
    try {
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const texts = ['/a', '/b'].map(async (path) => (await fetch(`http://127.0.0.1:${String(port)}${path}`)).text());
      await until('both are open', () => streams.size === 2);

      timers.tick(9_999);
      isAuthorized.set('/a', false);
      timers.tick(1);
      await until('one has ended', () => streams.size === 1);
      end.abort();

      const [a, b] = await Promise.all(texts);
      expect(a).to.match(/\n\n: \n\n$/);
      expect(b).to.match(/\n\n: \n\n$/);
      expect(streams.size).to.equal(0);
    } finally {
      timers.reset();
      end.abort();
      server.closeAllConnections();
      server.close();
    }
  });
});
