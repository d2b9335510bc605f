import { expect } from 'chai';
import { request } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { apiScene } from './api-scene.ts';

const mebibyte = 1024 * 1024;

describe('cluster/api-clients', () => {
  const scene = apiScene();
  const open: Socket[] = [];

  afterEach(() => {
    for (const socket of open.splice(0)) socket.destroy();
  });

  /** A connection that sends this and no more, and all that it gets until it ends. */
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

  it('refuses more headers than anybody needs', async () => {
    const headers = Array.from({ length: 10_000 }, (_, index) => `x-${String(index)}: 1\r\n`).join('');

    const answer = await half(`GET /healthz HTTP/1.1\r\nhost: a\r\n${headers}\r\n`);

    expect(answer).to.match(/^HTTP\/1\.1 431 /);
    expect(answer).to.include('https://toolset.kubernaut.ai/problems/headers-too-large');
  });

  it('answers what is no HTTP with a problem, and hangs up', async () => {
    expect(await half('hello\r\n\r\n')).to.match(/^HTTP\/1\.1 400 [^]*problems\/invalid-request/);
  });

  it('hangs up on whoever never says what they want', async () => {
    const [silent, slow] = await Promise.all([half(''), half('GET /healthz HTTP/1.1\r\nhost: a\r\n')]);

    expect(slow).to.match(/^HTTP\/1\.1 408 [^]*problems\/request-timeout/);
    expect(silent).to.match(/^(?:HTTP\/1\.1 408 [^]*)?$/);
  });

  it('does not read a body of a gigabyte', async () => {
    const { promise, resolve } = Promise.withResolvers<{ readonly status: number; readonly sent: number }>();
    let sent = 0;
    const asked = request(`${scene.serve.url}/api/v1/discover`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${scene.token}`,
        'content-type': 'application/json',
        'content-length': 1024 * mebibyte,
      },
    });
    asked.on('response', (response) => {
      resolve({ status: response.statusCode ?? 0, sent });
      asked.destroy();
    });
    asked.on('error', () => undefined);
    const chunk = Buffer.alloc(64 * 1024, 32);
    const write = (): void => {
      sent += chunk.length;
      if (!asked.destroyed && sent < 64 * mebibyte && asked.write(chunk)) setImmediate(write);
    };
    asked.on('drain', write);
    write();

    const { status, sent: before } = await promise;
    expect(status).to.equal(413);
    expect(before).to.be.below(8 * mebibyte);
  });

  it('keeps five hundred event streams, and tells all of them of a change', async () => {
    const ended = new AbortController();
    const headers = { authorization: `Bearer ${scene.token}` };
    const streams = await Promise.all(
      Array.from({ length: 500 }, async () => {
        const { status, body } = await fetch(`${scene.serve.url}/api/v1/events`, { headers, signal: ended.signal });
        expect(status).to.equal(200);
        const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
        let text = '';
        // The first event says that all may have changed; it is over once it was read.
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
