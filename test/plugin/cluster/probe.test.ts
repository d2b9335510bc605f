import { expect } from 'chai';
import nock from 'nock';
import type { ProbeRequest, ProbeResult } from '../../../plugin/cluster/probe.ts';
import { httpProber } from '../../../plugin/cluster/probe.ts';
import { testClock } from '../../support/clock.ts';
import { backends } from './backends.ts';

describe('plugin/cluster/probe', () => {
  const servers = backends();
  const never = new AbortController().signal;

  function question(port: number, more: Partial<ProbeRequest> = {}): ProbeRequest {
    return {
      detector: 'any',
      scheme: 'http',
      target: `127.0.0.1:${String(port)}/status`,
      clusterIP: '127.0.0.1',
      accept: [200],
      contains: ['"ok"'],
      settleScheme: false,
      access: null,
      timeoutSeconds: 5,
      attempts: 1,
      intervalSeconds: 0,
      ...more,
    };
  }

  function ask(port: number, more: Partial<ProbeRequest> = {}, signal = never): Promise<ProbeResult> {
    return httpProber(signal)(question(port, more));
  }

  it('connects to the cluster IP of the Service, under the name that the consumer will use', async () => {
    nock.enableNetConnect('prometheus.monitoring.svc');
    const { port, requests } = await servers.http((_request, response) => response.end('"ok"'));

    const { healthy } = await ask(port, { target: `prometheus.monitoring.svc:${String(port)}/status` });

    expect(healthy).to.equal(true);
    expect(requests[0]?.headers.host).to.equal(`prometheus.monitoring.svc:${String(port)}`);
  });

  it('sends no credential and no cookie', async () => {
    const { port, requests } = await servers.http((_request, response) => response.end('"ok"'));

    await ask(port);

    expect(Object.keys(requests[0]!.headers).sort()).to.deep.equal(['accept', 'connection', 'host']);
  });

  for (const status of [401, 403]) {
    it(`takes ${String(status)} for alive, and says that a credential is missing`, async () => {
      const { port } = await servers.http((_request, response) => response.writeHead(status).end());

      expect(await ask(port)).to.deep.equal({
        healthy: true,
        needsCredential: true,
        reason: `is alive, and answers only with a credential (${String(status)})`,
      });
    });
  }

  it('follows no redirect', async () => {
    const other = await servers.http((_request, response) => response.end('"ok"'));
    const { port } = await servers.http((_request, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${String(other.port)}/status` }).end('"ok"'),
    );

    expect((await ask(port)).reason).to.match(/^answered 302 at http:/);
    expect(other.requests).to.have.length(0);
  });

  it('reads the beginning of an endless answer, and hangs up', async () => {
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

  it('waits for no trickle longer than the timeout', async () => {
    const { port } = await servers.http((_request, response) => {
      const timer = setInterval(() => response.write(' '), 5);
      response.on('close', () => {
        clearInterval(timer);
      });
    });

    expect((await ask(port, { timeoutSeconds: 0.1 })).reason).to.match(/does not answer at .*: nothing within 0\.1 s$/);
  });

  it('ends with the deadline, and says so', async () => {
    const deadline = new AbortController();
    const { port } = await servers.http(() => {
      deadline.abort();
    });

    const { healthy, reason } = await ask(port, { attempts: 5, intervalSeconds: 10 }, deadline.signal);

    expect(healthy).to.equal(false);
    expect(reason).to.match(/: nothing before the deadline passed$/);
  });

  it('asks again as often as the settings say', async () => {
    let asked = 0;
    const { port } = await servers.http((_request, response) => {
      asked += 1;
      response.writeHead(asked < 3 ? 503 : 200).end('"ok"');
    });

    expect((await ask(port, { attempts: 2 })).reason).to.match(/^answered 503/);
    expect((await ask(port, { attempts: 2 })).healthy).to.equal(true);
    expect(asked).to.equal(3);
  });

  it('pauses for intervalSeconds between two attempts, and not after the last one', async () => {
    const clock = testClock();
    const { port } = await servers.http((_request, response) => response.writeHead(503).end());

    await httpProber(never, clock)(question(port, { attempts: 3, intervalSeconds: 2 }));

    expect(clock.pauses).to.deep.equal([2_000, 2_000]);
  });

  describe('says why there is no answer', () => {
    const silent: readonly (readonly [string, () => Promise<ProbeResult>, RegExp])[] = [
      ['connection refused', async () => ask(await closedPort()), /connection refused$/],
      ['hung up', async () => ask((await servers.tcp((socket) => socket.destroy())).port), /connection closed without/],
      [
        'no HTTP',
        async () => ask((await servers.tcp((socket) => socket.end('SSH-2.0\r\n'))).port),
        /does not speak HTTP$/,
      ],
      [
        'no TLS',
        async () => ask((await servers.tcp((socket) => socket.end('SSH-2.0\r\n'))).port, { scheme: 'https' }),
        /it does not speak TLS$/,
      ],
      [
        'no such name',
        () => ask(9090, { target: 'nobody.invalid:9090/', clusterIP: 'None', timeoutSeconds: 20 }),
        /its name is not known to DNS$|DNS does not answer$/,
      ],
      ['no URL', () => ask(9090, { target: '127.0.0.1:9090/a b\u0001' }), /connection refused|unescaped/],
    ];
    for (const [title, call, reason] of silent) {
      it(title, async () => {
        nock.enableNetConnect(/^127\.0\.0\.1|^nobody\.invalid/);
        const result = await call();

        expect(result.healthy).to.equal(false);
        expect(result.reason)
          .to.match(/^does not answer at https?:\/\//)
          .and.match(reason);
      });
    }
  });

  async function closedPort(): Promise<number> {
    const { createServer } = await import('node:net');
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    return port;
  }

  it('does not let ten dead backends of a hundred hold up the others', async () => {
    const end = new AbortController();
    const dead = await servers.http(() => undefined);
    const alive = await servers.http((_request, response) => response.end('"ok"'));
    const prober = httpProber(end.signal);
    let waiting = 0;
    const results = Array.from({ length: 100 }, (_, index) => {
      if (index % 10 !== 0) return prober(question(alive.port));
      waiting += 1;
      return prober(question(dead.port, { timeoutSeconds: 20 })).finally(() => (waiting -= 1));
    });

    const answered = await Promise.all(results.filter((_, index) => index % 10 !== 0));

    expect(answered.filter(({ healthy }) => healthy)).to.have.length(90);
    expect(waiting).to.equal(10);
    end.abort();
    const last = await Promise.all(results);
    expect(last.filter(({ healthy }) => !healthy)).to.have.length(10);
  });
});
