import { expect } from 'chai';
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { until } from '../../support/until.ts';
import { apiScene, everything } from './scene.ts';

describe('cluster/api/clients', () => {
  const scene = apiScene();
  const open: Socket[] = [];

  afterEach(() => {
    for (const socket of open.splice(0)) socket.destroy();
  });

  /** Another client address: on Linux all of 127.0.0.0/8 is local. */
  const elsewhere = '127.0.0.2';

  /** Sends a text and returns everything received until the connection closes. */
  function half(text: string): Promise<string> {
    const { port } = new URL(scene.serve.url);
    const socket = connect({ host: '127.0.0.1', port: Number(port) });
    open.push(socket);
    const { promise, resolve } = Promise.withResolvers<string>();
    let got = '';
    socket.on('data', (chunk) => (got += chunk.toString()));
    socket
      .on('error', () => undefined)
      .on('close', () => {
        resolve(got);
      });
    socket.write(text);
    return promise;
  }

  it('rejects headers above the size limit', async () => {
    const headers = Array.from({ length: 10_000 }, (_, index) => `x-${String(index)}: 1\r\n`).join('');

    const answer = await half(`GET /healthz HTTP/1.1\r\nhost: a\r\n${headers}\r\n`);

    expect(answer).to.match(/^HTTP\/1\.1 431 /);
    expect(answer).to.include('https://toolset.kubernaut.ai/problems/headers-too-large');
  });

  it('responds to invalid HTTP with a problem, and closes the connection', async () => {
    expect(await half('hello\r\n\r\n')).to.match(/^HTTP\/1\.1 400 [^]*problems\/invalid-request/);
  });

  it('closes connections that do not send a complete request in time', async () => {
    const [silent, slow] = await Promise.all([half(''), half('GET /healthz HTTP/1.1\r\nhost: a\r\n')]);

    expect(slow).to.match(/^HTTP\/1\.1 408 [^]*problems\/request-timeout/);
    expect(silent).to.match(/^(?:HTTP\/1\.1 408 [^]*)?$/);
  });

  it('rejects a body of 1 GiB without reading it', async () => {
    const asked = request(`${scene.serve.url}/api/v1/discover`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${scene.token}`,
        'content-type': 'application/json',
        'content-length': 1024 ** 3,
      },
    });
    // The rest never comes: an answer does not wait for it. More of it would meet a connection that is closed.
    asked.write(Buffer.alloc(64 * 1024, 32));
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    asked.on('error', () => undefined).destroy();

    expect(response.statusCode).to.equal(413);
  });

  it('limits the connections of each client address', async () => {
    const { port } = new URL(scene.serve.url);
    const connection = (): Promise<Socket> => {
      const { promise, resolve } = Promise.withResolvers<Socket>();
      const socket = connect({ host: '127.0.0.1', port: Number(port) });
      open.push(socket);
      socket
        .on('error', () => undefined)
        .on('connect', () => {
          resolve(socket);
        });
      return promise;
    };
    await Promise.all(Array.from({ length: 1_000 }, connection));

    await once((await connection()).resume(), 'close');
    const other = await scene.ask('/healthz', { localAddress: elsewhere });

    expect(other.text).to.equal('ok\n');
    expect(open.slice(0, 1_000).filter(({ closed }) => closed)).to.deep.equal([]);
  });

  it('opens 1000 event streams, and returns a Retry-After to the next client', async () => {
    const tokens = await Promise.all(['listener', 'other-listener'].map((name) => scene.tokenFor(name, everything)));
    const streams: IncomingMessage[] = [];
    const openOne = async (index: number): Promise<number> => {
      const headers = { authorization: `Bearer ${tokens[index]!}` };
      const localAddress = `127.0.0.${String(index + 1)}`;
      const asked = request(`${scene.serve.url}/api/v1/events`, { headers, localAddress, agent: false }).end();
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      streams.push(response.on('error', () => undefined));
      return response.statusCode ?? 0;
    };
    const opened = Array.from({ length: 1_000 }, (_, index) => openOne(index % 2));
    expect(new Set(await Promise.all(opened))).to.deep.equal(new Set([200]));

    const { status, headers: answered } = await scene.ask('/api/v1/events', { localAddress: '127.0.0.3' });

    expect(status).to.equal(503);
    expect(answered['retry-after']).to.equal('1');
    for (const stream of streams) stream.destroy();
    await until('a stream can be opened again', async () => (await openOne(1)) === 200);
    streams.at(-1)!.destroy();
  });

  it('reports no bug for clients that disconnect early', async () => {
    const hostile = `toolsets:\n${'  ? [[[[[[[[\n'.repeat(40_000)}`;
    const url = `${scene.serve.url}/api/v1/toolsets/validate`;
    const headers = { authorization: `Bearer ${scene.token}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ files: { 'overrides.yaml': hostile } });
    // While the body is sent, while the validation is queued, and while it runs.
    for (const afterMs of [0, 5, 20, 100, 400]) {
      const leaving = AbortSignal.timeout(afterMs);
      const asked = [1, 2].map(() => fetch(url, { method: 'POST', headers, body, signal: leaving }).catch(() => null));
      await Promise.all(asked);
    }

    // Queued behind those.
    const files = { 'overrides.yaml': 'toolsets: {}\n' };
    const { status } = await scene.ask('/api/v1/toolsets/validate', { method: 'POST', body: { files } });

    expect(status).to.equal(200);
    expect(scene.serve.events.filter(({ event }) => event === 'bug')).to.deep.equal([]);
  });

  it('notifies 500 event streams of a change', async () => {
    const ended = new AbortController();
    const headers = { authorization: `Bearer ${scene.token}` };
    const streams = await Promise.all(
      Array.from({ length: 500 }, async () => {
        const { status, body } = await fetch(`${scene.serve.url}/api/v1/events`, { headers, signal: ended.signal });
        expect(status).to.equal(200);
        const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
        let text = '';
        // The first event names all topics.
        while (!text.includes('"changed":[')) text += (await reader.read()).value ?? '';
        return reader;
      }),
    );
    await scene.cluster.kubectl(['create', 'service', 'clusterip', 'new', '--tcp=80']);

    const told = await Promise.all(
      streams.map(async (reader) => {
        let text = '';
        while (!text.includes('services')) text += (await reader.read()).value ?? '';
        return text;
      }),
    );
    expect(told.every((text) => /event: changed\ndata: \{"changed":\[[^\]]*"services"\]\}\n\n/.test(text))).to.equal(
      true,
    );
    expect((await scene.ask('/api/v1/services')).status).to.equal(200);
    ended.abort();
  });
});
