import { expect } from 'chai';
import { spawnServe, startServe } from '../../e2e/support/serve.ts';
import type { Serve } from '../../e2e/support/serve.ts';
import { realPart } from '../../support/real-part.ts';
import { missingTools } from '../../tools/build.ts';
import { endpointSlice, service } from '../support/backends.ts';
import { manage } from '../support/managed-scene.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import { applicationDefinition } from '../parts/definitions.ts';
import type { KubeObject } from '../parts/objects.ts';
import { acquireCluster } from '../parts/pool.ts';
import { buildProgram, toolsetYaml } from '../support/program.ts';
import type { Program } from '../support/program.ts';

const account = { namespace: 'serve', name: 'serve' };
const watched = { resources: ['services', 'configmaps', 'endpointslices'], verbs: ['list', 'watch'] };
const applications = { resources: ['applications'], verbs: ['list', 'watch', 'patch'] };

describe('cluster/serve/namespaces: serve without a ClusterRole', () => {
  let cluster: Cluster;
  let program: Program;
  let serve: Serve | undefined;

  before(async function () {
    if (!realPart('kube-apiserver', missingTools(clusterTools).length === 0, 'node test/tools/build.ts')) this.skip();
    cluster = await acquireCluster();
    program = await buildProgram(cluster.folder);
    await cluster.apply([
      applicationDefinition,
      ...backend('team-a', 'prometheus', 9090),
      ...backend('team-b', 'jaeger', 16_686),
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: account },
      ...roleIn('team-a', watched),
      ...roleIn('holmesgpt', watched),
      ...roleIn('argocd', applications),
    ]);
    await manage(cluster, program, 'alone', filesFor('alone', ['team-a']));
    await manage(cluster, program, 'both', filesFor('both', ['team-a', 'team-b']));
    await manage(cluster, program, 'inside', filesFor('inside', ['team-a'], 'team-b'));
  });

  afterEach(async () => {
    await serve?.stop();
    serve = undefined;
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (cluster as Cluster | undefined)?.stop();
  });

  it('works for all other namespaces when it starts with one that it may not read, and for that one once it may', async () => {
    const token = await cluster.serviceAccountToken(account.namespace, account.name);
    serve = await startServe(program, [
      ...['--kubeconfig', await cluster.kubeconfig({ token })],
      ...['--namespaces', 'team-a,team-b', '--configmap-namespaces', 'holmesgpt,team-b'],
      ...['--application-namespaces', 'argocd,team-b'],
    ]);
    const told = await serve.until('configmap-problem', { configMap: 'holmesgpt/both' });
    const readiness = await fetch(`${serve.url}/readyz`);
    await cluster.apply(backend('team-a', 'loki', 3100));
    await serve.until('refresh-requested', { application: 'argocd/alone', result: 'accepted' });
    const beforeRole = serve.about('both');

    await cluster.apply([...roleIn('team-b', watched), ...roleIn('team-b-applications', applications, 'team-b')]);
    await serve.until('refresh-requested', { application: 'argocd/both', result: 'accepted' });

    expect(readiness.status).to.equal(200);
    expect(told).to.include({ reason: 'NamespaceUnreadable', application: 'argocd/both' });
    expect(told.message).to.match(
      /^its settings look in team-b, which cannot be read: list services in namespace team-b is forbidden \(403\)/,
    );
    expect(beforeRole.filter(({ event }) => event !== 'configmap-problem')).to.deep.equal([]);
  });

  it('reports a namespace that it may no longer read, and leaves the ConfigMaps that look there alone until it may again', async () => {
    const bound = [...roleIn('team-b', watched), ...roleIn('team-b-applications', applications, 'team-b')];
    await cluster.apply(bound);
    const token = await cluster.serviceAccountToken(account.namespace, account.name);
    serve = await startServe(program, [
      ...['--kubeconfig', await cluster.kubeconfig({ token }), '--resync', '10s'],
      ...['--namespaces', 'team-a,team-b', '--configmap-namespaces', 'holmesgpt,team-b'],
      ...['--application-namespaces', 'argocd,team-b'],
    ]);
    const bindings = '/apis/rbac.authorization.k8s.io/v1/namespaces/team-b/rolebindings';

    for (const name of ['team-b', 'team-b-applications']) await cluster.request('DELETE', `${bindings}/${name}`);
    const told = await serve.until('configmap-problem', { configMap: 'holmesgpt/both' });
    const inside = await serve.until('configmap-problem', { configMap: 'team-b/inside' });
    const readiness = await fetch(`${serve.url}/readyz`);
    const from = serve.events.length;
    // Nothing removes the requests for a refresh that Argo CD would remove: what is out of date tells of an evaluation.
    await cluster.apply(backend('team-a', 'tempo', 3200));
    await serve.until('configmap-out-of-date', { configMap: 'holmesgpt/alone' }, from);
    const whileRefused = [...serve.about('both', from), ...serve.about('inside', from)];
    await cluster.apply([...bound, ...backend('team-b', 'grafana', 3000)]);
    await serve.until('configmap-out-of-date', { configMap: 'holmesgpt/both' }, from);
    await serve.until('configmap-out-of-date', { configMap: 'team-b/inside' }, from);

    expect(readiness.status).to.equal(200);
    expect(inside).to.include({ reason: 'ConfigMapUnreadable', application: 'argocd/inside' });
    expect(inside.message).to.match(
      /^ConfigMaps in team-b can no longer be read.*: .* in namespace team-b is forbidden/,
    );
    expect(told).to.include({ reason: 'NamespaceUnreadable', application: 'argocd/both' });
    expect(told.message).to.match(
      /^its settings look in team-b, which cannot be read: .* in namespace team-b is forbidden/,
    );
    expect(whileRefused.filter(({ event }) => event !== 'configmap-problem')).to.deep.equal([]);
  });

  it('is not ready while it may read none of its namespaces', async () => {
    const token = await cluster.serviceAccountToken(account.namespace, account.name);
    const kubeconfig = await cluster.kubeconfig({ token });
    const spawned = spawnServe(program, ['--kubeconfig', kubeconfig, '--namespaces', 'team-c,team-d']);
    const { port } = await spawned.until('started');
    const url = `http://127.0.0.1:${String(port)}`;
    serve = { ...spawned, url };
    for (const namespace of ['team-c', 'team-d'])
      for (const collection of ['services', 'endpoints', 'configMaps'])
        await spawned.until('watch-failed', { collection, namespace, cause: 'forbidden' });

    const readiness = await fetch(`${url}/readyz`);

    expect(readiness.status).to.equal(503);
    expect(await readiness.text()).to.match(
      /^services have not been listed: list services in namespace team-c is forbidden/,
    );
    expect(spawned.events.some(({ event }) => event === 'synced')).to.equal(false);
  });
});

function filesFor(
  name: string,
  include: readonly string[],
  namespace = 'holmesgpt',
): Readonly<Record<string, unknown>> {
  const target = { configMap: { namespace, name } };
  const discovery = { namespaces: { include }, evidence: 'off' };
  return { 'toolset.yaml': toolsetYaml({ target, discovery, health: { check: 'readiness' } }) };
}

function roleIn(
  name: string,
  { resources, verbs }: Readonly<Record<'resources' | 'verbs', readonly string[]>>,
  namespace = name,
): readonly KubeObject[] {
  const group = 'rbac.authorization.k8s.io';
  const metadata = { namespace, name };
  return [
    {
      apiVersion: `${group}/v1`,
      kind: 'Role',
      metadata,
      rules: [{ apiGroups: ['', 'discovery.k8s.io', 'argoproj.io'], resources, verbs }],
    },
    {
      apiVersion: `${group}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: group, kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', ...account }],
    },
  ];
}

function backend(namespace: string, name: string, port: number): readonly KubeObject[] {
  return [service(namespace, name, port), endpointSlice(namespace, name, { ready: 1 })];
}
