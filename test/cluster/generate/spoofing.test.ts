import { expect } from 'chai';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { missingTools } from '../../tools/build.ts';
import { realPart } from '../../support/real-part.ts';
import { service } from '../support/backends.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import { explainedService } from '../support/explained.ts';
import type { ExplainedService } from '../support/explained.ts';
import type { KubeObject } from '../parts/objects.ts';
import { acquireCluster } from '../parts/pool.ts';
import { buildProgram, gitFolder, toolsetYaml } from '../support/program.ts';
import type { Program } from '../support/program.ts';

/** Not 9090: a Prometheus of this machine may listen there on all addresses. */
const port = 19_090;
const health = { attempts: 2, timeoutSeconds: 1, intervalSeconds: 0.1 };
const buildInfo = '{"status":"success","data":{"version":"2.42.0"}}';
const url = `http://prometheus.NAMESPACE.svc.cluster.local:${port}/api/v1/status/buildinfo`;

interface Impostor {
  readonly title: string;
  readonly answer: RequestListener;
  readonly decision: 'selected' | 'unhealthy';
  readonly reason: ExplainedService['reason'];
  /** What the message shows of the answer. */
  readonly shown?: string;
}

const impostors: readonly Impostor[] = [
  {
    title: 'selects a server that answers as Prometheus does',
    answer: (_request, response) => response.end(buildInfo),
    decision: 'selected',
    reason: 'Answered',
  },
  {
    title: 'leaves out an HTML page, and quotes it',
    answer: (_request, response) => response.end('<html>It works!</html>'),
    decision: 'unhealthy',
    reason: 'OtherProduct',
    shown: '"<html>It works!</html>"',
  },
  ...[401, 403].map((status) => ({
    title: `selects, but disables, a server that requires a credential (${status})`,
    answer: (_request: IncomingMessage, response: ServerResponse) => response.writeHead(status).end(),
    decision: 'selected' as const,
    reason: 'PrintedDisabled' as const,
    shown: `is alive but answers only with a credential (${status})`,
  })),
  ...[404, 500, 503].map((status) => ({
    title: `leaves out a server that answers ${status}`,
    answer: (_request: IncomingMessage, response: ServerResponse) => response.writeHead(status).end(buildInfo),
    decision: 'unhealthy' as const,
    reason: 'UnexpectedStatus' as const,
    shown: `answered ${status} at`,
  })),
  {
    title: 'does not follow a redirect, even to a valid answer',
    answer: (request, response) => {
      if (request.url === '/good') response.end(buildInfo);
      else response.writeHead(302, { location: '/good' }).end();
    },
    decision: 'unhealthy',
    reason: 'UnexpectedStatus',
    shown: 'answered 302 at',
  },
  {
    title: 'aborts an endless answer',
    answer: (_request, response) => {
      flood(response);
    },
    decision: 'unhealthy',
    reason: 'OtherProduct',
    shown: `"${'x'.repeat(60)}"`,
  },
  {
    title: 'does not wait for an answer that trickles in',
    answer: (_request, response) => {
      const timer = setInterval(() => response.write('{'), 50);
      response.once('close', () => {
        clearInterval(timer);
      });
    },
    decision: 'unhealthy',
    reason: 'ProbeTimeout',
  },
  {
    title: 'does not wait for headers that never arrive',
    answer: () => undefined,
    decision: 'unhealthy',
    reason: 'ProbeTimeout',
  },
  {
    title: 'leaves out a server that closes the connection',
    answer: (request) => request.socket.destroy(),
    decision: 'unhealthy',
    reason: 'ConnectionClosed',
  },
];

describe('cluster/generate/spoofing', () => {
  let cluster: Cluster;
  let program: Program;
  let shared: readonly string[];
  let server: Server | undefined;

  before(async function () {
    const available = missingTools(clusterTools).length === 0;
    if (!realPart('kube-apiserver', available, 'node test/tools/build.ts')) this.skip();
    cluster = await acquireCluster();
    program = await buildProgram(cluster.folder);
    shared = ['--kubeconfig', await cluster.kubeconfig(), '--check', 'http'];
  });

  afterEach(async () => {
    if (server) await close(server);
    server = undefined;
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (cluster as Cluster | undefined)?.stop();
  });

  for (const [index, { title, answer, decision, reason, shown = '' }] of impostors.entries()) {
    it(title, async () => {
      const namespace = `team-${index}`;
      const [created] = await cluster.apply([service(namespace, 'prometheus', port)]);
      const requests: IncomingMessage[] = [];
      server = await listen(created!, (request, response) => {
        requests.push(request);
        answer(request, response);
      });

      const explained = await explain(namespace);

      expect(explained).to.include({ decision, reason });
      expect(explained.message).to.include(shown);
      if (reason !== 'PrintedDisabled') {
        expect(explained.message).to.include(` at ${url.replace('NAMESPACE', namespace)}`);
      }
      // One that hangs uses up the time of all its attempts.
      const isOneAttempt = decision === 'selected' || reason === 'ProbeTimeout';
      const asked = requests.filter(({ url: path }) => path === '/api/v1/status/buildinfo');
      expect(asked).to.have.length(isOneAttempt ? 1 : health.attempts);
      // `/` once, and below where it leads.
      expect(requests.length - asked.length).to.be.at.most(2);
      for (const { headers } of requests) expect(headers).to.not.have.any.keys('authorization', 'cookie');
    });
  }

  /** Of this namespace alone, so that the others' servers need not be there. */
  async function explain(namespace: string): Promise<ExplainedService> {
    const settings = toolsetYaml({ health, discovery: { namespaces: { include: [namespace] } } });
    const folder = await gitFolder(cluster.folder, { 'toolset.yaml': settings });
    return explainedService(program, ['--path', folder, ...shared], `${namespace}/prometheus`);
  }
});

/** Listens where the Service leads to. */
async function listen({ spec }: KubeObject, answer: RequestListener): Promise<Server> {
  const server = createServer(answer).listen(port, (spec as { readonly clusterIP: string }).clusterIP);
  await once(server, 'listening');
  return server;
}

async function close(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}

/** As fast as the other side reads, until it goes away. */
function flood(response: ServerResponse): void {
  const chunk = 'x'.repeat(16 * 1024);
  const more = (): void => {
    while (!response.destroyed && response.write(chunk)) continue;
  };
  response.on('drain', more);
  more();
}
