import { expect } from 'chai';
import type { RequestListener } from 'node:http';
import type { Connection } from '../../../../plugin/cluster/connection/connection.ts';
import { HttpProber } from '../../../../plugin/cluster/probe/http-prober.ts';
import type { ProbeRequest, ProbeResult } from '../../../../plugin/cluster/probe/probe.ts';
import { maxProxied, proxiedGet } from '../../../../plugin/cluster/probe/proxied-get.ts';
import { backends, probeRequest } from './backends.ts';

const service = { name: 'prometheus', port: 9090 };
const base = '/api/v1/namespaces/team/services/prometheus:9090/proxy';

describe('plugin/cluster/probe/proxied-get', () => {
  const servers = backends();

  /** What the API server was asked, and what the probe makes of its answer. */
  async function ask(
    listener: RequestListener,
    more: Partial<ProbeRequest> & { readonly path?: string } = {},
  ): Promise<{ readonly result: ProbeResult; readonly asked: readonly (string | undefined)[] }> {
    const { port, requests } = await servers.http(listener);
    const through = { get: proxiedGet(connectionTo(port)), maxConcurrent: maxProxied };
    const prober = new HttpProber({ signal: new AbortController().signal, through });
    const result = await prober.probe(probeRequest(1, { service, ...more }));
    return { result, asked: requests.map(({ url }) => url) };
  }

  function connectionTo(port: number): Connection {
    return {
      server: new URL(`http://127.0.0.1:${String(port)}/k8s/clusters/c-1`),
      authenticate: () => Promise.resolve({ headers: { authorization: 'Bearer secret' } }),
      close: () => undefined,
    };
  }

  const ok: RequestListener = (_request, response) => response.end('"ok"');

  it('requests the Service by its name and port, below the path of the API server', async () => {
    const { result, asked } = await ask(ok, { path: '/api/v1/query?query=1' });

    expect(result).to.include({ healthy: true, reason: 'Answered' });
    expect(asked).to.deep.equal([`/k8s/clusters/c-1${base}/api/v1/query?query=1`]);
  });

  it('puts the scheme before the name of a Service that speaks TLS', async () => {
    const { asked } = await ask(ok, { scheme: 'https' });

    expect(asked).to.deep.equal(['/k8s/clusters/c-1/api/v1/namespaces/team/services/https:prometheus:9090/proxy/']);
  });

  for (const path of [
    '/../../../../secrets/admin',
    '/%2e%2e/%2e%2e/secrets',
    '/..%2f..%2fsecrets',
    '/a/./../..',
    '/a//b',
    '/a\\..\\..\\secrets',
    '/a b',
    '/a\r\nx: y',
    '/é',
    '?a#b',
    '/?a=\u0000',
    '/..',
    '/.hidden',
  ]) {
    it(`never sends ${JSON.stringify(path)}, which may lead to the API server itself`, async () => {
      const { result, asked } = await ask(ok, { path });

      expect(result).to.include({ healthy: false, reason: 'ProxyRefused' });
      expect(asked).to.deep.equal([]);
    });
  }

  it('sends nothing for a host that is not that of the Service', async () => {
    const { result, asked } = await ask(ok, { service: null });

    expect(result.reason).to.equal('ProxyRefused');
    expect(asked).to.deep.equal([]);
  });

  function status(code: number, message: string): RequestListener {
    return (_request, response) => {
      response.writeHead(code, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code }));
    };
  }

  for (const [title, listener, reason] of [
    ['a denial by the API server', status(403, 'services "prometheus:9090" is forbidden'), 'ProxyForbidden'],
    ['a rejected credential', status(401, 'Unauthorized'), 'ProxyForbidden'],
    [
      'a backend that refuses the connection',
      status(503, 'dial tcp: connect: connection refused'),
      'ConnectionRefused',
    ],
    ['a Service without endpoints', status(503, 'no endpoints available for service "prometheus"'), 'ProxyFailed'],
    ['a port without TLS', status(502, 'http: server gave HTTP response to HTTPS client'), 'NotTls'],
  ] as const) {
    it(`does not take ${title} for an answer of the Service`, async () => {
      const { result } = await ask(listener, { attempts: 1 });

      expect(result).to.include({ healthy: false, reason });
    });
  }

  it('reports that the API server itself cannot be reached', async () => {
    const { result, asked } = await ask((request) => void request.socket.destroy(), { settleScheme: true });

    expect(result).to.include({ healthy: false, reason: 'ProxyRefused' });
    expect(result.message).to.match(/^is not probed through the API server of its cluster: it cannot be reached: \w/);
    expect(asked).to.have.length(1);
  });

  it('ends with the timeout of the backend', async () => {
    const { result } = await ask(() => undefined, { timeoutSeconds: 0.2 });

    expect(result.reason).to.equal('ProbeTimeout');
  });

  it('takes a denial by the Service for its answer', async () => {
    const { result } = await ask((_request, response) => response.writeHead(401).end('{"message":"Unauthorized"}'));

    expect(result).to.include({ healthy: true, reason: 'CredentialRequired' });
  });

  it('finds a route prefix in a redirect, which it reads but does not follow', async () => {
    const { result, asked } = await ask(
      ({ url }, response) => {
        if (url?.endsWith('/proxy/')) {
          response.writeHead(302, { location: `/k8s/clusters/c-1${base}/prometheus/graph` }).end();
        } else if (url?.endsWith('/prometheus/status')) response.end('"ok"');
        else response.writeHead(404).end();
      },
      { target: 'prometheus.team.svc:9090/status', findPrefix: true },
    );

    expect(result).to.include({ healthy: true, prefix: '/prometheus' });
    expect(asked.every((path) => path?.startsWith(`/k8s/clusters/c-1${base}/`))).to.equal(true);
  });

  it('reads only the beginning of an endless response', async () => {
    let sent = 0;
    const { result } = await ask((request, response) => {
      const chunk = 'x'.repeat(16 * 1024);
      const send = (): void => {
        sent += chunk.length;
        if (response.write(chunk)) setImmediate(send);
        else response.once('drain', send);
      };
      request.socket.on('close', () => response.removeAllListeners('drain'));
      response.write('"ok"');
      send();
    });

    expect(result).to.include({ healthy: true });
    expect(sent).to.be.lessThan(16 * 1024 * 1024);
  });

  it('sends sixteen requests at once to one API server', async () => {
    let [now, most] = [0, 0];
    const waiting: (() => void)[] = [];
    const { port } = await servers.http((_request, response) => {
      now += 1;
      most = Math.max(most, now);
      waiting.push(() => {
        now -= 1;
        response.end('"ok"');
      });
      if (waiting.length === maxProxied) for (const end of waiting.splice(0)) setImmediate(end);
    });
    const through = { get: proxiedGet(connectionTo(port)), maxConcurrent: maxProxied };
    const prober = new HttpProber({ signal: new AbortController().signal, through });

    const results = await Promise.all(
      Array.from({ length: 3 * maxProxied }, () => prober.probe(probeRequest(1, { service }))),
    );

    expect(results.every(({ healthy }) => healthy)).to.equal(true);
    expect(most).to.equal(maxProxied);
  });
});
