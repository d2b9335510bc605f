import { expect } from 'chai';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getJson } from '../../../../plugin/serve/page/browser/api/client.ts';

describe('plugin/serve/page/browser/api/client', () => {
  let server: Server;
  let respond: RequestListener;

  beforeEach(async () => {
    server = createServer((request, response) => {
      respond(request, response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  async function problem(): Promise<unknown> {
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/api/v1/clusters`;
    return getJson(url, 'token', new AbortController().signal).catch((error: unknown) => error);
  }

  it('says that the service is unreachable when the connection breaks off within a response', async () => {
    respond = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': 100 });
      response.write('{"items":[', () => {
        response.destroy();
      });
    };

    expect(await problem()).to.include({ name: 'ApiError', status: 0, title: 'The service is unreachable' });
  });

  it("does not take a proxy's page for a response of the service", async () => {
    respond = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<title>Log in</title>');
    };

    expect(await problem()).to.include({ name: 'ApiError', status: 200, title: 'Unexpected response 200 OK' });
  });

  for (const body of ['null', '[]', '<p>', '{"title":null,"detail":7}'])
    it(`names the status of a failed request whose body is ${body}`, async () => {
      respond = (_request, response) => {
        response.writeHead(502, { 'content-type': 'application/json' }).end(body);
      };

      expect(await problem()).to.include({
        name: 'ApiError',
        status: 502,
        title: 'Unexpected response 502 Bad Gateway',
      });
    });
});
