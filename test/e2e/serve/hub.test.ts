import { expect } from 'chai';
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installServe, serveAccount } from '../../cluster/manifests/serve.ts';
import { manifests } from '../../cluster/manifests/manifests.ts';
import { acquireCluster } from '../../cluster/parts/pool.ts';
import type { Cluster } from '../../cluster/parts/cluster.ts';
import type { KubeObject } from '../../cluster/parts/objects.ts';
import { askedBy, grantedBy } from '../../cluster/support/access.ts';
import { backend, kubeconfigOf } from '../../cluster/support/hub-scene.ts';
import { buildProgram, toolsetYaml } from '../../cluster/support/program.ts';
import { applyManifests, applyRbac, pluginUser, untilRolesHold, userOf } from '../../cluster/support/rbac.ts';
import type { Role } from '../../cluster/support/rbac.ts';
import { until } from '../../support/until.ts';
import { hasArgoCd, startArgoCd } from '../parts/argo-cd.ts';
import type { ArgoCd } from '../parts/argo-cd.ts';
import { redisContent } from '../parts/redis.ts';
import { failureIn } from '../support/conditions.ts';
import { configMapName, toolsetsIn } from '../support/scene.ts';
import type { LiveConfigMap } from '../support/scene.ts';
import { startServe } from '../support/serve.ts';
import type { Serve } from '../support/serve.ts';

/** What the hub reads the spoke as: manifests/rbac/spoke makes it. */
const account = { namespace: 'holmesgpt', name: 'dynamic-toolset' };

