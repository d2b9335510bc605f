import { expect } from 'chai';
import type { RequestListener } from 'node:http';
import type { ProbeRequest, ProbeResult } from '../../../../plugin/cluster/probe/probe.ts';
import { HttpProber } from '../../../../plugin/cluster/probe/http-prober.ts';
import { backends, probeRequest } from './backends.ts';

describe('plugin/cluster/probe/probe-scheme', () => {
  const servers = backends();
  const ok: RequestListener = (_request, response) => response.end('"ok"');
  type Scheme = ProbeRequest['scheme'];

  function ask(port: number, scheme: Scheme, settleScheme: boolean): Promise<ProbeResult> {
    return new HttpProber({ signal: new AbortController().signal }).probe(probeRequest(port, { scheme, settleScheme }));
  }

  it('accepts a self-signed certificate: a probe sends no secret, and the answer is compared', async () => {
    const { port } = await servers.https(ok);

    expect((await ask(port, 'https', false)).healthy).to.equal(true);
  });

  const pairs: readonly (readonly [Scheme, Scheme])[] = [
    ['http', 'https'],
    ['https', 'http'],
  ];
  for (const [asked, spoken] of pairs) {
    it(`finds ${spoken} where ${asked} was a guess`, async () => {
      const { port } = await servers[spoken](ok);

      const result = await ask(port, asked, true);

      expect(result).to.deep.include({ healthy: true, scheme: spoken });
      expect(result.message).to.equal(`answered 200 at ${spoken}://127.0.0.1:${String(port)}/`);
    });

    it(`keeps to ${asked} where the Service says so, and tells that it is wrong`, async () => {
      const { port } = await servers[spoken](ok);

      const { healthy, reason } = await ask(port, asked, false);

      expect(healthy).to.equal(false);
      expect(reason).to.be.oneOf(['NotTls', 'NotHttp', 'ConnectionClosed']);
    });
  }

  it('reads the hint of a server that answers HTTP on its TLS port with 400', async () => {
    const body = 'Client sent an HTTP request to an HTTPS server.\n';
    const { port } = await servers.http((_request, response) => response.writeHead(400).end(body));

    expect((await ask(port, 'http', true)).reason).to.equal('TlsRequired');
  });

  it('says what the first question found out where neither scheme works', async () => {
    const { port } = await servers.tcp((socket) => socket.end('SSH-2.0-OpenSSH\r\n'));

    expect((await ask(port, 'http', true)).reason).to.equal('NotHttp');
  });

  it('is not settled by an answer of another product', async () => {
    const { port } = await servers.https((_request, response) => response.end('<html>'));

    const result = await ask(port, 'http', true);

    expect(result.healthy).to.equal(false);
    expect(result).to.not.have.property('scheme');
  });
});
