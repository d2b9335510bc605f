import { expect } from 'chai';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { missingTools } from '../../tools/build.ts';
import { realPart } from '../../support/real-part.ts';
import { endpointSlice, service } from '../support/backends.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import type { KubeObject } from '../parts/objects.ts';
import { explainedService } from '../support/explained.ts';
import { acquireCluster } from '../parts/pool.ts';
import { buildProgram, gitFolder, toolsetYaml } from '../support/program.ts';
import type { Program } from '../support/program.ts';

const dayMs = 24 * 3_600_000;

/**
 * Since when an admitted backend is unready, as its EndpointSlice says and as the API server saw it, and since when what its
 * store told is remembered.
 */
describe('cluster/generate/change-times', () => {
  let cluster: Cluster;
  let program: Program;

  before(async function () {
    if (!realPart('kube-apiserver', missingTools(clusterTools).length === 0, 'node test/tools/build.ts')) this.skip();
    cluster = await acquireCluster();
    program = await buildProgram(cluster.folder);
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (cluster as Cluster | undefined)?.stop();
  });

  /** The decision about an unready backend that is in the ConfigMap; `changed` is what its author writes. */
  async function decided(evictAfter: string, changed?: Date): Promise<string> {
    const [namespace, name] = ['tenant', 'prometheus'];
    const settings = toolsetYaml({ health: { check: 'readiness', evictAfter } });
    const folder = await gitFolder(cluster.folder, { 'toolset.yaml': settings });
    const sources = `prometheus/metrics:\n  ${namespace}/${name} http://prometheus.tenant.svc.cluster.local:9090`;
    await cluster.apply([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'holmesgpt' } },
      service(namespace, name, 9090),
      endpointSlice(namespace, name, { notReady: 1, ...(changed ? { changed } : {}) }),
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: {
          namespace: 'holmesgpt',
          name: 'custom-toolsets-configmap',
          annotations: { 'kubernaut.io/toolset-sources': sources },
        },
      },
    ]);
    const args = ['--path', folder, '--kubeconfig', await cluster.kubeconfig()];
    const { decision, reason } = await explainedService(program, args, `${namespace}/${name}`);
    return `${decision}: ${reason}`;
  }

  for (const [title, changed] of [
    ['a time in the future', new Date(Date.now() + dayMs)],
    ['no time', undefined],
  ] as const) {
    it(`counts unreadiness from the API server's time of the write when the slice has ${title}`, async () => {
      expect(await decided('10m', changed)).to.equal('selected: UnreadyRecently');
      expect(await decided('0s', changed)).to.equal('unhealthy: UnreadyTooLong');
    });
  }

  it('counts unreadiness from the time in the slice when that is earlier', async () => {
    expect(await decided('10m', new Date(Date.now() - dayMs))).to.equal('unhealthy: UnreadyTooLong');
  });

  describe('for the answers of a store', () => {
    const namespace = 'logging';
    const port = 19_310;
    const path = '/api/v1/namespaces/holmesgpt/configmaps/custom-toolsets-configmap';
    let server: Server;
    let flags: readonly string[];
    let asked: string[] = [];
    let answer = loki('namespace_name');

    before(async () => {
      const [store] = await cluster.apply([
        service(namespace, 'loki', port),
        endpointSlice(namespace, 'loki', { ready: 1, changed: new Date(Date.now() - 2 * dayMs) }),
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'holmesgpt' } },
      ]);
      server = createServer(({ url = '' }, response) => {
        asked.push(url);
        const { status = 200, body } = answer(url);
        response.writeHead(status).end(JSON.stringify(body));
      }).listen(port, (store!.spec as { readonly clusterIP: string }).clusterIP);
      await once(server, 'listening');
      const settings = toolsetYaml({ discovery: { namespaces: { include: [namespace] } }, health: { attempts: 1 } });
      const folder = await gitFolder(cluster.folder, { 'toolset.yaml': settings });
      flags = ['--path', folder, '--kubeconfig', await cluster.kubeconfig(), '--check', 'http'];
      await applied((await generated()).stdout);
    });

    after(async () => {
      server.close();
      await once(server, 'close');
    });

    async function generated(): Promise<{ readonly stdout: string; readonly stderr: string }> {
      asked = [];
      return program.run(['generate', ...flags]);
    }

    async function applied(manifest: string): Promise<void> {
      await cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], { input: manifest });
    }

    it('remembers them in the ConfigMap, so that the next run asks nothing and prints the same', async () => {
      const first = await generated();
      await applied(first.stdout);
      const next = await generated();

      expect(first.stdout).to.contain('namespace_name').and.contain('asked namespace=namespace_name');
      expect([next.stdout, asked]).to.deep.equal([first.stdout, []]);
    });

    it('asks again after the endpoints have changed, and keeps the old answers if the store fails', async () => {
      const before = await generated();
      await cluster.apply([endpointSlice(namespace, 'loki', { ready: 1, changed: new Date() })]);
      answer = () => ({ status: 500, body: 'broken' });

      const failed = await generated();
      const askedOf = asked;
      answer = loki('k8s_namespace_name');
      const after = await generated();

      expect(failed.stdout).to.equal(before.stdout);
      expect(failed.stderr).to.contain('FIRST_QUESTION_UNANSWERED');
      expect(askedOf).to.deep.equal(['/loki/api/v1/labels']);
      expect(after.stdout).to.contain('asked namespace=k8s_namespace_name');
    });

    it('asks again a day after the API server saw them written', async () => {
      await cluster.apply([endpointSlice(namespace, 'loki', { ready: 1, changed: new Date(Date.now() - 2 * dayMs) })]);
      await applied((await generated()).stdout);
      await generated();
      const today = asked;

      await written(new Date(Date.now() - dayMs - 60_000));
      await generated();

      expect([today, asked]).to.deep.equal([[], ['/loki/api/v1/labels']]);
    });

    /** Has the API server say that the annotation was written then: it takes other times beside another change alone. */
    async function written(at: Date): Promise<void> {
      const { body } = await cluster.request('GET', path);
      const object = body as KubeObject & { readonly metadata: { readonly managedFields: readonly object[] } };
      const time = at.toISOString().replace(/\.\d+Z$/, 'Z');
      const managedFields = object.metadata.managedFields.map((one) => ({ ...one, time }));
      const metadata = { ...object.metadata, labels: { ...object.metadata.labels, touched: 'yes' }, managedFields };
      const { status } = await cluster.request('PUT', path, { ...object, metadata });
      expect(status).to.equal(200);
    }
  });
});

/** A Loki without tenants that calls a namespace so. */
function loki(name: string): (url: string) => { readonly status?: number; readonly body: unknown } {
  return (url) => {
    if (url.startsWith('/loki/api/v1/status/buildinfo')) return { body: { version: '3.7.8' } };
    return url.startsWith('/loki/api/v1/labels')
      ? { body: { status: 'success', data: [name, 'pod'] } }
      : { status: 404, body: {} };
  };
}
