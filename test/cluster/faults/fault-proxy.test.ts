import { expect } from 'chai';
import { once } from 'node:events';
import { connect } from 'node:net';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { missingTools } from '../../tools/build.ts';
import { realPart } from '../../support/real-part.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import { acquireCluster } from '../parts/pool.ts';
import { startFaultProxy } from './fault-proxy.ts';
import type { FaultProxy } from './fault-proxy.ts';
import type { Fault } from './faults.ts';
import { openRequest, receive } from './echo-server.ts';
import type { Received } from './echo-server.ts';

const path = '/api/v1/namespaces/default/services';

describe('cluster/faults/fault-proxy', () => {
  let cluster: Cluster;
  let proxy: FaultProxy;
  let fault: Fault | null;
  let honest: string;

  before(async function () {
    const available = missingTools(clusterTools).length === 0;
    if (!realPart('kube-apiserver', available, 'node test/tools/build.ts')) this.skip();
    cluster = await acquireCluster();
    const list = await cluster.request('GET', path);
    honest = `${JSON.stringify(list.body)}\n`;
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (cluster as Cluster | undefined)?.stop();
  });

  beforeEach(async () => {
    fault = null;
    proxy = await startFaultProxy(cluster, () => fault);
  });

  afterEach(async () => {
    await proxy.stop();
  });

  it('forwards everything when there is no fault', async () => {
    const answer = await get();

    expect(answer.end).to.equal('end');
    expect(answer.body).to.have.length(honest.length);
    expect(proxy.requests).to.deep.equal([{ method: 'GET', url: path, status: 200, bodyBytes: honest.length }]);
  });

  it('is trusted by kubectl and by the Kubernetes client library', async () => {
    const kubeconfig = await cluster.kubeconfig({ server: proxy.url });
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);

    const { items } = await config.makeApiClient(CoreV1Api).listNamespacedService({ namespace: 'default' });
    const names = await cluster.kubectl(['--kubeconfig', kubeconfig, 'get', 'services', '-o', 'name']);
    await cluster.kubectl(['--kubeconfig', kubeconfig, 'create', 'namespace', 'through-the-proxy']);

    expect(items.map((item) => item.metadata?.name)).to.deep.equal(['kubernetes']);
    expect(names).to.equal('service/kubernetes\n');
    expect((await cluster.request('GET', '/api/v1/namespaces/through-the-proxy')).status).to.equal(200);
  });

  it('streams a watch, and ends it upstream when the client disconnects', async () => {
    const response = await openRequest(cluster, new URL(`${path}?watch=true`, proxy.url));
    const [first] = (await once(response, 'data')) as [Buffer];
    response.destroy();

    expect(JSON.parse(first.toString())).to.have.property('type', 'ADDED');
    expect(await isAudited(`${path}?watch=true`, 'ResponseComplete')).to.be.true;
  });

  it('returns a given status', async () => {
    fault = { kind: 'status', status: 429, headers: { 'retry-after': '1' } };

    const answer = await get();

    expect(answer).to.deep.include({ status: 429, end: 'end' });
    expect(answer.headers).to.have.property('retry-after', '1');
    expect(JSON.parse(answer.body)).to.deep.include({ kind: 'Status', code: 429 });
  });

  it('returns a given body', async () => {
    fault = { kind: 'replace', body: '<html>log in</html>', contentType: 'text/html' };

    const answer = await get();

    expect(answer).to.deep.include({ status: 200, body: '<html>log in</html>', end: 'end' });
    expect(answer.headers).to.have.property('content-type', 'text/html');
  });

  for (const afterBytes of [0, 10]) {
    it(`drops the connection after ${afterBytes} bytes`, async () => {
      fault = { kind: 'cut', afterBytes };

      const answer = await get();

      expect(answer).to.deep.include({ status: 200, body: honest.slice(0, afterBytes), end: 'error' });
      expect(proxy.requests[0]).to.deep.include({ status: 200, bodyBytes: afterBytes });
    });

    it(`stops sending after ${afterBytes} bytes`, async () => {
      fault = { kind: 'hang', afterBytes };

      const answer = await get();

      expect(answer).to.deep.include({ status: 200, body: honest.slice(0, afterBytes), end: 'none' });
    });

    it(`ends the response after ${afterBytes} bytes`, async () => {
      fault = { kind: 'truncate', afterBytes };

      const answer = await get();

      expect(answer).to.deep.include({ status: 200, body: honest.slice(0, afterBytes), end: 'end' });
    });
  }

  it('delays the response', async () => {
    fault = { kind: 'slow', delayMs: 100 };
    const start = performance.now();

    const answer = await get();

    expect(performance.now() - start).to.be.at.least(100);
    expect(answer).to.deep.include({ status: 200, end: 'end' });
  });

  it('stops even if the TLS handshake of a client is unfinished', async () => {
    const client = connect(Number(new URL(proxy.url).port), '127.0.0.1');
    await once(client, 'connect');
    // Accepted after it.
    await get();

    await proxy.stop();

    client.destroy();
  });

  function get(): Promise<Received> {
    return receive(openRequest(cluster, new URL(path, proxy.url)));
  }

  async function isAudited(requestURI: string, stage: string): Promise<boolean> {
    for (let attempt = 0; attempt < 50; attempt++) {
      const events = await cluster.auditEvents();
      if (events.some((event) => event.requestURI === requestURI && event.stage === stage)) return true;
    }
    return false;
  }
});
