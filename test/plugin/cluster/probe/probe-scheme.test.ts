import { expect } from 'chai';
import type { RequestListener } from 'node:http';
import type { ServerOptions } from 'node:https';
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

  it('accepts a self-signed certificate, as a probe sends no secret and compares the answer', async () => {
    const { port } = await servers.https(ok);

    expect((await ask(port, 'https', false)).healthy).to.equal(true);
  });

  const pairs: readonly (readonly [Scheme, Scheme])[] = [
    ['http', 'https'],
    ['https', 'http'],
  ];
  for (const [asked, spoken] of pairs) {
    it(`switches to ${spoken} when ${asked} was only assumed`, async () => {
      const { port } = await servers[spoken](ok);

      const result = await ask(port, asked, true);

      expect(result).to.deep.include({ healthy: true, scheme: spoken });
      expect(result.message).to.equal(`answered 200 at ${spoken}://127.0.0.1:${String(port)}/`);
    });

    it(`keeps ${asked} when the Service declares it, and reports that it is wrong`, async () => {
      const { port } = await servers[spoken](ok);

      const { healthy, reason } = await ask(port, asked, false);

      expect(healthy).to.equal(false);
      expect(reason).to.be.oneOf(['NotTls', 'NotHttp', 'ConnectionClosed']);
    });
  }

  it('recognises a TLS port by the 400 with which it answers HTTP', async () => {
    const body = 'Client sent an HTTP request to an HTTPS server.\n';
    const { port } = await servers.http((_request, response) => response.writeHead(400).end(body));

    expect((await ask(port, 'http', true)).reason).to.equal('TlsRequired');
  });

  const demanding: readonly (readonly [what: string, options: ServerOptions, why: RegExp])[] = [
    [
      'requires a client certificate',
      { requestCert: true },
      /^refuses TLS at https:\S+: [a-z0-9/ ]+ certificate required$/,
    ],
    [
      'requires a client certificate, before TLS 1.3',
      { requestCert: true, maxVersion: 'TLSv1.2' },
      /^refuses TLS at https:\S+: [a-z0-9/ ]+ handshake failure$/,
    ],
    [
      'only supports TLS 1.1',
      { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
      /^refuses TLS at https:\S+: [a-z0-9/ ]+ protocol version$/,
    ],
  ];
  for (const [what, options, why] of demanding)
    for (const asked of ['http', 'https'] as const)
      it(`reports TlsRefused for a server that ${what} when ${asked} was only assumed`, async () => {
        const { port } = await servers.https(ok, undefined, { ...options, rejectUnauthorized: true });

        const { reason, message } = await ask(port, asked, true);

        expect(reason).to.equal('TlsRefused');
        expect(message).to.match(why);
      });

  it('does not try another scheme after an HTTP error about a missing client certificate', async () => {
    const body = '<html><center>No required SSL certificate was sent</center>';
    const { port, requests } = await servers.https((_request, response) => response.writeHead(400).end(body));

    const { reason } = await ask(port, 'https', true);

    expect(reason).to.equal('UnexpectedStatus');
    expect(requests).to.have.length(1);
  });

  it('reports the result of the first request when neither scheme works', async () => {
    const { port } = await servers.tcp((socket) => socket.end('SSH-2.0-OpenSSH\r\n'));

    expect((await ask(port, 'http', true)).reason).to.equal('NotHttp');
  });

  it('settles no scheme when another product answers', async () => {
    const { port } = await servers.https((_request, response) => response.end('<html>'));

    const result = await ask(port, 'http', true);

    expect(result.healthy).to.equal(false);
    expect(result).to.not.have.property('scheme');
  });
});
