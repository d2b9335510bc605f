import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { missingTools } from '../../tools/build.ts';
import { inPod } from '../../support/pod.ts';
import { realPart } from '../../support/real-part.ts';
import { service } from '../support/backends.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import { acquireCluster } from '../parts/pool.ts';
import { buildProgram, failureOf, gitFolder, outputOf, toolsetYaml } from '../support/program.ts';
import type { Program } from '../support/program.ts';
import { applyRbac, pluginKubeconfig, pluginUser } from '../support/rbac.ts';

describe('cluster/generate/authentication', () => {
  let cluster: Cluster;
  let program: Program;
  let expected: string;

  before(async function () {
    const available = missingTools(clusterTools).length === 0;
    if (!realPart('kube-apiserver', available, 'node test/tools/build.ts')) this.skip();
    cluster = await acquireCluster();
    program = await buildProgram(cluster.folder);
    await applyRbac(cluster, 'cluster');
    await cluster.apply([service('monitoring', 'prometheus', 9090)]);
    expected = await generate(['--kubeconfig', await cluster.kubeconfig()]);
    expect(expected).to.include('monitoring/prometheus');
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (cluster as Cluster | undefined)?.stop();
  });

  it('uses the token of a service account', async () => {
    expect(await generate(['--kubeconfig', await pluginKubeconfig(cluster)])).to.equal(expected);
  });

  it('calls an exec plugin once for all requests', async () => {
    const calls = join(cluster.folder, 'calls');
    const kubeconfig = await cluster.kubeconfig({ user: { exec: execPlugin(calls, cluster.adminToken) } });

    expect(await generate(['--kubeconfig', kubeconfig])).to.equal(expected);
    expect(await readFile(calls, 'utf8')).to.equal('called\n');
  });

  it('reports the error output of an exec plugin that fails', async () => {
    const script = 'console.error("log in first"); process.exit(1);';
    const kubeconfig = await cluster.kubeconfig({ user: { exec: execScript(script) } });

    const result = await program.run(['generate', '--kubeconfig', kubeconfig]);

    expect(result).to.include({ code: 3, stdout: '' });
    expect(failureOf(result)).to.include({
      code: 'CLUSTER_UNAUTHORIZED',
      message: 'cannot get a credential for the cluster: log in first',
    });
  });

  it('reports a rejected credential, without printing it', async () => {
    const result = await program.run(['generate', '--kubeconfig', await cluster.kubeconfig({ token: 'stale' })]);

    expect(result).to.include({ code: 3, stdout: '' });
    expect(failureOf(result)).to.have.property('code', 'CLUSTER_UNAUTHORIZED');
    expect(result.stderr).to.not.include('stale');
  });

  it('finds the kubeconfig in KUBECONFIG, as kubectl does', async () => {
    const kubeconfig = await cluster.kubeconfig();

    const result = await program.run(['generate', '--check', 'none'], { env: { KUBECONFIG: kubeconfig } });

    expect(outputOf(result)).to.equal(expected);
  });

  it('uses the context given by --context', async () => {
    const kubeconfig = await cluster.kubeconfig();
    const config = JSON.parse(await readFile(kubeconfig, 'utf8')) as Kubeconfig;
    const elsewhere = { name: 'elsewhere', context: { cluster: 'elsewhere', user: 'test' } };
    const other = { name: 'elsewhere', cluster: { server: 'https://127.0.0.1:1' } };
    const both = { ...config, clusters: [other, ...config.clusters], contexts: [elsewhere, ...config.contexts] };
    await writeFile(kubeconfig, JSON.stringify({ ...both, 'current-context': 'elsewhere' }));

    const current = await program.run(['generate', '--kubeconfig', kubeconfig]);
    const missing = await program.run(['generate', '--kubeconfig', kubeconfig, '--context', 'nowhere']);

    expect(await generate(['--kubeconfig', kubeconfig, '--context', 'test'])).to.equal(expected);
    expect(current).to.include({ code: 4, stdout: '' });
    expect(failureOf(current)).to.have.property('code', 'CLUSTER_UNREACHABLE');
    expect(missing).to.include({ code: 2, stdout: '' });
    expect(failureOf(missing)).to.have.property('code', 'KUBECONFIG_INVALID');
  });

  for (const [title, server] of [
    ['is not a URL', '127.0.0.1:6443/ '],
    ['has no host', 'https:'],
    ['has another protocol', 'ftp://127.0.0.1'],
    ['would expose the token over plain HTTP', 'http://127.0.0.1:6443'],
  ] as const) {
    it(`refuses a server that ${title}`, async () => {
      const result = await program.run(['generate', '--kubeconfig', await cluster.kubeconfig({ server })]);

      expect(result).to.include({ code: 2, stdout: '' });
      expect(failureOf(result)).to.have.property('code', 'KUBECONFIG_INVALID');
      expect(failureOf(result).message).to.include(server);
    });
  }

  it('uses the service account that is mounted into its Pod', async function () {
    // Many a container does not allow for it, with whatever installed: no failure, not even with CI=true.
    const [command = '', ...args] = inPod;
    const trial = spawnSync(command, [...args, cluster.folder, 'true'], { encoding: 'utf8' });
    if (trial.status !== 0) {
      console.warn(`skipped: no mount namespace can be had here: ${trial.error?.message ?? trial.stderr.trim()}`);
      this.skip();
    }
    const folder = await cluster.serviceAccountFolder('argocd', 'argocd-repo-server');
    const { hostname, port } = new URL(cluster.url);
    const env = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
    const before = await pluginRequests();

    const result = await program.run(['generate', '--check', 'none'], { env, through: [...inPod, folder] });

    expect(outputOf(result)).to.equal(expected);
    expect(await pluginRequests()).to.be.above(before);
  });

  it('ignores kubeconfigs in the repository, and runs none of their commands', async () => {
    const calls = join(cluster.folder, 'calls-for-the-repository');
    const hostile = await readFile(
      await cluster.kubeconfig({ user: { exec: execPlugin(calls, cluster.adminToken) } }),
      'utf8',
    );
    const names = ['kubeconfig', 'config', '.kubeconfig', 'kubeconfig.yaml'];
    const files = Object.fromEntries(names.map((name) => [name, hostile]));
    const folder = await gitFolder(cluster.folder, files);
    await mkdir(join(folder, '.kube'));
    await writeFile(join(folder, '.kube/config'), hostile);
    const path = ['--path', folder] as const;
    const inFolder = ['sh', '-c', 'cd "$0" && exec "$@"', folder] as const;
    const kubeconfig = join(folder, 'kubeconfig');

    const without = await program.run(['generate'], { through: inFolder });
    const byVariable = await program.run(['generate', ...path], { env: { ARGOCD_ENV_KUBECONFIG: kubeconfig } });
    await writeFile(join(folder, 'toolset.yaml'), JSON.stringify(toolsetYaml({ kubeconfig })));
    const bySetting = await program.run(['generate', ...path]);
    await rm(join(folder, 'toolset.yaml'));
    const right = await program.run(['generate', '--check', 'none', ...path], {
      env: { KUBECONFIG: await cluster.kubeconfig() },
    });

    expect(failureOf(without).code).to.equal('KUBECONFIG_INVALID');
    expect(failureOf(byVariable).code).to.equal('PARAMETERS_INVALID');
    expect(failureOf(bySetting).code).to.equal('SETTINGS_INVALID');
    expect(failureOf(right).code, 'the file that is no input').to.equal('FILE_UNUSED');
    expect(right.code).to.equal(0);
    expect(right.stdout).to.include(expected.slice(expected.indexOf('\ndata:')));
    expect(existsSync(calls)).to.equal(false);
  });

  it('reports that there is no kubeconfig, or none with the given context', async () => {
    const result = await program.run(['generate']);
    const withContext = await program.run(['generate', '--context', 'prod']);

    expect(result).to.include({ code: 2, stdout: '' });
    expect(failureOf(result)).to.have.property('code', 'KUBECONFIG_INVALID');
    expect(failureOf(withContext)).to.include({
      code: 'KUBECONFIG_INVALID',
      message: 'no kubeconfig has the context "prod"',
    });
  });

  it('runs as another service account, set up as in the example', async () => {
    const account = { namespace: 'openshift-gitops', name: 'openshift-gitops-argocd-repo-server' };
    await applyRbac(cluster, 'openshift-gitops', account);
    const target = { configMap: { namespace: 'kubernaut', name: 'my-toolsets' } };
    const folder = await gitFolder(cluster.folder, { 'toolset.yaml': toolsetYaml({ target }) });

    const output = await generate(['--path', folder, '--kubeconfig', await pluginKubeconfig(cluster, account)]);

    expect(output)
      .to.match(/^ {2}name: my-toolsets$/m)
      .and.to.include('monitoring/prometheus');
  });

  async function generate(args: readonly string[]): Promise<string> {
    return outputOf(await program.run(['generate', '--check', 'none', ...args]));
  }

  async function pluginRequests(): Promise<number> {
    return (await cluster.auditEvents()).filter(({ user }) => user.username === pluginUser).length;
  }
});

interface Kubeconfig {
  readonly clusters: readonly object[];
  readonly contexts: readonly object[];
}

/** A credential plugin that notes each call, as a cloud's would ask its servers each time. */
function execPlugin(calls: string, token: string): object {
  const apiVersion = 'client.authentication.k8s.io/v1';
  const credential = JSON.stringify({ apiVersion, kind: 'ExecCredential', status: { token } });
  return execScript(
    `require('node:fs').appendFileSync(${JSON.stringify(calls)}, 'called\\n'); console.log(${JSON.stringify(credential)});`,
  );
}

function execScript(script: string): object {
  const apiVersion = 'client.authentication.k8s.io/v1';
  return { apiVersion, command: process.execPath, args: ['-e', script], interactiveMode: 'Never' };
}
