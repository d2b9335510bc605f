import { expect } from 'chai';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { applicationDefinition, projectDefinition } from '../parts/definitions.ts';
import { startServe } from '../../e2e/support/serve.ts';
import type { Serve } from '../../e2e/support/serve.ts';
import { realPart } from '../../support/real-part.ts';
import { missingTools } from '../../tools/build.ts';
import { endpointSlice, service } from '../support/backends.ts';
import { manage } from '../support/managed-scene.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import { applicationOf } from '../parts/objects.ts';
import type { ApplicationObject, KubeObject } from '../parts/objects.ts';
import { acquireCluster } from '../parts/pool.ts';
import { expectSuccess } from '../parts/request.ts';
import { buildProgram, toolsetYaml } from '../support/program.ts';
import type { Program } from '../support/program.ts';

const problem = 'configmap-problem';

describe('cluster/serve/tenants: authors of Applications in another watched namespace', () => {
  let cluster: Cluster;
  let program: Program;
  let policy: string;
  let serve: Serve | undefined;

  before(async function () {
    const available = missingTools(clusterTools).length === 0;
    if (!realPart('kube-apiserver', available, 'node test/tools/build.ts')) this.skip();
    cluster = await acquireCluster();
    program = await buildProgram(cluster.folder);
    await cluster.apply([applicationDefinition, projectDefinition, ...backend('prometheus', 9090)]);
    policy = join(cluster.folder, 'policy.yaml');
    const projects = { default: grant('*'), platform: grant('*'), team: grant('team') };
    const kind = { apiVersion: 'toolset.kubernaut.ai/v1alpha1', kind: 'DiscoveryPolicy' };
    await writeFile(policy, JSON.stringify({ ...kind, spec: { projects } }));
  });

  afterEach(async () => {
    await serve?.stop();
    serve = undefined;
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (cluster as Cluster | undefined)?.stop();
  });

  for (const tracked of [true, false]) {
    it(`cannot stop the refresh of a ConfigMap that is ${tracked ? '' : 'not '}tracked by id, or cause one of their own`, async () => {
      const name = tracked ? 'tracked' : 'untracked';
      const { metadata } = await managed(name);
      await annotate(metadata, tracked ? `${name}:/ConfigMap:holmesgpt/${name}` : null);
      const forged = ['team', 'other'].flatMap((namespace) => [
        application(namespace, name, metadata, 'platform'),
        application(namespace, `argocd-${name}`, metadata, 'default'),
      ]);
      await cluster.apply(forged);

      const running = await start();
      await cluster.apply(tracked ? backend('loki', 3100) : backend('tempo', 3200));
      const asked = await running.until('refresh-requested', { configMap: `holmesgpt/${name}` });

      expect(asked).to.include({ application: `argocd/${name}`, result: 'accepted' });
      expect(
        running.events.filter(({ event, configMap }) => event === problem && configMap === asked.configMap),
      ).to.deep.equal([]);
      for (const one of forged) expect((await read(one)).metadata.annotations ?? {}).to.deep.equal({});
    });
  }

  it('get what the policy grants a project only if that AppProject permits their namespace', async () => {
    const { metadata } = await managed('claimed');
    await annotate(metadata, 'team_claimed:/ConfigMap:holmesgpt/claimed');
    const claim = application('team', 'claimed', metadata, 'platform');
    await cluster.request('DELETE', `${applicationsIn('argocd')}/claimed`);
    await cluster.apply([claim, project('platform', ['platform-*'])]);
    const configMap = 'holmesgpt/claimed';

    const refused = await (await start()).until(problem, { configMap });
    await serve!.stop();
    await cluster.apply([project('platform', ['platform-*', 'team'])]);
    const permitted = await start();
    await cluster.apply(backend('jaeger', 16_686));
    await permitted.until('refresh-requested', { configMap, application: 'team/claimed' });

    expect(refused).to.include({
      reason: 'ProjectNotPermitted',
      message:
        'its Application team/claimed may not use the project "platform": sourceNamespaces of the AppProject in argocd lacks its namespace',
    });
    expect(permitted.events.filter((one) => one.event === problem && one.configMap === configMap)).to.deep.equal([]);
  });

  async function start(): Promise<Serve> {
    const flags = ['--application-namespaces', 'argocd,team,other', '--policy', policy];
    serve = await startServe(program, ['--kubeconfig', await cluster.kubeconfig(), ...flags]);
    return serve;
  }

  function managed(name: string): Promise<KubeObject> {
    const configMap = { namespace: 'holmesgpt', name };
    const spec = { target: { configMap }, health: { check: 'readiness' } };
    return manage(cluster, program, name, { 'toolset.yaml': toolsetYaml(spec) });
  }

  async function annotate({ namespace = '', name }: KubeObject['metadata'], trackingId: string | null): Promise<void> {
    const path = `/api/v1/namespaces/${namespace}/configmaps/${name}`;
    const change = { metadata: { annotations: { 'argocd.argoproj.io/tracking-id': trackingId } } };
    const contentType = 'application/merge-patch+json';
    expectSuccess(await cluster.request('PATCH', path, change, { contentType }), `annotating ${name}`);
  }

  async function read({ metadata: { namespace = '', name } }: KubeObject): Promise<KubeObject> {
    const answer = await cluster.request('GET', `${applicationsIn(namespace)}/${name}`);
    return expectSuccess(answer, `reading ${name}`) as KubeObject;
  }
});

function applicationsIn(namespace: string): string {
  return `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/applications`;
}

/** As a tenant can write it, the status included: it lists the ConfigMap and says that Argo CD is in its own namespace. */
function application(
  namespace: string,
  name: string,
  configMap: KubeObject['metadata'],
  projectName: string,
): ApplicationObject {
  const made = applicationOf(name, { apiVersion: 'v1', kind: 'ConfigMap', metadata: configMap });
  return {
    ...made,
    metadata: { namespace, name },
    spec: { ...(made.spec as object), project: projectName },
    status: { ...made.status, controllerNamespace: namespace } as ApplicationObject['status'],
  };
}

function project(name: string, sourceNamespaces: readonly string[]): KubeObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { namespace: 'argocd', name },
    spec: { sourceNamespaces },
  };
}

function grant(namespace: string): object {
  return { namespaces: { include: [namespace] } };
}

function backend(name: string, port: number): readonly KubeObject[] {
  return [service('backends', name, port), endpointSlice('backends', name, { ready: 1 })];
}
