import { expect } from 'chai';
import { missingTools } from '../../tools/build.ts';
import { applicationDefinition, define } from '../parts/definitions.ts';
import { realPart } from '../../support/real-part.ts';
import { service } from '../support/backends.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import { acquireCluster } from '../parts/pool.ts';
import { deleteAt } from '../parts/request.ts';
import { buildProgram, failureOf, gitFolder, outputOf, toolsetYaml } from '../support/program.ts';
import type { Program, Result } from '../support/program.ts';
import { applyRbac, pluginKubeconfig, pluginUser, repoServer, untilHolds } from '../support/rbac.ts';
import type { Role } from '../support/rbac.ts';

const ownServer = { server: 'https://kubernetes.default.svc' };

describe('cluster/generate/destination', () => {
  let cluster: Cluster;
  let program: Program;
  let kubeconfig: string;
  let roles: readonly Role[];

  before(async function () {
    const available = missingTools(clusterTools).length === 0;
    if (!realPart('kube-apiserver', available, 'node test/tools/build.ts')) this.skip();
    cluster = await acquireCluster();
    program = await buildProgram(cluster.folder);
    roles = await applyRbac(cluster, 'cluster');
    await define(cluster, applicationDefinition);
    await cluster.apply([service('monitoring', 'prometheus', 9090)]);
    kubeconfig = await pluginKubeconfig(cluster);
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (cluster as Cluster | undefined)?.stop();
  });

  function generate(application: string, ...flags: readonly string[]): Promise<Result> {
    return program.run(['generate', '--check', 'none', '--kubeconfig', kubeconfig, ...flags], {
      env: { ARGOCD_APP_NAME: application },
    });
  }

  async function apply(name: string, destination: object, namespace = 'argocd'): Promise<void> {
    const spec = { project: 'default', source: { repoURL: 'https://git.example.com', path: '.' }, destination };
    const metadata = { namespace, name };
    await cluster.apply([{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata, spec }]);
  }

  it('prints the ConfigMap of an Application that deploys to the same cluster, with one extra request', async () => {
    await apply('here', ownServer);
    const before = (await cluster.auditEvents()).length;

    const output = outputOf(await generate('here'));

    const requests = (await cluster.auditEvents()).slice(before).filter(({ user }) => user.username === pluginUser);
    expect(output).to.include('monitoring/prometheus').and.not.include('DESTINATION_UNCHECKED');
    expect(requests.filter(({ objectRef }) => objectRef?.resource === 'applications')).to.have.lengthOf(1);
  });

  for (const [title, destination, cluster] of [
    ['server', { server: 'https://spoke.example.com' }, 'https://spoke.example.com'],
    ['name', { name: 'spoke' }, 'spoke'],
  ] as const) {
    it(`prints nothing for an Application that deploys to another cluster, given by ${title}`, async () => {
      await apply('there', { ...destination, namespace: 'holmesgpt' });

      const result = await generate('there');

      expect(result).to.include({ code: 5, stdout: '' });
      expect(failureOf(result).code).to.equal('WRONG_CLUSTER');
      expect(failureOf(result).message)
        .to.match(/^the Application argocd\/there deploys to the cluster /)
        .and.include(`"${cluster}", and the one that is read is https://127.0.0.1:`);
      expect(failureOf(result).hint).to.include(`--own-cluster ${cluster}`);
      expect(outputOf(await generate('there', '--own-cluster', cluster))).to.include('monitoring/prometheus');
    });
  }

  it('finds its own cluster under a name that the settings have for it, in every command that compares with it', async () => {
    const settings = toolsetYaml({ cluster: 'prod-hub', health: { check: 'none' } });
    const folder = await gitFolder(cluster.folder, { 'toolset.yaml': settings });
    const access = ['--path', folder, '--kubeconfig', kubeconfig, '--own-cluster', 'prod-hub'];

    for (const command of ['generate', 'explain', 'diff', 'snapshot']) {
      const { stdout, stderr } = await program.run([command, ...access]);
      expect(stdout, `${command}: ${stderr}`).to.include('prometheus');
    }
  });

  describe('for a ConfigMap that another Application owns', () => {
    const configMap = { namespace: 'holmesgpt', name: 'custom-toolsets-configmap' };
    const configMapPath = '/api/v1/namespaces/holmesgpt/configmaps/custom-toolsets-configmap';

    async function owned(by: string, more: Readonly<Record<string, string>> = {}): Promise<void> {
      const tracked = { 'argocd.argoproj.io/tracking-id': `${by}:/ConfigMap:holmesgpt/custom-toolsets-configmap` };
      const metadata = { ...configMap, annotations: { ...tracked, ...more } };
      await cluster.apply([
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'holmesgpt' } },
        { apiVersion: 'v1', kind: 'ConfigMap', metadata },
      ]);
    }

    before(async () => {
      await apply('here', ownServer);
      await apply('other', ownServer);
    });

    afterEach(async () => {
      await deleteAt(cluster.request, configMapPath);
    });

    it('reports TARGET_OWNED while that Application exists, and prints the ConfigMap once it is deleted', async () => {
      await owned('other');
      expect(failureOf(await generate('here')).code).to.equal('TARGET_OWNED');

      await cluster.kubectl(['delete', 'application', 'other', '-n', 'argocd']);

      expect(outputOf(await generate('here'))).to.include('monitoring/prometheus');
    });

    it('requests that Application once, however many ConfigMaps it owns', async () => {
      await owned('gone');
      const other = { namespace: 'holmesgpt', name: 'second' };
      const annotations = { 'argocd.argoproj.io/tracking-id': 'gone:/ConfigMap:holmesgpt/second' };
      await cluster.apply([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...other, annotations } }]);
      const targets = [{}, { format: 'kubernaut', configMap: other }];
      const path = await gitFolder(cluster.folder, { 'toolset.yaml': toolsetYaml({ targets }) });
      const before = (await cluster.auditEvents()).length;

      const output = outputOf(await generate('here', '--path', path, '--kubeconfig', await cluster.kubeconfig()));

      const asked = (await cluster.auditEvents()).slice(before).map(({ objectRef }) => objectRef);
      expect(output).to.include('name: second').and.include('name: custom-toolsets-configmap');
      expect(asked.filter((one) => one?.resource === 'applications' && one.name === 'gone')).to.have.lengthOf(1);
      await cluster.kubectl(['delete', 'configmap', other.name, '-n', other.namespace]);
    });

    it('reports TARGET_OWNED if another Argo CD may own it, or if nothing shows that the owner is gone', async () => {
      await owned('gone', { 'argocd.argoproj.io/installation-id': 'team-a' });
      const ofSeveral = await generate('here');
      await deleteAt(cluster.request, configMapPath);
      await owned('gone');
      const unknown = await generate('not-here');

      expect([ofSeveral, unknown].map((one) => failureOf(one).code)).to.deep.equal(['TARGET_OWNED', 'TARGET_OWNED']);
    });
  });

  it('recognises its own cluster by the address at which it reads it', async () => {
    await apply('by-address', { server: `${cluster.url}/` });

    expect(outputOf(await generate('by-address'))).to.include('monitoring/prometheus');
  });

  it('finds an Application in another namespace', async () => {
    await apply('tools', { name: 'spoke' }, 'team-a');

    expect(failureOf(await generate('team-a_tools')).message).to.include('the Application team-a/tools deploys to');
  });

  it('warns of a missing Application', async () => {
    const result = await generate('nowhere');

    expect(result.stdout).to.include('monitoring/prometheus');
    expect(failureOf(result).code).to.equal('DESTINATION_UNCHECKED');
    expect(failureOf(result).message).to.match(
      /^the Application argocd\/nowhere is not in the cluster that is read: whether it deploys to this cluster is not checked;/,
    );
  });

  it('warns when it may not read the Application, and says what grants access', async () => {
    const role = roles.find(({ metadata }) => metadata.name === 'dynamic-toolset')!;
    const rule = role.rules.find(({ resources }) => resources.includes('applications'))!;
    const path = `/rules/${String(role.rules.indexOf(rule))}`;
    const patch = (operation: object): Promise<string> => {
      const args = ['patch', 'clusterrole', role.metadata.name, '--type=json'];
      return cluster.kubectl([...args, `--patch=${JSON.stringify([{ path, ...operation }])}`]);
    };
    await patch({ op: 'remove' });
    await untilHolds(cluster, role, rule, false, repoServer);

    const result = await generate('here');
    await patch({ op: 'add', value: rule });
    await untilHolds(cluster, role, rule, true, repoServer);

    expect(result.code).to.equal(0);
    expect(result.stdout).to.include('DESTINATION_UNCHECKED the Application argocd/here may not be read');
    expect(failureOf(result).code).to.equal('DESTINATION_UNCHECKED');
    expect(failureOf(result).message).to.include('kubectl apply -k manifests/rbac/cluster');
  });
});
