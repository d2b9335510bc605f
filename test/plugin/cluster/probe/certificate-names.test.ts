import { expect } from 'chai';
import nock from 'nock';
import type { PeerCertificate } from 'node:tls';
import { hostOf, namesIn } from '../../../../plugin/cluster/probe/certificate-names.ts';
import type { ProbeRequest, ProbeResult } from '../../../../plugin/cluster/probe/probe.ts';
import { HttpProber } from '../../../../plugin/cluster/probe/http-prober.ts';
import { backends } from './backends.ts';

describe('plugin/cluster/probe/certificate-names', () => {
  const servers = backends();
  const service = 'es-http.elastic';
  const hostNames = [`${service}.svc.cluster.local`, `${service}.svc`, service];

  beforeEach(() => {
    nock.enableNetConnect(hostNames[0]);
  });

  /** What a probe finds out of a server with a certificate for these names. */
  async function ask(names: readonly string[], more: Partial<ProbeRequest> = {}, status = 200): Promise<ProbeResult> {
    const { port } = await servers.https((_request, response) => response.writeHead(status).end('"ok"'), names);
    return new HttpProber({ signal: new AbortController().signal }).probe({
      namespace: 'elastic',
      service: null,
      detector: 'any',
      scheme: 'https',
      target: `${hostNames[0]!}:${String(port)}/status`,
      access: null,
      clusterIP: '127.0.0.1',
      accept: [200],
      contains: ['"ok"'],
      settleScheme: false,
      findPrefix: false,
      hostNames,
      timeoutSeconds: 5,
      attempts: 1,
      intervalSeconds: 0,
      ...more,
    });
  }

  const found: readonly (readonly [title: string, names: readonly string[], host: string | undefined])[] = [
    ["ECK's, valid for .svc only", ['es-http.elastic.es.local', 'es-http.elastic.svc'], `${service}.svc`],
    ["OpenShift's, valid for the full name too", [`${service}.svc`, `${service}.svc.cluster.local`], undefined],
    ["cert-manager's with short names", ['es-http', service, `${service}.svc`], `${service}.svc`],
    ['one with the short name only', ['es-http', service], service],
    ['one in capital letters', ['ES-HTTP.Elastic.SVC'], `${service}.svc`],
    ['one for every Service of the namespace', ['*.elastic.svc'], `${service}.svc`],
  ];
  for (const [title, names, host] of found) {
    it(`reports the host name by which to call a Service: ${title}`, async () => {
      const result = await ask(names);

      expect(result).to.include({ healthy: true, identified: true });
      expect(result.host).to.equal(host);
      expect(result).to.not.have.property('certificateNames');
    });
  }

  it('reports it for a server that requires a credential', async () => {
    expect(await ask([`${service}.svc`], {}, 401)).to.include({ needsCredential: true, host: `${service}.svc` });
  });

  it('reports it when TLS itself was found by the probe', async () => {
    const result = await ask([`${service}.svc`], { scheme: 'http', settleScheme: true });

    expect(result).to.include({ scheme: 'https', host: `${service}.svc` });
  });

  it('reports no other name than those of the Service, and lists the names in the certificate', async () => {
    const result = await ask(['prometheus.example.com', `other.elastic.svc`, 'elastic.svc', `${service}.svc.other`]);

    expect(result).to.include({ healthy: true });
    expect(result).to.not.have.property('host');
    expect(result.certificateNames).to.equal('prometheus.example.com, other.elastic.svc, elastic.svc, others');
  });

  it('reports nothing for another host', async () => {
    const result = await ask(['prometheus.example.com'], { hostNames: [] });

    expect(result).to.not.have.any.keys('host', 'certificateNames');
  });

  it('lists three of a thousand names, and finds the right one among them', async () => {
    const long = Array.from({ length: 1_000 }, (_, index) => `${String(index)}.${'x'.repeat(40)}.example.com`);

    const { host, ...none } = await ask(long);
    expect(host).to.equal(undefined);
    expect(JSON.stringify(none)).to.have.length.below(600);
    expect(none.certificateNames?.split(', ')).to.have.length(4);
    expect((await ask([...long, `${service}.svc`])).host).to.equal(`${service}.svc`);
  });

  it('matches only names of the Service, however many names there are', () => {
    const many = Array.from({ length: 30_000 }, (_, index) => `DNS:${String(index)}`).join(', ');
    const subject = {} as PeerCertificate['subject'];

    expect(hostOf({ subject, subjectaltname: many }, hostNames)).to.equal(null);
    expect(hostOf({ subject, subjectaltname: `${many}, DNS:es-http.elastic` }, hostNames)).to.equal(service);
  });

  const named: readonly (readonly [subjectaltname: string | undefined, text: string])[] = [
    [undefined, 'no host name'],
    ['email:a@b.c, URI:https://x', 'no host name'],
    ['DNS:a, IP Address:10.0.0.1, URI:x', 'a, 10.0.0.1'],
    ['DNS:a, DNS:b, DNS:c', 'a, b, c'],
    ['DNS:a, DNS:b, DNS:c, DNS:d', 'a, b, c, others'],
    [`DNS:${'x'.repeat(253)}`, 'x'.repeat(64)],
    ['DNS:{{ env.TOKEN }}', '???env.TOKEN???'],
    ['DNS:"a\\u0000b, DNS:c"', '?a?u0000b, c?'],
  ];
  for (const [subjectaltname, text] of named) {
    it(`lists the names as ${text}`, () => {
      expect(namesIn({ subject: {}, ...(subjectaltname === undefined ? {} : { subjectaltname }) })).to.equal(text);
    });
  }

  it('matches no host when a name is quoted', () => {
    expect(hostOf({ subject: {}, subjectaltname: 'DNS:"a, DNS:es-http.elastic.svc, b"' }, hostNames)).to.equal(null);
  });
});
