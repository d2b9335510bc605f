import { expect } from 'chai';
import express from 'express';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { problemHandler } from '../../../../plugin/serve/http/error-handler.ts';
import { nameRequests } from '../../../../plugin/serve/http/request-id.ts';
import { ask } from '../../../support/ask.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe('plugin/serve/http/request-id', () => {
  let server: Server;
  let bugs: (string | undefined)[];

  beforeEach(async () => {
    bugs = [];
    const app = express();
    app.use(nameRequests);
    app.use(() => {
      throw new Error('a bug');
    });
    app.use(problemHandler((_error, requestId) => bugs.push(requestId)));
    server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  /** The name of a request that brings this one: in the response, in its problem, in the log. */
  async function names(given?: string): Promise<readonly unknown[]> {
    const { port } = server.address() as AddressInfo;
    const headers = given === undefined ? {} : { 'x-request-id': given };
    const { headers: own, text } = await ask(`http://127.0.0.1:${String(port)}/`, { headers });
    return [own['x-request-id'], (JSON.parse(text) as { readonly requestId?: string }).requestId, bugs.at(-1)];
  }

  it("uses the client's ID in the response, its problem and the log", async () => {
    expect(await names('Root-1.a_B')).to.deep.equal(['Root-1.a_B', 'Root-1.a_B', 'Root-1.a_B']);
  });

  it('generates a UUID when the client sends no ID', async () => {
    const [first, ...others] = await names();

    expect(first).to.match(uuid);
    expect(others).to.deep.equal([first, first]);
    expect((await names())[0]).not.to.equal(first);
  });

  for (const [title, given] of [
    ['is longer than 64 characters', 'a'.repeat(65)],
    ['could forge a line of the log', 'a","level":"error'],
    ['could inject HTML', '<script>'],
    ['is not ASCII', '\u00fc'],
    ['is empty', ''],
  ] as const) {
    it(`generates a UUID when the client's ID ${title}`, async () => {
      expect((await names(given))[0]).to.match(uuid);
    });
  }
});
