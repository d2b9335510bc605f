import { expect } from 'chai';
import { writeFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { missingTools, toolPaths } from '../../tools/build.ts';
import { realPart } from '../../support/real-part.ts';
import { askedBy, grantedBy } from '../support/access.ts';
import { endpointSlice, service } from '../support/backends.ts';
import { define } from '../parts/definitions.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import type { KubeObject } from '../parts/objects.ts';
import { acquireCluster } from '../parts/pool.ts';
import { deleteAt } from '../parts/request.ts';
import { buildProgram, failureOf, gitFolder, outputOf, toolsetYaml } from '../support/program.ts';
import type { Program, Result } from '../support/program.ts';
import { applyRbac, pluginKubeconfig, pluginUser, userOf } from '../support/rbac.ts';
import type { Role } from '../support/rbac.ts';

const account = { namespace: 'holmesgpt', name: 'dynamic-toolset' };

describe('cluster/generate/named-cluster', () => {
  let hub: Cluster;
  let spoke: Cluster;
  let program: Program;
  let token: string;
  let clusters: string;
  let policy: string;
  let credential: string;
  let spokeRoles: readonly Role[];
  let hubRoles: readonly Role[];
  let hubKubeconfig: string;

  before(async function () {
    const tools = [...clusterTools, 'appProjectCrd'] as const;
    if (!realPart('kube-apiserver', missingTools(tools).length === 0, 'node test/tools/build.ts')) this.skip();
    [hub, spoke] = [await acquireCluster(), await acquireCluster()];
    program = await buildProgram(hub.folder);
    await hub.apply([service('logging', 'loki', 3100), endpointSlice('logging', 'loki', { ready: 1 })]);
    await spoke.apply([
      service('monitoring', 'prometheus', 9090),
      endpointSlice('monitoring', 'prometheus', { ready: 1 }),
    ]);
    hubRoles = [...(await applyRbac(hub, 'cluster')), ...(await applyRbac(hub, 'clusters'))];
    spokeRoles = await applyRbac(spoke, 'spoke', account);
    token = await spoke.serviceAccountToken(account.namespace, account.name);
    clusters = await mkdtemp(join(hub.folder, 'clusters-'));
    await writeFile(join(clusters, 'spoke.yaml'), kubeconfigOf(spoke, token));
    hubKubeconfig = await pluginKubeconfig(hub);
    await define(hub, toolPaths().appProjectCrd);
    await hub.apply([
      project('team', [{ server: spoke.url, namespace: 'holmesgpt' }]),
      project('other', [{ server: 'https://kubernetes.default.svc', namespace: '*' }]),
    ]);
    credential = join(hub.folder, 'credential.json');
    policy = join(hub.folder, 'policy.yaml');
    const rule = { namespaces: { include: ['*'] } };
    const rules = { team: { ...rule, clusters: ['spoke', spoke.url] }, other: { ...rule, clusters: ['*'] }, own: rule };
    const apiVersion = 'toolset.kubernaut.ai/v1alpha1';
    await writeFile(policy, JSON.stringify({ apiVersion, kind: 'DiscoveryPolicy', spec: { projects: rules } }));
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (hub as Cluster | undefined)?.stop();
    await (spoke as Cluster | undefined)?.stop();
  });

  afterEach(async () => {
    await deleteAt(hub.request, '/api/v1/namespaces/argocd/secrets/cluster-spoke');
  });

  function kubeconfigOf({ url, ca }: Cluster, spokeToken: string): string {
    return JSON.stringify({
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      clusters: [
        { name: 'c', cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') } },
      ],
      users: [{ name: 'u', user: { token: spokeToken } }],
    });
  }

  function project(name: string, destinations: readonly object[]): KubeObject {
    const metadata = { namespace: 'argocd', name };
    return {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata,
      spec: { destinations, sourceRepos: ['*'] },
    };
  }

  function clusterSecret(config: object, data: Readonly<Record<string, string>> = {}): KubeObject {
    const tlsClientConfig = { caData: Buffer.from(spoke.ca).toString('base64') };
    const labels = { 'argocd.argoproj.io/secret-type': 'cluster' };
    return {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: 'argocd', name: 'cluster-spoke', labels },
      stringData: { name: 'spoke', server: spoke.url, config: JSON.stringify({ tlsClientConfig, ...config }), ...data },
    };
  }

  /** No credential of the spoke may be seen, wherever the run ended. */
  async function run(args: readonly string[], kubeconfig = hubKubeconfig, env = {}): Promise<Result> {
    const result = await program.run([...args, '--kubeconfig', kubeconfig], { env });
    for (const secret of [token, spoke.adminToken]) expect(result.stdout + result.stderr).to.not.include(secret);
    return result;
  }

  const byFolder = (): readonly string[] => ['--clusters', clusters];
  const bySecret = ['--cluster-secret', 'cluster-spoke'] as const;

  it('reads the named cluster instead of its own', async () => {
    const printed = outputOf(await run(['generate', '--cluster', 'spoke', ...byFolder()]));
    const own = outputOf(await run(['generate', '--cluster', 'in-cluster', '--check', 'none', ...byFolder()]));
    const explained = outputOf(await run(['explain', '--cluster', 'spoke', '-o', 'json', ...byFolder()]));

    expect(printed).to.include('http://prometheus.monitoring.svc.cluster.local:9090').and.not.include('loki');
    expect(printed).to.include('"cluster":"spoke"').and.include('"check":"readiness"');
    expect(own).to.include('http://loki.logging.svc.cluster.local:3100').and.not.include('prometheus.monitoring');
    expect(own).to.not.include('"cluster"');
    const { services } = JSON.parse(explained) as { readonly services: readonly { readonly reason: string }[] };
    expect(services.map(({ reason }) => reason)).to.include('Ready');
  });

  it('compares with the live ConfigMap of a cluster that is given by its URL', async () => {
    const args = ['--cluster', spoke.url, '--path', await gitFolder(hub.folder, {}), ...byFolder()];
    const printed = outputOf(await run(['generate', ...args]));
    await spoke.kubectl(['apply', '--server-side', '-f', '-'], { input: printed });
    const { stdout, code } = await run(['diff', ...args]);
    await spoke.kubectl(['-n', 'holmesgpt', 'delete', 'configmap', 'custom-toolsets-configmap']);

    expect(stdout).to.equal('holmesgpt/custom-toolsets-configmap: the same as the live one\n');
    expect(code).to.equal(0);
  });

  for (const [title, config, rules] of [
    ['a token', (): object => ({ bearerToken: token }), []],
    ['an allowed command', (): object => ({ execProviderConfig: execOf(token) }), ['--cluster-exec', 'cat']],
  ] as const) {
    it(`reads it by name or by server through an Argo CD Secret with ${title}`, async () => {
      await hub.apply([clusterSecret(config())]);

      const byName = outputOf(await run(['generate', '--cluster', 'spoke', ...bySecret, ...rules]));
      const byServer = outputOf(await run(['generate', '--cluster', `${spoke.url}/`, ...bySecret, ...rules]));

      expect(byName).to.include('prometheus.monitoring');
      expect(byServer).to.include('prometheus.monitoring');
    });
  }

  /** As with a cloud's command, the arguments hold no credential. */
  function execOf(secret: string): object {
    const apiVersion = 'client.authentication.k8s.io/v1';
    writeFileSync(credential, JSON.stringify({ apiVersion, kind: 'ExecCredential', status: { token: secret } }));
    return { apiVersion, command: 'cat', args: [credential] };
  }

  for (const [title, config, code] of [
    [
      'with a command that is not allowed',
      (): object => ({ execProviderConfig: execOf(token) }),
      'CLUSTER_ACCESS_INVALID',
    ],
    ['with AWS authentication', (): object => ({ awsAuthConfig: { clusterName: 'x' } }), 'CLUSTER_ACCESS_INVALID'],
    [
      'that disables TLS verification',
      (): object => ({ bearerToken: token, tlsClientConfig: { insecure: true } }),
      'CLUSTER_ACCESS_INVALID',
    ],
    ['with another CA', (): object => ({ bearerToken: token, tlsClientConfig: {} }), 'CLUSTER_UNREACHABLE'],
    ['with a rejected token', (): object => ({ bearerToken: `${token.slice(0, -8)}AAAAAAAA` }), 'CLUSTER_UNAUTHORIZED'],
  ] as const) {
    it(`prints nothing for an Argo CD Secret ${title}`, async () => {
      await hub.apply([clusterSecret(config())]);

      const result = await run(['generate', '--cluster', 'spoke', ...bySecret]);

      expect(result.stdout).to.equal('');
      expect(failureOf(result).code).to.equal(code);
      expect(result.stderr).to.include('argocd/cluster-spoke');
    });
  }

  it('names the cluster in which a request is forbidden', async () => {
    await spoke.apply([
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: 'holmesgpt', name: 'bare' } },
    ]);
    await hub.apply([clusterSecret({ bearerToken: await spoke.serviceAccountToken('holmesgpt', 'bare') })]);

    const { code, message } = failureOf(await run(['generate', '--cluster', 'spoke', ...bySecret]));

    expect(code).to.equal('CLUSTER_FORBIDDEN');
    expect(message).to.match(/^cluster spoke: (?:list|get) \w+ in .* is forbidden/);
  });

  describe('when run by Argo CD', () => {
    async function byArgoCd(projectName: string, parameters: object, ...args: readonly string[]): Promise<Result> {
      const env = { ARGOCD_APP_PROJECT_NAME: projectName, ARGOCD_APP_PARAMETERS: JSON.stringify([parameters]) };
      return run(['generate', ...args], hubKubeconfig, env);
    }
    const parameter = (cluster: string): object => ({ name: 'cluster', string: cluster });

    it('uses the cluster of a parameter if the policy and the AppProject permit it', async () => {
      await hub.apply([clusterSecret({ bearerToken: token })]);

      const byFile = outputOf(await byArgoCd('team', parameter('spoke'), '--policy', policy, ...byFolder()));
      const found = outputOf(await byArgoCd('team', parameter(spoke.url), '--policy', policy, ...bySecret));

      expect(byFile).to.include('prometheus.monitoring');
      expect(found).to.include('prometheus.monitoring');
    });

    it('uses the cluster of toolset.yaml', async () => {
      const path = await gitFolder(hub.folder, { 'toolset.yaml': toolsetYaml({ cluster: 'spoke' }) });
      const env = { ARGOCD_APP_PROJECT_NAME: 'team' };

      const result = await run(['generate', '--path', path, '--policy', policy, ...byFolder()], hubKubeconfig, env);

      expect(outputOf(result)).to.include('prometheus.monitoring');
    });

    for (const [title, name, args, message] of [
      ['the policy does not let the project read', 'own', ['--policy'], 'does not let the Argo CD project "own" read'],
      [
        'the AppProject does not permit',
        'other',
        ['--policy'],
        'the AppProject argocd/other does not permit the namespace',
      ],
      ['no AppProject permits', 'missing', ['--allow-any-cluster'], 'there is no AppProject argocd/missing'],
      ['Git names without a policy', 'team', [], 'is named in Git or by the Application, without a policy'],
    ] as const) {
      it(`denies a cluster that ${title}, without any request to it`, async () => {
        const before = (await spoke.auditEvents()).filter(ofAccount).length;
        const rules = args.flatMap((one) => (one === '--policy' ? [one, policy] : [one]));

        const result = await byArgoCd(name, parameter('spoke'), ...rules, ...byFolder());

        expect(result).to.include({ code: 5, stdout: '' });
        expect(failureOf(result)).to.include({ code: 'POLICY_DENIED' });
        expect(failureOf(result).message).to.include(message);
        expect((await spoke.auditEvents()).filter(ofAccount)).to.have.length(before);
      });
    }

    it('denies a cluster whose own Secret belongs to another project', async () => {
      await hub.apply([clusterSecret({ bearerToken: token }, { project: 'other' })]);

      const result = await byArgoCd('team', parameter('spoke'), '--policy', policy, ...bySecret);

      expect(failureOf(result).message).to.equal('the cluster spoke is not one of the Argo CD project "team"');
    });

    it('requests exactly what manifests/rbac grants in both clusters', async () => {
      await hub.apply([clusterSecret({ bearerToken: token })]);
      const [hubBefore, spokeBefore] = [(await hub.auditEvents()).length, (await spoke.auditEvents()).length];

      outputOf(await byArgoCd('team', parameter('spoke'), '--policy', policy, ...bySecret));

      const hubEvents = (await hub.auditEvents()).slice(hubBefore).filter(({ user }) => user.username === pluginUser);
      const granted = grantedBy(hubRoles.filter(({ metadata }) => metadata.name === 'dynamic-toolset-clusters'));
      expect(askedBy(hubEvents, granted)).to.deep.equal(granted);
      const all = grantedBy(spokeRoles);
      expect(askedBy((await spoke.auditEvents()).slice(spokeBefore).filter(ofAccount), all)).to.deep.equal(all);
    });

    function ofAccount({ user }: { readonly user: { readonly username: string } }): boolean {
      return user.username === userOf(account);
    }
  });

  it('exposes no credential to other processes of the machine', async () => {
    const seen: string[] = [];
    const watched = ['--cluster', 'spoke', ...byFolder()];

    const { child, result } = program.start(['generate', ...watched, '--kubeconfig', hubKubeconfig]);
    while (child.exitCode === null && child.signalCode === null) seen.push(...(await argumentsBelow(child.pid ?? 0)));

    expect(seen.join('\n')).to.include('generate').and.not.include(token);
    expect(outputOf(await result)).to.not.include(token);
  });
});

/** What `ps` would show of a process and of those that it started. */
async function argumentsBelow(pid: number): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(entry)) continue;
    const parent = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    if (entry !== String(pid) && parent.split(' ')[3] !== String(pid)) continue;
    found.push((await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' '));
  }
  return found;
}