describe('e2e/serve/hub: Argo CD in a hub, with a spoke', () => {
  let argoCd: ArgoCd;
  let hub: Cluster;
  let spoke: Cluster;
  let serve: Serve | undefined;
  let token: string;
  let spokeRoles: readonly Role[];
  /** Arguments of every process that was seen, by polling. */
  const commandLines = new Set<string>();
  /** When the spoke's API server was not there, in milliseconds since the epoch. */
  const away = { from: 0, until: 0 };
  let watching: NodeJS.Timeout | undefined;

  before(async function () {
    if (!hasArgoCd()) this.skip();
    // It is stopped.
    spoke = await acquireCluster();
    spokeRoles = [...(await applyRbac(spoke, 'spoke', account)), ...(await grantServe())];
    token = await spoke.serviceAccountToken(account.namespace, account.name);
    argoCd = await startArgoCd({
      sidecar: {
        policy: policy(),
        pluginYaml: (text) => text.replaceAll(/([^\s,]+)\/policy\.yaml/g, '$1/policy.yaml, --clusters, $1/clusters'),
      },
    });
    hub = argoCd.cluster;
    watching = setInterval(() => void noteCommandLines(), 100).unref();
    await applyRbac(hub, 'clusters');
    const mounted = join(argoCd.folder, 'sidecar/config/clusters');
    await mkdir(mounted);
    await writeFile(join(mounted, 'spoke.yaml'), kubeconfigOf(spoke, token));
    await hub.apply([argoCdSecret(), project('fleet'), project('no-spoke')]);
    await hub.apply(backend('prometheus', 9090));
    await spoke.apply(backend('loki', 3100, 'logging'));
    const git = { 'toolset.yaml': toolsetYaml({ health: { check: 'readiness' } }) };
    for (const path of ['own', 'spoke'])
      await argoCd.repository.commit({ [`${path}/toolset.yaml`]: git['toolset.yaml'] });
    const { args, kubeconfig } = await installServe(hub, 'kubernetes');
    const folder = await mkdtemp(join(hub.folder, 'serve-'));
    await mkdir(join(folder, 'clusters'));
    await writeFile(join(folder, 'clusters/spoke.yaml'), kubeconfigOf(spoke, token));
    await writeFile(join(folder, 'policy.yaml'), policy());
    const ours = ['--clusters', join(folder, 'clusters'), '--policy', join(folder, 'policy.yaml')];
    serve = await startServe(await buildProgram(hub.folder), ['--kubeconfig', kubeconfig, ...args, ...ours]);
  });

  after(async () => {
    clearInterval(watching);
    await serve?.stop();
    // Unset when the suite was skipped.
    await (argoCd as ArgoCd | undefined)?.stop();
    await (spoke as Cluster | undefined)?.stop();
  });

  it('reads the spoke for an Application that deploys there, and the hub for its own', async () => {
    await argoCd.applications.create('own', { path: 'own', project: 'fleet' });
    await argoCd.applications.create('spoke', { path: 'spoke', project: 'fleet', ...toSpoke, ...readsSpoke });

    await argoCd.applications.untilSynced('own');
    await argoCd.applications.untilSynced('spoke');
    expect(await contentIn(spoke))
      .to.include('http://loki.logging')
      .and.not.include('prometheus.monitoring');
    expect(await contentIn(hub))
      .to.include('http://prometheus.monitoring')
      .and.not.include('loki.logging');
    await serve!.until('cluster-readable', { cluster: 'spoke' });
  });

  it('follows a new, a changed and a deleted backend of the spoke, through Argo CD', async () => {
    const before = (await configMapIn(hub)).metadata.resourceVersion;

    await spoke.apply(backend('tempo', 3200, 'tracing'));
    await untilIn(spoke, 'a backend that came', (text) => text.includes('http://tempo.tracing.svc.cluster.local:3200'));
    const [service, slice] = backend('tempo', 3200, 'tracing') as [KubeObject, KubeObject];
    const endpoint = 'http://tempo.tracing.svc.cluster.local:3200/tempo';
    const annotations = { 'kubernaut.io/toolset': 'enabled', 'kubernaut.io/toolset-endpoint': endpoint };
    await spoke.apply([{ ...service, metadata: { ...service.metadata, annotations } }, slice]);
    await untilIn(spoke, 'a backend that changed', (text) => text.includes(endpoint));
    await spoke.kubectl(['-n', 'tracing', 'delete', 'service', 'tempo']);
    await untilIn(spoke, 'a backend that went', (text) => !text.includes('tempo.tracing'));

    await argoCd.applications.untilSynced('spoke');
    expect((await configMapIn(hub)).metadata.resourceVersion).to.equal(before);
  });

  it('fails without a ConfigMap when the Application reads another cluster than its destination, or may not read it', async () => {
    await argoCd.applications.create('astray', { path: 'own', project: 'fleet', ...toSpoke });
    await argoCd.applications.create('denied', { path: 'spoke', project: 'no-spoke', ...toSpoke, ...readsSpoke });

    const astray = failureIn(await argoCd.applications.until('astray', 'failed', hasFailed));
    const denied = failureIn(await argoCd.applications.until('denied', 'failed', hasFailed));

    expect(astray.code).to.equal('WRONG_CLUSTER');
    expect(astray.message).to.include('"spoke"');
    expect(denied.code).to.equal('POLICY_DENIED');
    expect(denied.message).to.include('no-spoke');
  });

  it('keeps the ConfigMap of an unavailable spoke, continues in the hub, and catches up afterwards', async () => {
    const known = await configMapIn(spoke);
    const from = serve!.events.length;
    away.from = Date.now();
    await spoke.stopApiServer();
    await serve!.until('cluster-unreadable', { cluster: 'spoke' }, from);

    await hub.apply(backend('tempo', 3200, 'tracing'));
    await untilIn(hub, 'a backend of the hub', (text) => text.includes('http://tempo.tracing'));
    expect(serve!.about('spoke', from).filter(({ event }) => event === 'refresh-requested')).to.deep.equal([]);

    await spoke.startApiServer();
    await serve!.until('cluster-readable', { cluster: 'spoke' }, from);
    away.until = Date.now();
    const back = await configMapIn(spoke);
    expect([back.data, back.metadata.resourceVersion]).to.deep.equal([known.data, known.metadata.resourceVersion]);
    await spoke.apply(backend('tempo', 3200, 'tracing'));
    await untilIn(spoke, 'what came after it was back', (text) => text.includes('http://tempo.tracing'));
  });

  it('gets no 403 from either API server, and uses exactly the permissions granted in the spoke', async () => {
    // One that starts refuses all accounts until it has read the rules.
    const isUp = (time: string): boolean => Date.parse(time) < away.from || Date.parse(time) > away.until;
    const inSpoke = (await spoke.auditEvents()).filter(
      ({ user, requestReceivedTimestamp: time }) => user.username === userOf(account) && isUp(time),
    );
    const inHub = (await hub.auditEvents()).filter(({ user }) =>
      [pluginUser, userOf(serveAccount)].includes(user.username),
    );

    for (const events of [inSpoke, inHub])
      expect(events.filter(({ responseStatus }) => responseStatus?.code === 403)).to.deep.equal([]);
    const granted = grantedBy(spokeRoles);
    expect(askedBy(inSpoke, granted).filter((one) => !granted.includes(one))).to.deep.equal([]);
    expect(granted.filter((one) => !askedBy(inSpoke, granted).includes(one))).to.deep.equal([]);
  });

  it('keeps the credentials of the spoke out of logs, conditions, ConfigMaps, Redis and command lines', async () => {
    const { components, log } = argoCd;
    const logs = await Promise.all(components().map(async ({ name }) => [`log of ${name}`, await log(name)] as const));
    const list = async (cluster: Cluster, path: string): Promise<string> =>
      JSON.stringify((await cluster.request('GET', path)).body);
    const places: Readonly<Record<string, string>> = {
      ...Object.fromEntries(logs),
      Redis: await redisContent(argoCd.redis),
      Applications: await list(hub, '/apis/argoproj.io/v1alpha1/applications'),
      'ConfigMaps of the hub': await list(hub, '/api/v1/configmaps'),
      'ConfigMaps of the spoke': await list(spoke, '/api/v1/configmaps'),
      'events of serve': JSON.stringify(serve!.events),
      'command lines': [...commandLines].join('\n'),
    };

    // What is searched holds what it should: otherwise nothing would be found in it either.
    expect(places.Applications).to.include('POLICY_DENIED');
    expect(places['command lines']).to.include('--clusters').and.include('argocd-cmp-server');
    expect(places.Redis).to.include('loki.logging');
    expect(places['events of serve']).to.include('cluster-readable');
    for (const [place, text] of Object.entries(places))
      for (const secret of [token, spoke.adminToken]) expect(text.includes(secret), place).to.equal(false);
  });

  it('creates the namespace and the ConfigMap by the example ApplicationSet, in the project of the example', async () => {
    const example = async (file: string): Promise<string> =>
      (await readFile(join(manifests, 'examples/clusters', file), 'utf8'))
        .replaceAll('https://git.example.com/platform/toolsets.git', argoCd.repository.url)
        .replaceAll('spoke-*', 'spoke')
        .replaceAll(/\bholmesgpt\b(?!-|:)/g, 'fresh');
    const target = { configMap: { namespace: 'fresh' } };
    const text = toolsetYaml({ health: { check: 'readiness' }, target });
    await argoCd.repository.commit({ 'toolsets/toolset.yaml': text });
    await spoke.apply(mayGetConfigMaps);
    await hub.kubectl(['-n', 'argocd', 'label', 'secret', 'cluster-spoke', 'holmesgpt=true']);
    for (const file of ['project.yaml', 'application-set.yaml'])
      await hub.kubectl(['apply', '-f', '-'], { input: await example(file) });

    await argoCd.startApplicationSetController();
    const list = ['-n', 'argocd', 'get', 'applications', '-o', 'name'];
    await until('an Application', async () => (await hub.kubectl(list)).includes('holmesgpt-toolsets-spoke'));
    await argoCd.applications.untilSynced('holmesgpt-toolsets-spoke');

    const { body } = await spoke.request('GET', `/api/v1/namespaces/fresh/configmaps/${configMapName}`);
    expect(JSON.stringify(toolsetsIn(body as LiveConfigMap))).to.include('http://loki.logging');
  });

  const toSpoke = { cluster: { name: 'spoke' }, namespace: 'holmesgpt' };
  const readsSpoke = { parameters: [{ name: 'cluster', string: 'spoke' }] };

  async function grantServe(): Promise<readonly Role[]> {
    const input = await spoke.kubectl(['kustomize', join(manifests, 'serve/spoke')]);
    return untilRolesHold(spoke, await applyManifests(spoke, input), account);
  }

  function policy(): string {
    const rule = { namespaces: { include: ['*'] } };
    const projects = {
      fleet: { ...rule, clusters: ['in-cluster', 'spoke'] },
      'no-spoke': rule,
      toolsets: { ...rule, clusters: ['spoke'] },
    };
    const apiVersion = 'toolset.kubernaut.ai/v1alpha1';
    return JSON.stringify({ apiVersion, kind: 'DiscoveryPolicy', spec: { projects } });
  }

  /** How Argo CD itself reaches the spoke. */
  function argoCdSecret(): KubeObject {
    const tlsClientConfig = { caData: Buffer.from(spoke.ca).toString('base64') };
    return {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        namespace: 'argocd',
        name: 'cluster-spoke',
        labels: { 'argocd.argoproj.io/secret-type': 'cluster' },
      },
      stringData: {
        name: 'spoke',
        server: spoke.url,
        config: JSON.stringify({ bearerToken: spoke.adminToken, tlsClientConfig }),
      },
    };
  }

  function project(name: string): KubeObject {
    return {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: { namespace: 'argocd', name },
      spec: { sourceRepos: ['*'], destinations: [{ server: '*', namespace: '*' }] },
    };
  }

  async function configMapIn(cluster: Cluster): Promise<LiveConfigMap> {
    const path = `/api/v1/namespaces/holmesgpt/configmaps/${configMapName}`;
    return (await cluster.request('GET', path)).body as LiveConfigMap;
  }

  async function contentIn(cluster: Cluster): Promise<string> {
    return JSON.stringify(toolsetsIn(await configMapIn(cluster)));
  }

  async function untilIn(cluster: Cluster, what: string, isSo: (content: string) => boolean): Promise<void> {
    await until(what, async () => isSo(await contentIn(cluster)));
  }

  async function noteCommandLines(): Promise<void> {
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name)))
      commandLines.add((await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' '));
  }
});

/** As the account that Argo CD deploys with: the namespace of the Role of manifests/rbac/target does not exist yet. */
const mayGetConfigMaps: readonly KubeObject[] = [
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'configmaps' },
    rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'configmaps' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'configmaps' },
    subjects: [{ kind: 'ServiceAccount', ...account }],
  },
];

function hasFailed({ status }: { readonly status?: { readonly sync?: { readonly status: string } } }): boolean {
  return status?.sync?.status === 'Unknown';
}
