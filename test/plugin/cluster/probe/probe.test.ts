import { expect } from 'chai';
import nock from 'nock';
import type { ProbeReason } from '../../../../plugin/cluster/probe/probe-reasons.ts';
import { healthyProbes, probeReason } from '../../../../plugin/cluster/probe/probe-reasons.ts';
import type { ProbeRequest, ProbeResult } from '../../../../plugin/cluster/probe/probe.ts';
import { ProxyError } from '../../../../plugin/cluster/probe/proxied-get.ts';
import { HttpProber, maxConcurrent } from '../../../../plugin/cluster/probe/http-prober.ts';
import { testClock } from '../../../support/clock.ts';
import { until } from '../../../support/until.ts';
import { backends, probeRequest } from './backends.ts';

describe('plugin/cluster/probe/probe', () => {
  const servers = backends();
  const never = new AbortController().signal;

  function question(port: number, more: Partial<ProbeRequest> = {}): ProbeRequest {
    return probeRequest(port, { path: '/status', ...more });
  }

  function ask(port: number, more: Partial<ProbeRequest> = {}, signal = never): Promise<ProbeResult> {
    return new HttpProber({ signal }).probe(question(port, more));
  }

  it('connects to the cluster IP of the Service, under the name that the consumer will use', async () => {
    nock.enableNetConnect('prometheus.monitoring.svc');
    const { port, requests } = await servers.http((_request, response) => response.end('"ok"'));

    const { healthy } = await ask(port, { target: `prometheus.monitoring.svc:${String(port)}/status` });

    expect(healthy).to.equal(true);
    expect(requests[0]?.headers.host).to.equal(`prometheus.monitoring.svc:${String(port)}`);
  });

  it('sends nothing when a name resolves to an address of this machine, as an ExternalName may', async () => {
    nock.enableNetConnect('localhost');
    const { port, requests } = await servers.http((_request, response) => response.end('"ok"'));

    const { reason, message } = await ask(port, { target: `localhost:${String(port)}/status`, clusterIP: '' });

    expect(reason).to.equal('ProbeFailed');
    expect(message).to.match(/: its name leads to a loopback, link-local or metadata address$/);
    expect(requests).to.have.length(0);
  });

  it('sends no credential and no cookie', async () => {
    const { port, requests } = await servers.http((_request, response) => response.end('"ok"'));

    await ask(port);

    expect(Object.keys(requests[0]!.headers).sort()).to.deep.equal(['accept', 'connection', 'host']);
  });

  for (const status of [401, 403]) {
    it(`treats ${String(status)} as alive, and reports that a credential is missing`, async () => {
      const { port } = await servers.http((_request, response) => response.writeHead(status).end());

      expect(await ask(port)).to.deep.include({ healthy: true, needsCredential: true, reason: 'CredentialRequired' });
    });
  }

  for (const status of [400, 401, 403]) {
    it(`treats ${String(status)} with "no org id" as a backend that needs a tenant`, async () => {
      const answer = { error: 'No org ID', status };
      const { port } = await servers.http((_request, response) =>
        response.writeHead(status).end(JSON.stringify(answer)),
      );

      expect(await ask(port)).to.deep.include({ healthy: true, needsCredential: true, reason: 'TenantRequired' });
    });
  }

  it('treats a 404, and a 400 without these words, as an unexpected status', async () => {
    for (const [status, body] of [
      [404, 'no org id'],
      [400, 'bad request'],
    ] as const) {
      const { port } = await servers.http((_request, response) => response.writeHead(status).end(body));

      expect((await ask(port)).reason).to.equal('UnexpectedStatus');
    }
  });

  it('identifies a product by its own answer, not by a status or a request for a credential', async () => {
    const { port } = await servers.http(({ url }, response) =>
      response.writeHead(url === '/status' ? 200 : 401).end('"ok"'),
    );
    const access = `127.0.0.1:${String(port)}/access`;

    expect(await ask(port)).to.include({ healthy: true, identified: true });
    expect(await ask(port, { access })).to.include({ healthy: true, identified: true, needsCredential: true });
    expect(await ask(port, { contains: [] })).to.not.have.property('identified');
    expect(await ask(port, { target: access })).to.not.have.property('identified');
  });

  it('does not follow a redirect', async () => {
    const other = await servers.http((_request, response) => response.end('"ok"'));
    const { port } = await servers.http((_request, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${String(other.port)}/status` }).end('"ok"'),
    );

    expect((await ask(port)).reason).to.equal('UnexpectedStatus');
    expect(other.requests).to.have.length(0);
  });

  it('reads the beginning of an endless response, and hangs up', async () => {
    const closed = Promise.withResolvers<undefined>();
    const { port } = await servers.http((_request, response) => {
      const send = (): void => {
        while (response.write('"ok" '.repeat(1000)));
      };
      response.on('drain', send).on('close', () => {
        closed.resolve(undefined);
      });
      send();
    });

    expect((await ask(port)).healthy).to.equal(true);
    await closed.promise;
  });

  it('waits no longer than the timeout for a response that trickles in', async () => {
    const { port } = await servers.http((_request, response) => {
      const timer = setInterval(() => response.write(' '), 5);
      response.on('close', () => {
        clearInterval(timer);
      });
    });

    expect((await ask(port, { timeoutSeconds: 0.1 })).reason).to.equal('ProbeTimeout');
  });

  it('ends at the deadline, and reports it', async () => {
    const deadline = new AbortController();
    const { port } = await servers.http(() => {
      deadline.abort();
    });

    const { healthy, reason } = await ask(port, { attempts: 5, intervalSeconds: 10 }, deadline.signal);

    expect(healthy).to.equal(false);
    expect(reason).to.equal('ProbeDeadline');
  });

  it('makes as many attempts as the settings say', async () => {
    let asked = 0;
    const { port } = await servers.http((_request, response) => {
      asked += 1;
      response.writeHead(asked < 3 ? 503 : 200).end('"ok"');
    });

    expect((await ask(port, { attempts: 2 })).reason).to.equal('UnexpectedStatus');
    expect((await ask(port, { attempts: 2 })).healthy).to.equal(true);
    expect(asked).to.equal(3);
  });

  it('pauses for intervalSeconds between two attempts, but not after the last one', async () => {
    const clock = testClock();
    const { port } = await servers.http((_request, response) => response.writeHead(503).end());

    await new HttpProber({ signal: never, clock }).probe(question(port, { attempts: 3, intervalSeconds: 2 }));

    expect(clock.pauses).to.deep.equal([2_000, 2_000]);
  });

  /** A prober whose requests all fail as this system call does. */
  async function failing(code: string, message = code): Promise<ProbeResult> {
    nock('http://backend.test:9090')
      .get('/status')
      .replyWithError(Object.assign(new Error(message), { code }));
    return ask(9090, { target: 'backend.test:9090/status', clusterIP: 'None' });
  }

  /** Each produces its reason; `URL` in its message is what was asked. */
  const produced: Readonly<Record<ProbeReason['reason'], readonly [() => Promise<ProbeResult>, string]>> = {
    Answered: [() => answering(200, '"ok"'), 'answered 200 at URL'],
    CredentialRequired: [() => answering(401), 'is alive but answers only with a credential (401)'],
    TenantRequired: [
      () => answering(401, 'no org id\n'),
      'is alive but answers only for a tenant (401, no org id): name its tenants in spec.stores',
    ],
    UnexpectedStatus: [() => answering(503, '', { accept: [200, 204] }), 'answered 503 at URL, expected 200 or 204'],
    OtherProduct: [
      () => answering(200, `<html>${'x'.repeat(100)}`),
      `answered at URL like another product: "<html>${'x'.repeat(54)}"`,
    ],
    TlsRequired: [() => answering(400, 'Client sent an HTTP request to an HTTPS server.\n'), 'speaks TLS at URL'],
    TlsRefused: [
      async () => {
        const demanding = { requestCert: true, rejectUnauthorized: true };
        return ask((await servers.https(() => undefined, undefined, demanding)).port, { scheme: 'https' });
      },
      'refuses TLS at URL: tlsv13 alert certificate required',
    ],
    ProbeTimeout: [
      async () => ask((await servers.http(() => undefined)).port, { timeoutSeconds: 0.1 }),
      'does not answer at URL: timed out after 0.1 s',
    ],
    ProbeDeadline: [
      async () => ask(await closedPort(), {}, AbortSignal.abort()),
      'does not answer at URL: the deadline of the run passed',
    ],
    ConnectionRefused: [async () => ask(await closedPort()), 'does not answer at URL: connection refused'],
    ConnectionClosed: [
      async () => ask((await servers.tcp((socket) => socket.destroy())).port),
      'does not answer at URL: connection closed without an answer',
    ],
    HostUnknown: [() => failing('ENOTFOUND'), 'does not answer at URL: host not found in DNS'],
    DnsUnavailable: [() => failing('EAI_AGAIN'), 'does not answer at URL: DNS does not answer'],
    NotTls: [
      async () => ask((await servers.tcp((socket) => socket.end('SSH-2.0\r\n'))).port, { scheme: 'https' }),
      'does not answer at URL: it does not speak TLS',
    ],
    NotHttp: [
      async () => ask((await servers.tcp((socket) => socket.end('SSH-2.0\r\n'))).port),
      'does not answer at URL: it does not speak HTTP',
    ],
    HeadersTooLarge: [
      async () => {
        const cookies = Array.from({ length: 20 }, (_, index) => `c${String(index)}=${'x'.repeat(1_000)}`);
        const { port } = await servers.http((_request, response) => response.setHeader('set-cookie', cookies).end());
        return ask(port, { settleScheme: true });
      },
      'answers at URL with more than 16 KiB of headers',
    ],
    ProbeFailed: [() => failing('EPIPE', 'write EPIPE'), 'does not answer at URL: write EPIPE'],
    ProxyForbidden: [
      () => proxying('PROXY_FORBIDDEN', ''),
      'is not probed: the account may not get services/proxy in its namespace, says the API server of its cluster',
    ],
    ProxyRefused: [
      () => proxying('PROXY_REFUSED', 'no plain path'),
      'is not probed through the API server of its cluster: no plain path',
    ],
    ProxyFailed: [
      () => proxying('PROXY_FAILED', '503 "no endpoints"'),
      'does not answer at URL, according to the API server of its cluster: 503 "no endpoints"',
    ],
    NotProbed: [
      notProbed,
      'was not probed: a run starts probes for only 8 s, and others came first; the next run probes it, and namespaces in trust.namespaces go first',
    ],
    ProbePending: [
      () => Promise.resolve({ healthy: false, ...probeReason('ProbePending') }),
      'has not answered a probe yet',
    ],
  };
  for (const [reason, [call, message]] of Object.entries(produced)) {
    it(`reports ${reason}`, async () => {
      nock.enableNetConnect('127.0.0.1');

      const result = await call();

      expect(result.reason).to.equal(reason);
      expect(result.message.replace(/https?:\/\/[\w.]+:\d+\/status/, 'URL')).to.equal(message);
      expect(result.healthy).to.equal(reason in healthyProbes);
    });
  }

  /** A prober that asks by the proxy of an API server, which answers so. */
  function proxying(code: ProxyError['code'], message: string): Promise<ProbeResult> {
    const through = { get: () => Promise.reject(new ProxyError(code, message)), maxConcurrent: 1 };
    return new HttpProber({ signal: new AbortController().signal, through }).probe(question(9090, {}));
  }

  async function answering(status: number, body = '', more: Partial<ProbeRequest> = {}): Promise<ProbeResult> {
    const { port } = await servers.http((_request, response) => response.writeHead(status).end(body));
    return ask(port, more);
  }

  /** A backend that waits for a slot until the time for starting is over. */
  async function notProbed(): Promise<ProbeResult> {
    const [{ port }, clock, end] = [await servers.http(() => undefined), testClock(), new AbortController()];
    const prober = new HttpProber({ signal: end.signal, startWithinMs: 8_000, clock });
    const hung = Array.from({ length: maxConcurrent }, () => prober.probe(question(port)));
    const last = prober.probe(question(port));
    clock.advance(8_001);
    end.abort();
    await Promise.all(hung);
    return last;
  }

  async function closedPort(): Promise<number> {
    const { createServer } = await import('node:net');
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    return port;
  }

  it('ends all attempts after timeoutSeconds, and starts none that would end later', async () => {
    const clock = testClock();
    let asked = 0;
    const { port } = await servers.http((_request, response) => {
      asked += 1;
      clock.advance(400);
      response.writeHead(503).end();
    });
    const prober = new HttpProber({ signal: never, clock });

    const result = await prober.probe(question(port, { timeoutSeconds: 1, attempts: 5, intervalSeconds: 0.1 }));

    expect(result.reason).to.equal('UnexpectedStatus');
    // At 0 and 500 ms; the third would begin at 1,000 ms.
    expect(asked).to.equal(2);
    expect(clock.pauses).to.deep.equal([100]);
  });

  it('reports the result of an attempt rather than the timeout of a later one', async () => {
    let asked = 0;
    const { port } = await servers.http((_request, response) => {
      asked += 1;
      if (asked === 1) response.writeHead(503).end();
    });

    const result = await ask(port, { timeoutSeconds: 0.5, attempts: 5 });

    expect(asked).to.equal(2);
    expect(result.reason).to.equal('UnexpectedStatus');
  });

  it('reports the result of an attempt when the deadline of the run comes in the pause after it', async () => {
    const deadline = new AbortController();
    const sleep = (): Promise<void> => {
      deadline.abort();
      return Promise.resolve();
    };
    const clock = { ...testClock(), sleep };
    const { port } = await servers.http((_request, response) => response.writeHead(503).end());

    const result = await new HttpProber({ signal: deadline.signal, clock }).probe(question(port, { attempts: 5 }));

    expect(result.reason).to.equal('UnexpectedStatus');
  });

  it('asks a hanging backend only once, whatever the number of attempts', async () => {
    const { port, requests } = await servers.http(() => undefined);

    const { reason } = await ask(port, { timeoutSeconds: 0.2, attempts: 5 });

    expect(reason).to.equal('ProbeTimeout');
    expect(requests).to.have.length(1);
  });

  it('has one time limit for all requests of an attempt, including whether a credential is needed', async () => {
    // The second answer comes within a time of its own, and after the end of that of both.
    const slow = await servers.http(({ url }, response) => {
      if (url === '/status') setTimeout(() => response.end('"ok"'), 300);
      else setTimeout(() => response.writeHead(401).end(), 1_800);
    });

    const result = await ask(slow.port, { access: `127.0.0.1:${String(slow.port)}/access`, timeoutSeconds: 2 });

    expect(result).to.include({ healthy: true, reason: 'Answered' });
    expect(result).to.not.have.property('needsCredential');
  });

  it('sends at most 256 requests at once', async () => {
    const end = new AbortController();
    const hung = await servers.http(() => undefined);
    const prober = new HttpProber({ signal: end.signal });
    const all = Array.from({ length: 2 * maxConcurrent }, () => prober.probe(question(hung.port)));

    await until('256 requests', () => hung.requests.length >= 256);
    expect(hung.requests).to.have.length(256);
    end.abort();
    await Promise.all(all);
  });

  it('makes no second attempt while another backend waits for its first one', async () => {
    const end = new AbortController();
    const hung = await servers.http(() => undefined);
    const failing = await servers.http((_request, response) => response.writeHead(503).end());
    const prober = new HttpProber({ signal: end.signal });
    const first = prober.probe(question(failing.port, { attempts: 5 }));
    const others = Array.from({ length: maxConcurrent }, () => prober.probe(question(hung.port)));

    expect((await first).reason).to.equal('UnexpectedStatus');
    expect(failing.requests).to.have.length(1);
    end.abort();
    await Promise.all(others);
  });

  it('does not let ten dead backends of a hundred hold up the others', async () => {
    const end = new AbortController();
    const dead = await servers.http(() => undefined);
    const alive = await servers.http((_request, response) => response.end('"ok"'));
    const prober = new HttpProber({ signal: end.signal });
    let waiting = 0;
    const results = Array.from({ length: 100 }, (_, index) => {
      if (index % 10 !== 0) return prober.probe(question(alive.port));
      waiting += 1;
      return prober.probe(question(dead.port, { timeoutSeconds: 20 })).finally(() => (waiting -= 1));
    });

    const answered = await Promise.all(results.filter((_, index) => index % 10 !== 0));

    expect(answered.filter(({ healthy }) => healthy)).to.have.length(90);
    expect(waiting).to.equal(10);
    end.abort();
    const last = await Promise.all(results);
    expect(last.filter(({ healthy }) => !healthy)).to.have.length(10);
  });
});
