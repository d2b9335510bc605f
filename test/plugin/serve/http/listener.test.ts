import { expect } from 'chai';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import nock from 'nock';
import type { Certificate } from '../../../../plugin/serve/http/tls.ts';
import type { Listener } from '../../../../plugin/serve/http/listener.ts';
import { listen } from '../../../../plugin/serve/http/listener.ts';
import { selfSigned } from '../../../support/certificate.ts';
import { until } from '../../../support/until.ts';

describe('plugin/serve/http/listener', () => {
  const identity = selfSigned();
  const certificate: Certificate = { current: () => identity, onChange: () => undefined };
  const begun: ServerResponse[] = [];
  let listener: Listener;

  // Its sockets stand between, and close what a server leaves open.
  before(nock.restore);
  after(nock.activate);

  beforeEach(async () => {
    begun.length = 0;
    listener = await listen((_, response) => void begun.push(response), { host: '127.0.0.1', port: 0, certificate });
  });

  afterEach(async () => {
    await listener.close(0);
  });

  /** A client whose request is handled. */
  async function begin(): Promise<TLSSocket> {
    const client = connectTls({ host: '127.0.0.1', port: listener.port, ca: identity.cert });
    client.on('error', () => undefined).resume();
    client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await until('the request is handled', () => begun.length === 1);
    return client;
  }

  it('closes a connection with an unfinished TLS handshake after the grace period', async () => {
    const client = connect(listener.port, '127.0.0.1');
    await once(client, 'connect');
    // Accepted after it: so it is not merely waiting to be accepted.
    const later = await begin();
    let closed = false;

    void listener.close(1).then(() => (closed = true));

    await until('all is closed, before a handshake would be too late', () => closed, 5_000);
    client.destroy();
    later.destroy();
  });

  it('closes a connection with an unfinished response after the grace period', async () => {
    const client = await begin();
    const closed = once(client, 'close');

    await listener.close(1);

    await closed;
    expect(begun[0]!.writableFinished).to.equal(false);
  });

  it('finishes a response within the grace period', async () => {
    const client = await begin();
    let received = '';
    client.on('data', (chunk: Buffer) => (received += chunk.toString()));

    const closed = listener.close(60_000);
    begun[0]!.setHeader('connection', 'close').end('whole');

    await closed;
    await until('the response', () => received.endsWith('whole\r\n0\r\n\r\n') || received.endsWith('whole'));
    client.destroy();
  });
});
