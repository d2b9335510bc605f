import { expect } from 'chai';
import nock from 'nock';
import { once } from 'node:events';
import { createServer as createHttpServer, get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect as connectTo, createServer } from 'node:net';
import { connect } from '../../../../plugin/cluster/connection/connect.ts';
import { proxyAgent } from '../../../../plugin/cluster/connection/proxy-agent.ts';
import type { Connection } from '../../../../plugin/cluster/connection/connection.ts';
import { connectArgoCd } from '../../../../plugin/serve/argocd/connection.ts';
import { sendRequest } from '../../../../plugin/cluster/http/http-client.ts';
import { selfSigned } from '../../../support/certificate.ts';
import { temporaryFolder } from '../../../support/folder.ts';

/** A name that is known to the proxy alone. */
const host = 'api.private.invalid';

describe('plugin/cluster/connection/proxy-agent', () => {
  const folder = temporaryFolder();
  const identity = selfSigned(host, [host]);
  const open: Server[] = [];
  const sockets = new Set<Socket>();
  let port = 0;

  before(async () => {
    const api = createHttpsServer(
      { ...identity, requestCert: true, rejectUnauthorized: false },
      (request, response) => {
        const { subject } = (
          request.socket as Socket & { getPeerCertificate: () => { subject?: { CN: string } } }
        ).getPeerCertificate();
        response.end(JSON.stringify({ client: subject?.CN ?? '' }));
      },
    );
    port = await listening(api);
  });

  beforeEach(() => {
    nock.enableNetConnect(/^(?:127\.0\.0\.1|.*\.invalid|10\.1\.2\.3|\[?fd12::.*)(?::\d+)?$/);
  });

  after(() => {
    for (const socket of sockets) socket.destroy();
    for (const server of open) server.close();
  });

  async function listening(server: Server): Promise<number> {
    server.on('connection', (socket: Socket) => sockets.add(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    open.push(server);
    return (server.address() as AddressInfo).port;
  }

  /** Answers what it was asked for. */
  async function httpProxy(status = 200): Promise<{ readonly port: number; readonly asked: IncomingMessage[] }> {
    const asked: IncomingMessage[] = [];
    const server = createHttpServer();
    server.on('connect', (request: IncomingMessage, socket: Socket) => {
      asked.push(request);
      if (status !== 200) {
        socket.end(`HTTP/1.1 ${String(status)} No\r\n\r\n`);
        return;
      }
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      join(socket);
    });
    return { port: await listening(server), asked };
  }

  function join(socket: Socket): void {
    const upstream = connectTo(port, '127.0.0.1');
    sockets.add(upstream);
    socket.on('error', () => upstream.destroy());
    upstream.on('error', () => socket.destroy());
    socket.pipe(upstream).pipe(socket);
  }

  /** Speaks SOCKS5, one byte at a time; answers where it was asked to connect to. */
  async function socksProxy({ user = '', code = 0 } = {}): Promise<{
    readonly port: number;
    readonly asked: string[];
  }> {
    const asked: string[] = [];
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      void (async () => {
        const [, count = 0] = await bytes(socket, 2);
        await bytes(socket, count);
        slowly(socket, [5, user === '' ? 0 : 2]);
        if (user !== '') {
          const [, nameLength = 0] = await bytes(socket, 2);
          const name = (await bytes(socket, nameLength)).toString();
          const [passwordLength = 0] = await bytes(socket, 1);
          const password = (await bytes(socket, passwordLength)).toString();
          slowly(socket, [1, `${name}:${password}` === user ? 0 : 1]);
        }
        const [, , , type] = await bytes(socket, 4);
        const [length = 0] = type === 3 ? await bytes(socket, 1) : [type === 1 ? 4 : 16];
        const address = await bytes(socket, length);
        const [high = 0, low = 0] = await bytes(socket, 2);
        asked.push(`${type === 3 ? address.toString() : address.toString('hex')}:${String(high * 256 + low)}`);
        slowly(socket, [5, code, 0, 1, 0, 0, 0, 0, 0, 0]);
        if (code === 0) join(socket);
      })();
    });
    return { port: await listening(server), asked };
  }

  async function bytes(socket: Socket, count: number): Promise<Buffer> {
    for (;;) {
      const found = socket.read(count) as Buffer | null;
      if (found) return found;
      await once(socket, 'readable');
    }
  }

  function slowly(socket: Socket, all: readonly number[]): void {
    socket.setNoDelay(true);
    for (const one of all) socket.write(Buffer.from([one]));
  }

  interface Given {
    readonly proxy?: string;
    readonly server?: string;
    readonly user?: object;
    readonly variables?: Readonly<Record<string, string>>;
  }

  async function connection({ proxy, server = `https://${host}:${String(port)}`, user = {}, variables }: Given) {
    const cluster = {
      server,
      'certificate-authority-data': Buffer.from(identity.cert).toString('base64'),
      ...(proxy === undefined ? {} : { 'proxy-url': proxy }),
    };
    const kubeconfig = await folder.write(
      'config',
      JSON.stringify({
        'current-context': 'c',
        contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
        clusters: [{ name: 'c', cluster }],
        users: [{ name: 'u', user }],
      }),
    );
    return connect({ kubeconfig, variables });
  }

  async function answer(from: Connection): Promise<string> {
    const signal = AbortSignal.timeout(20_000);
    const outcome = await sendRequest(from, { method: 'GET', path: '/api' }, signal);
    return outcome instanceof Error ? outcome.message : outcome.text;
  }

  async function answerThrough(given: Given): Promise<string> {
    const opened = await connection(given);
    try {
      return await answer(opened);
    } finally {
      opened.close();
    }
  }

  const anonymous = '{"client":""}';

  it("reaches Argo CD's API outside the cluster through the proxy of the environment, and trusts its CA", async () => {
    const proxy = await httpProxy();
    const server = {
      url: new URL(`https://${host}:${String(port)}`),
      tokenFile: await folder.write('token', 'abc'),
      caFile: await folder.write('ca.crt', identity.cert),
    };
    const opened = connectArgoCd(server, { HTTPS_PROXY: `http://127.0.0.1:${String(proxy.port)}` });

    expect(await answer(opened)).to.equal(anonymous);
    opened.close();
    expect(proxy.asked.map(({ url }) => url)).to.deep.equal([`${host}:${String(port)}`]);
  });

  it('reaches a server through the proxy of the kubeconfig, over one connection for all requests', async () => {
    const proxy = await httpProxy();
    const opened = await connection({ proxy: `http://me:pass%20word@127.0.0.1:${String(proxy.port)}` });

    expect([await answer(opened), await answer(opened)]).to.deep.equal([anonymous, anonymous]);
    opened.close();
    expect(proxy.asked.map(({ url, headers }) => [url, headers['proxy-authorization']])).to.deep.equal([
      [`${host}:${String(port)}`, `Basic ${Buffer.from('me:pass word').toString('base64')}`],
    ]);
  });

  it('reaches a server through the proxy of the environment, and directly when NO_PROXY names it', async () => {
    const proxy = await httpProxy();
    const variables = { HTTPS_PROXY: `http://127.0.0.1:${String(proxy.port)}` };

    expect(await answerThrough({ variables })).to.equal(anonymous);
    expect(await answerThrough({ variables: { ...variables, NO_PROXY: '.invalid' } })).to.include('ENOTFOUND');
    expect(proxy.asked).to.have.length(1);
  });

  it('prefers the proxy of the kubeconfig to that of the environment', async () => {
    const proxy = await httpProxy();
    const variables = { HTTPS_PROXY: 'http://127.0.0.1:1' };

    expect(await answerThrough({ proxy: `127.0.0.1:${String(proxy.port)}`, variables })).to.equal(anonymous);
  });

  it('lets a SOCKS5 proxy resolve the name, as kubectl does', async () => {
    const plain = await socksProxy();
    const guarded = await socksProxy({ user: 'me:secret' });

    expect(await answerThrough({ proxy: `socks5://127.0.0.1:${String(plain.port)}` })).to.equal(anonymous);
    expect(await answerThrough({ proxy: `socks5h://me:secret@127.0.0.1:${String(guarded.port)}` })).to.equal(anonymous);
    expect(plain.asked).to.deep.equal([`${host}:${String(port)}`]);
  });

  it('passes IP addresses to the proxy as addresses', async () => {
    const socks = await socksProxy({ code: 5 });
    const proxy = `socks5://127.0.0.1:${String(socks.port)}`;
    const http = await httpProxy(503);

    for (const server of ['https://10.1.2.3:6443', 'https://[fd12::1:2]:6443', 'https://[fd12::]:6443'])
      await answerThrough({ proxy, server });
    await answerThrough({ proxy: `http://127.0.0.1:${String(http.port)}`, server: 'https://[fd12::1]:6443' });

    expect(socks.asked).to.deep.equal([
      '0a010203:6443',
      `fd12${'0'.repeat(20)}00010002:6443`,
      `fd12${'0'.repeat(28)}:6443`,
    ]);
    expect(http.asked.map(({ url }) => url)).to.deep.equal(['[fd12::1]:6443']);
  });

  it('reports why a proxy failed, without its password', async () => {
    const denied = await httpProxy(407);
    const guarded = await socksProxy({ user: 'me:other' });
    const refusing = await socksProxy({ code: 5 });
    const at = (protocol: string, { port: of }: { readonly port: number }): string =>
      `${protocol}://me:secret@127.0.0.1:${String(of)}`;
    const messages = [
      await answerThrough({ proxy: at('http', denied) }),
      await answerThrough({ proxy: at('socks5', guarded) }),
      await answerThrough({ proxy: at('socks5', refusing) }),
      await answerThrough({ proxy: at('socks5', denied) }),
      await answerThrough({ proxy: 'http://me:secret@127.0.0.1:1' }),
      await answerThrough({ proxy: 'socks5://me:secret@127.0.0.1:1' }),
    ];

    expect(messages[0]).to.equal(`the proxy http://127.0.0.1:${String(denied.port)} answered 407 No`);
    expect(messages[1]).to.include('cannot be used: Socks5 Authentication failed');
    expect(messages[2]).to.include('cannot be used: Socks5 proxy rejected connection - ConnectionRefused');
    expect(messages[3]).to.match(/cannot be used: (?:Received invalid Socks5|Socket closed)/);
    expect(messages[4]).to.include('the proxy http://127.0.0.1:1 cannot be used: connect ECONNREFUSED');
    expect(messages[5]).to.include('the proxy socks5://127.0.0.1:1 cannot be used: connect ECONNREFUSED');
    expect(messages.join()).to.not.include('secret');
  });

  it('gives up on a proxy that does not answer CONNECT within the limit', async () => {
    const silent = await listening(createServer());
    const agent = proxyAgent(new URL(`http://alice:hush@127.0.0.1:${silent}`), 50);

    const [error] = (await once(get({ host, port: 443, agent }), 'error')) as [Error];

    expect(error.message).to.equal(`the proxy http://127.0.0.1:${silent} has not connected within 0.05 s`);
  });

  it('uses a client certificate that was renewed on disk at once, even behind a proxy', async () => {
    const proxy = await httpProxy();
    const write = async (name: string): Promise<void> => {
      const { cert, key } = selfSigned(name);
      await folder.write('client.crt', cert);
      await folder.write('client.key', key);
    };
    await write('first');
    const user = { 'client-certificate': 'client.crt', 'client-key': 'client.key' };
    const opened = await connection({ proxy: `http://127.0.0.1:${String(proxy.port)}`, user });
    const before = await answer(opened);
    await write('second');
    const after = await answer(opened);
    opened.close();

    expect([before, after]).to.deep.equal(['{"client":"first"}', '{"client":"second"}']);
  });

  it('recovers when a certificate was read before its new key was written', async () => {
    const proxy = await httpProxy();
    const [old, next] = [selfSigned('old'), selfSigned('next')];
    await folder.write('client.crt', next.cert);
    await folder.write('client.key', old.key);
    const user = { 'client-certificate': 'client.crt', 'client-key': 'client.key' };
    const opened = await connection({ proxy: `http://127.0.0.1:${String(proxy.port)}`, user });
    const before = await answer(opened);
    await folder.write('client.key', next.key);
    const after = await answer(opened);
    opened.close();

    expect(before).to.match(/key values mismatch/i);
    expect(after).to.equal('{"client":"next"}');
  });
});
