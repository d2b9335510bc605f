import { expect } from 'chai';
import express from 'express';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import nock from 'nock';
import { problemHandler } from '../../../../../plugin/serve/http/error-handler.ts';
import { readJson } from '../../../../../plugin/serve/http/limits/json-body.ts';
import { ask } from '../../../../support/ask.ts';
import type { Answer, Question } from '../../../../support/ask.ts';

const mebibyte = 1024 * 1024;

describe('plugin/serve/http/limits/json-body', () => {
  let server: Server;
  let bugs: unknown[];
  const sockets: Socket[] = [];

  // nock would hold a request back until its body is complete.
  before(() => {
    nock.restore();
  });

  after(() => {
    nock.activate();
  });

  beforeEach(async () => {
    bugs = [];
    const app = express();
    app.post('/', readJson, (request, response) => {
      response.json({ body: (request.body as unknown) ?? 'none' });
    });
    app.use(problemHandler((error) => bugs.push(error)));
    server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    expect(bugs).to.deep.equal([]);
  });

  const port = (): number => (server.address() as AddressInfo).port;
  const post = (question: Question): Promise<Answer> =>
    ask(`http://127.0.0.1:${String(port())}/`, { method: 'POST', ...question });

  /** What the server sends first in response to these bytes. */
  async function firstOf(bytes: string): Promise<string> {
    const socket = connect(port(), '127.0.0.1');
    sockets.push(socket);
    socket.write(bytes);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return answer.toString();
  }

  it('parses a body, and accepts a request without one', async () => {
    expect((await post({ body: { a: 1 } })).json).to.deep.equal({ body: { a: 1 } });
    expect((await post({})).json).to.deep.equal({ body: 'none' });
    expect((await post({ headers: { 'content-length': '0' } })).json).to.deep.equal({ body: 'none' });
  });

  it('accepts a body of exactly 1 MiB, and rejects one that is a byte larger', async () => {
    const text = (bytes: number): string => `"${'x'.repeat(bytes - 2)}"`;

    expect((await post({ body: text(mebibyte) })).status).to.equal(200);
    expect((await post({ body: text(mebibyte + 1) })).status).to.equal(413);
  });

  it('accepts a request whose headers say nothing about a body', async () => {
    expect(await firstOf('POST / HTTP/1.1\r\nhost: a\r\n\r\n')).to.match(/^HTTP\/1\.1 200 [^]*{"body":"none"}$/);
  });

  it('rejects a body whose declared length exceeds the limit before any of it has arrived', async () => {
    const head = ['POST / HTTP/1.1', 'host: a', 'content-type: application/json', 'content-length: 1048577', '', ''];

    expect(await firstOf(head.join('\r\n'))).to.match(/^HTTP\/1\.1 413 [^]*connection: close/i);
  });

  it('responds to a chunked body as soon as it exceeds the limit', async () => {
    const socket = connect(port(), '127.0.0.1');
    sockets.push(socket);
    socket.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n');
    socket.write(`${(mebibyte + 1).toString(16)}\r\n${' '.repeat(mebibyte + 1)}\r\n`);

    const [answer] = (await once(socket, 'data')) as [Buffer];

    expect(answer.toString()).to.match(/^HTTP\/1\.1 413 [^]*connection: close/i);
  });

  for (const [title, headers, actual] of [
    ['another media type', { 'content-type': 'text/plain' }, '"text/plain"'],
    ['a media type with the same prefix', { 'content-type': 'application/jsonp' }, '"application/jsonp"'],
    ['a media type with the same end', { 'content-type': 'x-application/json' }, '"x-application/json"'],
    ...[' charset=latin1', 'charset=latin1', ' charset=x-utf-8', ' charset=utf-8x'].map((charset) => {
      const type = `application/json;${charset}`;
      return [`the media type ${type}`, { 'content-type': type }, `"${type}"`] as const;
    }),
    ['compression', { 'content-encoding': 'gzip' }, 'content-encoding "gzip"'],
  ] as const)
    it(`rejects ${title}, and says so`, async () => {
      const { status, headers: sent, json } = await post({ body: '{}', headers });

      expect(status).to.equal(415);
      expect(sent.accept).to.equal('application/json');
      expect((json as { readonly detail: string }).detail)
        .to.match(/ in UTF-8, not /)
        .and.include(`not ${actual}.`);
    });

  it('rejects a body without a media type', async () => {
    const head = ['POST / HTTP/1.1', 'host: a', 'content-length: 2', '', '{}'];

    expect(await firstOf(head.join('\r\n'))).to.match(/^HTTP\/1\.1 415 [^]* in UTF-8, not \\"\\"\./);
  });

  for (const charset of ['; charset=UTF-8', ';charset="utf8"'])
    it(`accepts application/json${charset}`, async () => {
      const headers = { 'content-type': `application/json${charset}` };

      expect((await post({ body: '{}', headers })).status).to.equal(200);
    });

  it('rejects a body that is not JSON, or not UTF-8', async () => {
    expect((await post({ body: '{' })).status).to.equal(400);

    const socket = connect(port(), '127.0.0.1');
    sockets.push(socket);
    socket.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 3\r\n\r\n');
    socket.write(Buffer.from([0x22, 0xff, 0x22]));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).to.match(/^HTTP\/1\.1 400 /);
  });

  it('reports no bug when a client disconnects while sending', async () => {
    const socket = connect(port(), '127.0.0.1');
    const arrived = once(server, 'request');
    socket.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{');
    const [request] = (await arrived) as [NodeJS.EventEmitter];

    const closed = once(request, 'close').catch(() => undefined);
    socket.destroy();
    await closed;
  });
});
