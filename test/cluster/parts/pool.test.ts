import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { applicationDefinition, define, projectDefinition } from './definitions.ts';
import { realPart } from '../../support/real-part.ts';
import { until } from '../../support/until.ts';
import { missingTools, toolPaths } from '../../tools/build.ts';
import type { ToolName } from '../../tools/build.ts';
import { service } from '../support/backends.ts';
import { applyRbac, pluginKubeconfig, pluginUser } from '../support/rbac.ts';
import { isAllowed } from './access-review.ts';
import { clusterTools } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import type { KubeObject } from './objects.ts';
import { acquireCluster } from './pool.ts';
import { isAlive } from './process.ts';
import { expectSuccess } from './request.ts';

const tools: readonly ToolName[] = [...clusterTools, 'applicationCrd'];
const applications = '/apis/argoproj.io/v1alpha1/applications';

describe('cluster/parts/pool', () => {
  before(function () {
    if (!realPart('kube-apiserver', missingTools(tools).length === 0, 'node test/tools/build.ts')) this.skip();
  });

  it('reuses a returned cluster, with nothing of the previous test in it', async () => {
    const first = await acquireCluster();
    const before = await contentOf(first);
    await first.apply([service('shop', 'web', 80)]);
    await first.kubectl(['label', 'namespace', 'default', 'changed=true']);
    await define(first, toolPaths().applicationCrd);
    await until('Applications are served', async () => (await first.request('GET', applications)).status === 200);
    await applyRbac(first, 'cluster');
    await pluginKubeconfig(first);
    expect(await isAllowed(first.request, pluginUser, { verb: 'list', resource: 'services' })).to.be.true;
    await first.stop();

    const second = await acquireCluster();

    try {
      expect(second.url).to.equal(first.url);
      expect(second.folder).to.not.equal(first.folder);
      expect(existsSync(first.folder)).to.be.false;
      expect(await isAllowed(second.request, pluginUser, { verb: 'list', resource: 'services' })).to.be.false;
      expect(await contentOf(second)).to.deep.equal(before);
      expect((await second.request('GET', applications)).status).to.equal(404);
      expect((await second.auditEvents()).filter(({ objectRef }) => objectRef?.namespace === 'shop')).to.deep.equal([]);
    } finally {
      await second.stop();
    }
  });

  it('reuses a cluster with definitions for the same ones only, and keeps nothing of these kinds', async () => {
    const definitions = [applicationDefinition, projectDefinition];
    const metadata = { namespace: 'default', name: 'left' };
    const first = await acquireCluster(definitions);
    await first.apply([{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata }]);
    await first.stop();

    const [plain, same] = [await acquireCluster(), await acquireCluster(definitions)];

    try {
      expect(plain.url).to.not.equal(first.url);
      expect((await plain.request('GET', applications)).status).to.equal(404);
      expect(same.url).to.equal(first.url);
      expect((await same.request('GET', applications)).body)
        .to.have.property('items')
        .that.deep.equals([]);
    } finally {
      await plain.stop();
      await same.stop();
    }
  });

  it('gives concurrent users separate clusters', async () => {
    const [one, other] = await Promise.all([acquireCluster(), acquireCluster()]);

    try {
      expect(one.url).to.not.equal(other.url);
    } finally {
      await one.stop();
      await other.stop();
    }
  });

  it('ends with its process, without delaying the exit', async () => {
    const script = `const { acquireCluster } = await import(${JSON.stringify(import.meta.resolve('./pool.ts'))});
      const { caFile, components, stop } = await acquireCluster();
      console.log(JSON.stringify({ caFile, pids: components.map(({ pid }) => pid) }));
      await stop();`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exit = once(child, 'exit') as Promise<[number | null]>;
    const [output, [code]] = await Promise.all([text(child.stdout), exit]);

    const { caFile, pids } = JSON.parse(output) as { readonly caFile: string; readonly pids: readonly number[] };

    expect(code).to.equal(0);
    await until('everything is gone', () => !existsSync(caFile) && !pids.some(isAlive));
  });
});

/** Names of objects that a test may leave there, and the labels of the default namespace. */
async function contentOf({ request }: Cluster): Promise<unknown> {
  const collections = [
    '/api/v1/namespaces',
    '/api/v1/services',
    '/api/v1/serviceaccounts',
    '/apis/networking.k8s.io/v1/ipaddresses',
    '/apis/rbac.authorization.k8s.io/v1/clusterroles',
    '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
    '/apis/rbac.authorization.k8s.io/v1/rolebindings',
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  ];
  const names = collections.map(async (path) => {
    const { items } = expectSuccess(await request('GET', path), path) as { readonly items: readonly KubeObject[] };
    return [path, items.map(({ metadata }) => [metadata.namespace, metadata.name, metadata.labels])];
  });
  return Promise.all(names);
}
