import { expect } from 'chai';
import fc from 'fast-check';
import type { RequestListener } from 'node:http';
import type { ProbeRequest, ProbeResult } from '../../../../plugin/cluster/probe/probe.ts';
import { HttpProber } from '../../../../plugin/cluster/probe/http-prober.ts';
import { prefixesOf } from '../../../../plugin/cluster/probe/route-prefix.ts';
import { backends } from './backends.ts';

describe('plugin/cluster/probe/route-prefix', () => {
  const servers = backends();
  const api = '/api/v1/status/buildinfo';

  function request(port: number, more: Partial<ProbeRequest> = {}): ProbeRequest {
    return {
      namespace: 'team',
      service: null,
      detector: 'prometheus',
      scheme: 'http',
      target: `127.0.0.1:${String(port)}${api}`,
      access: null,
      clusterIP: '127.0.0.1',
      accept: [200],
      contains: ['"ok"'],
      settleScheme: false,
      findPrefix: true,
      hostNames: [],
      timeoutSeconds: 2,
      attempts: 3,
      intervalSeconds: 0.01,
      ...more,
    };
  }

  function ask(port: number, more: Partial<ProbeRequest> = {}): Promise<ProbeResult> {
    return new HttpProber({ signal: new AbortController().signal }).probe(request(port, more));
  }

  /** A server with its API below a path, to a page of which `/` leads. */
  function below(prefix: string, location: string, other = 404): RequestListener {
    return ({ url }, response) => {
      if (url === `${prefix}${api}`) response.end('"ok"');
      else if (url === '/') response.writeHead(302, { location }).end();
      else response.writeHead(other).end('no such page');
    };
  }

  const urlsOf = (requests: readonly { url?: string | undefined }[]): unknown[] => requests.map(({ url }) => url);

  const redirects: readonly (readonly [location: string, prefix: string])[] = [
    ['/prometheus', '/prometheus'],
    ['/prometheus/', '/prometheus'],
    ['/prometheus/graph', '/prometheus'],
    ['/monitoring/prometheus/query', '/monitoring/prometheus'],
    ['/a/b/c/d', '/a/b'],
    ['prometheus/', '/prometheus'],
    ['http://HOST/prometheus/graph', '/prometheus'],
    ['//HOST/prometheus/graph', '/prometheus'],
  ];
  for (const [location, prefix] of redirects) {
    it(`is ${prefix} when / redirects to ${location} and the product answers below it`, async () => {
      const { port, requests } = await servers.http((asked, response) => {
        below(prefix, location.replace('HOST', asked.headers.host ?? ''))(asked, response);
      });

      const result = await ask(port);

      expect(result).to.include({ healthy: true, identified: true, prefix });
      expect(result.message).to.equal(`answered 200 at http://127.0.0.1:${String(port)}${prefix}${api}`);
      expect(requests.length).to.be.at.most(5);
      expect(urlsOf(requests).slice(0, 2)).to.deep.equal([api, '/']);
    });
  }

  it('is found behind TLS that was not declared', async () => {
    const { port } = await servers.https(below('/prometheus', '/prometheus/'));

    const result = await ask(port, { settleScheme: true });

    expect(result).to.include({ healthy: true, scheme: 'https', prefix: '/prometheus' });
  });

  it('is found when another product answers in its place', async () => {
    const { port } = await servers.http(below('/prometheus', '/prometheus/', 200));

    expect(await ask(port)).to.include({ healthy: true, prefix: '/prometheus' });
  });

  it('is put before the path that shows whether a credential is needed', async () => {
    const { port, requests } = await servers.http((asked, response) => {
      if (asked.url === '/grafana/private') response.writeHead(401).end();
      else below('/grafana', '/grafana/')(asked, response);
    });

    const result = await ask(port, { access: `127.0.0.1:${String(port)}/private` });

    expect(result).to.include({ healthy: true, prefix: '/grafana', needsCredential: true });
    expect(urlsOf(requests)).to.deep.equal([api, '/', `/grafana${api}`, '/grafana/private']);
  });

  it('is not looked for when the product answers, needs a credential, does not answer, or cannot be proved', async () => {
    for (const status of [200, 401, 403]) {
      const { port, requests } = await servers.http((_asked, response) => response.writeHead(status).end('"ok"'));
      await ask(port);
      expect(urlsOf(requests)).to.deep.equal([api]);
    }
    const other = await servers.http(below('/prometheus', '/prometheus/'));
    await ask(other.port, { findPrefix: false, attempts: 1 });
    expect(urlsOf(other.requests)).to.deep.equal([api]);
    const silent = await servers.http(() => undefined);
    expect((await ask(silent.port, { timeoutSeconds: 0.1 })).reason).to.equal('ProbeTimeout');
    expect(urlsOf(silent.requests)).to.deep.equal([api]);
  });

  it('is not accepted where a credential is required, which does not prove this path', async () => {
    const { port } = await servers.http(({ url }, response) => {
      if (url === '/') response.writeHead(302, { location: '/x/y' }).end();
      else response.writeHead(url?.startsWith('/x') ? 401 : 404).end();
    });

    const result = await ask(port);

    expect(result).to.include({ healthy: false, reason: 'UnexpectedStatus' });
    expect(result.message).to.match(/; its redirect of \/ leads to \/x\/y, \/x, where it does not answer either$/);
  });

  it('costs at most four more requests, however many attempts are made', async () => {
    const { port, requests } = await servers.http(below('/none', '/a/b/c/d/e'));

    const { healthy, message } = await ask(port, { attempts: 5 });

    expect(healthy).to.equal(false);
    expect(message).to.include('leads to /a/b/c/d/e, /a/b/c/d, /a/b/c, where it does not answer either');
    expect(urlsOf(requests)).to.deep.equal([
      api,
      '/',
      ...['/a/b/c/d/e', '/a/b/c/d', '/a/b/c'].map((prefix) => `${prefix}${api}`),
      ...Array.from({ length: 4 }, () => api),
    ]);
  });

  const path = 'it is not a plain path: letters, digits and -._~ between slashes, without ..';
  const refused: readonly (readonly [title: string, location: string, why: string])[] = [
    ['to another host', 'http://169.254.169.254/latest/meta-data', 'it leads to another host'],
    ['to another host without a scheme', '//evil.example.com/prometheus', 'it leads to another host'],
    ['to another port of the same host', 'http://127.0.0.1:1/prometheus', 'it leads to another host'],
    [
      'to another host with the own host as its user',
      'http://HOST@evil.example.com/prometheus',
      'it leads to another host',
    ],
    ['to another protocol', 'javascript:alert(1)', path],
    ['in a loop', '/', 'it leads to / again'],
    ['in a loop by its full URL', 'http://HOST/', 'it leads to / again'],
    ['to a path of 4 KB', `/${'x'.repeat(4_096)}`, 'its path is longer than 256 characters'],
    ['with ".." in it', '/prometheus/../admin', path],
    ['with an encoded ".." in it', '/prometheus/%2e%2e/admin', path],
    ['to a query', '/prometheus?token=1', path],
    ['to a template', '/{{env.TOKEN}}', path],
    ['to a path with a tab', '/prometheus\t/x', path],
    ['to a path with a character beyond ASCII', '/prometh\u00e9us', path],
    ['to a path with a backslash', '/\\evil.example.com', path],
  ];
  for (const [title, location, why] of refused) {
    it(`is not taken from a redirect ${title}, and the message says why`, async () => {
      const { port, requests } = await servers.http((asked, response) => {
        below('/prometheus', location.replace('HOST', asked.headers.host ?? ''))(asked, response);
      });

      const { healthy, reason, message } = await ask(port, { attempts: 1 });

      expect(healthy).to.equal(false);
      expect(reason).to.equal('UnexpectedStatus');
      expect(message).to.include('its redirect of / to "').and.to.include(`is not followed: ${why}`);
      expect(message).to.have.length.below(400);
      expect(urlsOf(requests)).to.deep.equal([api, '/']);
    });
  }

  for (const [title, answer] of Object.entries<RequestListener>({
    'does not answer /': () => undefined,
    'closes the connection at /': (_asked, response) => response.destroy(),
    'answers / with a page': (_asked, response) => response.end('<html>'),
    'redirects without a location': (_asked, response) => response.writeHead(302).end(),
  })) {
    it(`is not found on a server that ${title}: the first answer is reported`, async () => {
      const { port } = await servers.http((asked, response) => {
        if (asked.url === '/') answer(asked, response);
        else response.writeHead(404).end();
      });

      const { message } = await ask(port, { timeoutSeconds: 0.5 });

      expect(message).to.equal(`answered 404 at http://127.0.0.1:${String(port)}${api}, expected 200`);
    });
  }

  it('is found behind a redirect whose page never ends, as the page is not read', async () => {
    const { port } = await servers.http((asked, response) => {
      if (asked.url === '/') response.writeHead(302, { location: '/prometheus/' }).write('<html>');
      else below('/prometheus', '')(asked, response);
    });

    expect(await ask(port, { timeoutSeconds: 1 })).to.include({ healthy: true, prefix: '/prometheus' });
  });

  it('is found within the time limit of the first request, or not at all', async () => {
    // The last answer comes within a time of its own, and after the end of that of all.
    const { port } = await servers.http((asked, response) => {
      const pauseMs = asked.url === api ? 300 : asked.url === '/' ? 0 : 1_800;
      setTimeout(() => {
        below('/prometheus', '/prometheus')(asked, response);
      }, pauseMs);
    });

    const [late, found] = await Promise.all([ask(port), ask(port, { timeoutSeconds: 5 })]);

    expect(late.healthy).to.equal(false);
    expect(found).to.include({ healthy: true, prefix: '/prometheus' });
  });

  it('is always a short plain path on the same server, whatever a redirect says', () => {
    const part = fc.oneof(
      fc.constantFrom('/', '//', '..', '.', '%2e', '?', '#', '@', ':', '\\', '{{', 'http:', 'HOST', 'a', '\n'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const redirect = prefixesOf(parts.join(''), 'HOST:80');
        if ('refused' in redirect) return;
        expect(redirect.prefixes).to.have.length.within(1, 3);
        for (const prefix of redirect.prefixes) {
          expect(prefix)
            .to.match(/^(?:\/[-A-Za-z0-9._~]+)+$/)
            .and.to.have.length.at.most(256);
          expect(new URL(`http://host${prefix}`).pathname).to.equal(prefix);
        }
      }),
    );
  });
});
