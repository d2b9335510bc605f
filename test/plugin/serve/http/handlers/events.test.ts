import { expect } from 'chai';
import express from 'express';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import type { Topic } from '../../../../../plugin/serve/http/state/change-feed.ts';
import { answerProblems } from '../../../../../plugin/serve/http/error-handler.ts';
import { eventStreams } from '../../../../../plugin/serve/http/handlers/events.ts';
import type { EventStreams } from '../../../../../plugin/serve/http/handlers/events.ts';
import { until } from '../../../../support/until.ts';

describe('plugin/serve/http/handlers/events', () => {
  let server: Server;
  let streams: EventStreams;
  let tell: (changed: ReadonlySet<Topic>) => void;
  let mayStay: boolean;
  let authorized: Promise<void>;
  let end: AbortController;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    mayStay = true;
    authorized = Promise.resolve();
    end = new AbortController();
    streams = eventStreams({
      changes: {
        onChange: (listener) => {
          tell = listener;
        },
      },
      isStillAuthorized: () => Promise.resolve(mayStay),
      signal: end.signal,
    });
    const app = express();
    const authorize: express.RequestHandler = async (_request, _response, next) => {
      await authorized;
      next();
    };
    app.get('/', authorize, streams.open);
    app.get('/large', (_request, response) => {
      response.send('x'.repeat(8 * 1024 * 1024));
    });
    app.use(answerProblems(() => undefined));
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

  it('writes nothing to a stream that ends, however slowly its client reads', async () => {
    // What is before it in the connection is never read: the stream does not come to its end.
    const socket = connect(port(), '127.0.0.1');
    sockets.push(socket);
    socket.pause().write('GET /large HTTP/1.1\r\nhost: a\r\n\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await until('it is open', () => streams.size() === 1);

    streams.close();
    for (let change = 0; change < 10; change += 1) tell(new Set(['services']));

    expect(streams.size()).to.equal(0);
  });

  it('opens none once all are closed', async () => {
    streams.close();

    expect((await open()).statusCode).to.equal(503);
  });

  it('keeps nothing of a client that has gone while it was authorized', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    authorized = promise;
    const socket = connect(port(), '127.0.0.1');
    sockets.push(socket);
    const [arrived] = [once(server, 'request')];
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    const [, response] = (await arrived) as [unknown, { readonly destroyed: boolean }];
    socket.destroy();
    await until('the server has seen it go', () => response.destroyed);

    resolve(undefined);
    await authorized;
    const other = await open();

    expect(streams.size()).to.equal(1);
    other.destroy();
  });

  it('answers HEAD with the headers alone', async () => {
    const response = await open('HEAD');

    expect(response.headers['content-type']).to.match(/^text\/event-stream/);
    await once(response.resume(), 'end');
    expect(streams.size()).to.equal(0);
  });

  it('has five hundred for one account', async () => {
    const opened = await Promise.all(Array.from({ length: 500 }, () => open()));

    expect(new Set(opened.map(({ statusCode }) => statusCode))).to.deep.equal(new Set([200]));
    expect((await open()).statusCode).to.equal(429);
    opened[0]!.destroy();
    await until('there is room again', () => streams.size() === 499);
    expect((await open()).statusCode).to.equal(200);
  });
});
