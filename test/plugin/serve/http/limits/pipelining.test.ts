import { expect } from 'chai';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import type { Listener } from '../../../../../plugin/serve/http/listener.ts';
import { listen } from '../../../../../plugin/serve/http/listener.ts';
import { until } from '../../../../support/until.ts';

describe('plugin/serve/http/limits/pipelining', () => {
  const paths: string[] = [];
  const open: ServerResponse[] = [];
  let listener: Listener;
  let client: Socket;
  let received = '';

  beforeEach(async () => {
    listener = await listen(
      ({ url = '' }, response) => {
        paths.push(url);
        open.push(response);
      },
      { host: '127.0.0.1', port: 0, certificate: null },
    );
    client = connect(listener.port, '127.0.0.1');
    client.on('error', () => undefined).on('data', (chunk) => (received += chunk.toString()));
  });
  afterEach(async () => {
    client.destroy();
    await listener.close(0);
    paths.length = 0;
    open.length = 0;
    received = '';
  });

  function send(count: number): void {
    const requests = Array.from({ length: count }, (_, index) => `GET /${String(index)} HTTP/1.1\r\nhost: a\r\n\r\n`);
    client.write(requests.join(''));
  }

  /** Answers requests one after the other, and waits for the last answer. */
  async function answer(count: number): Promise<void> {
    for (let answered = 0; answered < count; answered += 1) {
      await until('a request is handled', () => open.length === 1);
      open.pop()?.end(`<${String(answered)}>`);
    }
    await until('all are answered', () => received.includes(`<${String(count - 1)}>`));
  }

  it('handles pipelined requests one after the other, and answers all of them in order', async () => {
    send(10);

    await answer(10);
    expect(received.match(/<\d>/g)?.join('')).to.equal('<0><1><2><3><4><5><6><7><8><9>');
    expect(paths).to.deep.equal(Array.from({ length: 10 }, (_, index) => `/${String(index)}`));
  });

  it('handles the next request of a connection whose earlier one has been answered', async () => {
    for (const text of ['<0>', '<1>']) {
      send(1);
      await until('it is handled', () => open.length === 1);
      open.pop()?.end(text);
      await until('it is answered', () => received.includes(text));
    }
  });

  it('answers one request and 16 that wait, and closes the connection at one more', async () => {
    send(17);
    await answer(17);
    const closed = new Promise((resolve) => client.once('close', resolve));

    send(18);

    await closed;
    expect(paths).to.have.length(18);
  });

  it('handles only the first request, and closes the connection, when too many are pipelined', async () => {
    const closed = new Promise((resolve) => client.once('close', resolve));

    send(1_000);

    await closed;
    expect(paths).to.deep.equal(['/0']);
  });

  it('handles no waiting request after the client has disconnected', async () => {
    send(3);
    await until('the first is handled', () => open.length === 1);
    const closed = new Promise((resolve) => open[0]?.once('close', resolve));

    client.destroy();

    await closed;
    expect(paths).to.deep.equal(['/0']);
  });

  it('keeps serving other connections after it closed one', async () => {
    send(1_000);
    await until('it is closed', () => client.destroyed);
    client = connect(listener.port, '127.0.0.1');
    client.on('data', (chunk) => (received += chunk.toString()));

    send(1);

    await until('the request is handled', () => open.length === 2);
    open[1]?.end('<ok>');
    await until('it is answered', () => received.includes('<ok>'));
  });
});
