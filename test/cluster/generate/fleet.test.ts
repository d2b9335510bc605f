import { expect } from 'chai';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { sourcesAnnotation } from '../../../plugin/cluster/sources-annotation.ts';
import type { Explanation } from '../../../plugin/commands/explain/explanation.ts';
import { missingTools, toolPaths } from '../../tools/build.ts';
import { applicationDefinition, define } from '../parts/definitions.ts';
import { realPart } from '../../support/real-part.ts';
import { endpointSlice, service } from '../support/backends.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import type { KubeObject } from '../parts/objects.ts';
import { acquireCluster } from '../parts/pool.ts';
import { deleteAt } from '../parts/request.ts';
import { clusterSecretOf } from '../support/hub-scene.ts';
import { buildProgram, failureOf, gitFolder, outputOf, toolsetYaml } from '../support/program.ts';
import type { Program, Result } from '../support/program.ts';
import { applyRbac, pluginKubeconfig } from '../support/rbac.ts';

const account = { namespace: 'holmesgpt', name: 'dynamic-toolset' };
const urls = 'https://gateway.example.com/${cluster}/${namespace}/${name}${path}';
const spec = { clusters: ['in-cluster', 'spoke-*'], target: { urls }, health: { check: 'readiness' } };

/** What was printed, as far as these tests look at it. */
interface Printed {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
  readonly data: Readonly<Record<string, string>>;
}

interface Instance {
  readonly name: string;
  readonly [key: string]: unknown;
}

/** One ConfigMap in the hub, made of the hub and of two spokes, each a real API server. */
describe('cluster/generate/fleet', () => {
  let hub: Cluster;
  let spokes: Readonly<Record<'spoke-1' | 'spoke-2', Cluster>>;
  let program: Program;
  let clusters: string;
  let policy: string;
  let hubKubeconfig: string;

  before(async function () {
    const tools = [...clusterTools, 'appProjectCrd'] as const;
    if (!realPart('kube-apiserver', missingTools(tools).length === 0, 'node test/tools/build.ts')) this.skip();
    hub = await acquireCluster();
    spokes = { 'spoke-1': await acquireCluster(), 'spoke-2': await acquireCluster() };
    program = await buildProgram(hub.folder);
    await applyRbac(hub, 'cluster');
    await applyRbac(hub, 'clusters');
    hubKubeconfig = await pluginKubeconfig(hub);
    await hub.apply([service('logging', 'loki', 3100), endpointSlice('logging', 'loki', { ready: 1 })]);
    clusters = await mkdtemp(join(hub.folder, 'clusters-'));
    for (const [name, spoke] of Object.entries(spokes)) {
      await applyRbac(spoke, 'spoke', account);
      await spoke.apply([
        service('monitoring', 'prometheus', 9090),
        endpointSlice('monitoring', 'prometheus', { ready: 1 }),
      ]);
      await writeFile(join(clusters, `${name}.yaml`), await kubeconfigOf(spoke));
    }
    await spokes['spoke-2'].apply([service('tempo', 'tempo', 3200), endpointSlice('tempo', 'tempo', { ready: 1 })]);
    await define(hub, toolPaths().appProjectCrd);
    policy = join(hub.folder, 'policy.yaml');
    const namespaces = { include: ['*'] };
    const projects = {
      all: { namespaces, clusters: ['*'] },
      one: { namespaces, clusters: ['in-cluster', 'spoke-1'] },
      half: { namespaces, clusters: ['*'] },
    };
    await hub.apply([
      project('all', [{ server: '*', namespace: '*' }]),
      project('one', [{ server: '*', namespace: '*' }]),
      project('half', [{ server: spokes['spoke-1'].url, namespace: 'holmesgpt' }]),
    ]);
    const apiVersion = 'toolset.kubernaut.ai/v1alpha1';
    await writeFile(policy, JSON.stringify({ apiVersion, kind: 'DiscoveryPolicy', spec: { projects } }));
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (hub as Cluster | undefined)?.stop();
    await Promise.all(Object.values((spokes as typeof spokes | undefined) ?? {}).map((spoke) => spoke.stop()));
  });

  afterEach(async () => {
    for (const [name, spoke] of Object.entries(spokes))
      await writeFile(join(clusters, `${name}.yaml`), await kubeconfigOf(spoke));
    await deleteAt(hub.request, '/api/v1/namespaces/holmesgpt/configmaps/custom-toolsets-configmap');
  });

  async function kubeconfigOf({ ca, url, serviceAccountToken }: Cluster, server = url): Promise<string> {
    const token = await serviceAccountToken(account.namespace, account.name);
    return JSON.stringify({
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
      users: [{ name: 'u', user: { token } }],
    });
  }

  function project(name: string, destinations: readonly object[]): KubeObject {
    return {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: { namespace: 'argocd', name },
      spec: { destinations, sourceRepos: ['*'] },
    };
  }

  /** Nothing listens there. */
  async function takeAway(name: keyof typeof spokes): Promise<void> {
    await writeFile(join(clusters, `${name}.yaml`), await kubeconfigOf(spokes[name], 'https://127.0.0.1:1'));
  }

  async function run(command: string, written: object = spec, ...args: readonly string[]): Promise<Result> {
    const path = await gitFolder(hub.folder, { 'toolset.yaml': toolsetYaml(written) });
    const access = ['--clusters', clusters, '--kubeconfig', hubKubeconfig];
    return program.run([command, '--path', path, ...access, ...args]);
  }

  const free = '--allow-any-cluster';

  function printedBy(output: string): Printed {
    return parse(output) as Printed;
  }

  function instancesIn({ data }: Printed, toolset: string): readonly Instance[] {
    const file = parse(data['custom_toolset.yaml']!) as {
      readonly toolsets: Readonly<Record<string, { readonly config: { readonly instances: readonly Instance[] } }>>;
    };
    return file.toolsets[toolset]!.config.instances;
  }

  async function applied(): Promise<string> {
    const printed = outputOf(await run('generate', spec, free));
    await hub.kubectl(['apply', '--server-side', '-f', '-'], { input: printed });
    return printed;
  }

  it('prints one ConfigMap whose instances name their cluster', async () => {
    const printed = printedBy(outputOf(await run('generate', spec, free)));

    expect(instancesIn(printed, 'prometheus/metrics')).to.deep.equal([
      {
        name: 'spoke-1/monitoring/prometheus',
        prometheus_url: 'https://gateway.example.com:443/spoke-1/monitoring/prometheus',
      },
      {
        name: 'spoke-2/monitoring/prometheus',
        prometheus_url: 'https://gateway.example.com:443/spoke-2/monitoring/prometheus',
      },
    ]);
    const [loki] = instancesIn(printed, 'grafana/loki');
    expect(loki).to.include({
      name: 'in-cluster/logging/loki',
      api_url: 'http://loki.logging.svc.cluster.local:3100',
    });
    expect(instancesIn(printed, 'grafana/tempo').map(({ name }) => name)).to.deep.equal(['spoke-2/tempo/tempo']);
    const { annotations } = printed.metadata;
    expect(annotations['kubernaut.io/toolset-settings']).to.include('"clusters":["in-cluster","spoke-*"]');
    expect(annotations[sourcesAnnotation]).to.include(
      '  spoke-1/monitoring/prometheus http://prometheus.monitoring.svc.cluster.local:9090',
    );
    expect(annotations).to.not.have.property('kubernaut.io/toolset-warnings');
  });

  it('reports no difference from the live ConfigMap, and explains each Service with its cluster', async () => {
    await applied();

    const diff = await run('diff', spec, free);
    const explained = JSON.parse(outputOf(await run('explain', spec, free, '-o', 'json'))) as Explanation;

    expect(diff.stdout).to.equal('holmesgpt/custom-toolsets-configmap: the same as the live one\n');
    const selected = explained.services.filter(({ decision }) => decision === 'selected');
    expect(selected.map(({ cluster, namespace, name }) => [cluster, namespace, name].join('/'))).to.deep.equal([
      'in-cluster/logging/loki',
      'spoke-1/monitoring/prometheus',
      'spoke-2/monitoring/prometheus',
      'spoke-2/tempo/tempo',
    ]);
  });

  it('keeps the part of an unreachable cluster unchanged, with a warning', async () => {
    const before = printedBy(await applied());
    await takeAway('spoke-2');

    const now = printedBy(outputOf(await run('generate', spec, free), 'CLUSTER_UNREAD'));
    const explained = JSON.parse(outputOf(await run('explain', spec, free, '-o', 'json'))) as Explanation;

    expect(now.data).to.deep.equal(before.data);
    const { 'kubernaut.io/toolset-warnings': warnings, ...others } = now.metadata.annotations;
    expect(others).to.deep.equal(before.metadata.annotations);
    expect(warnings).to.equal(
      'warnings:\n  CLUSTER_UNREAD cluster spoke-2 cannot be read (CLUSTER_UNREACHABLE): its 2 backends in the ConfigMap stay unchanged; dynamic-toolset explain --cluster spoke-2 says why',
    );
    const tempo = explained.services.find(({ name }) => name === 'tempo');
    expect(tempo).to.include({ cluster: 'spoke-2', decision: 'selected', reason: 'ClusterUnread' });
  });

  it('warns of an unreachable cluster that has no backends in the ConfigMap', async () => {
    await takeAway('spoke-2');

    const printed = printedBy(outputOf(await run('generate', spec, free), 'CLUSTER_UNREAD'));

    expect(instancesIn(printed, 'prometheus/metrics').map(({ name }) => name)).to.deep.equal([
      'spoke-1/monitoring/prometheus',
    ]);
    expect(printed.metadata.annotations['kubernaut.io/toolset-warnings']).to.include(
      'CLUSTER_UNREAD cluster spoke-2 cannot be read (CLUSTER_UNREACHABLE): the ConfigMap has no backends of it to keep',
    );
  });

  it('prints nothing when none of the clusters can be read', async () => {
    await takeAway('spoke-1');
    await takeAway('spoke-2');

    const result = await run('generate', { ...spec, clusters: ['spoke-*'] }, free);

    expect(result).to.include({ code: 4, stdout: '' });
    expect(failureOf(result)).to.include({ code: 'CLUSTER_UNREACHABLE' });
  });

  it('keeps the part of a cluster whose kubeconfig is invalid', async () => {
    const before = printedBy(await applied());
    await writeFile(join(clusters, 'spoke-1.yaml'), '{}');

    const now = printedBy(outputOf(await run('generate', spec, free), 'CLUSTER_UNREAD'));

    expect(now.data).to.deep.equal(before.data);
  });

  it('removes the part of a cluster whose kubeconfig is deleted', async () => {
    await applied();
    await rm(join(clusters, 'spoke-2.yaml'));

    const printed = outputOf(await run('generate', spec, free));

    expect(printed).to.include('spoke-1/monitoring/prometheus').and.not.include('spoke-2/');
  });

  it('configures a HolmesGPT without instances with the backend of the first cluster that has one', async () => {
    const target = { urls, version: '0.31' };
    const printed = outputOf(await run('generate', { ...spec, clusters: ['spoke-2', 'spoke-1'], target }, free));

    expect(printed).to.include('prometheus_url: "https://gateway.example.com:443/spoke-2/monitoring/prometheus"');
    expect(printed).to.not.include('/spoke-1/').and.not.include('instances');
  });

  it('reads only the cluster that --cluster names', async () => {
    const printed = outputOf(await run('generate', spec, '--cluster', 'spoke-1'));

    expect(printed).to.include('"cluster":"spoke-1"').and.not.include('spoke-2');
  });

  it('adopts a manual edit of an instance as an override that reproduces the live ConfigMap', async () => {
    await applied();
    const configMap = ['-n', 'holmesgpt', 'get', 'configmap', 'custom-toolsets-configmap', '-o', 'json'];
    const live = JSON.parse(await hub.kubectl(configMap)) as Printed;
    const edited = live.data['custom_toolset.yaml']!.replace(
      'https://gateway.example.com:443/spoke-1/monitoring/prometheus',
      'https://other.example.com/prometheus',
    );
    const patch = JSON.stringify({ data: { 'custom_toolset.yaml': edited } });
    await hub.kubectl([
      '-n',
      'holmesgpt',
      'patch',
      'configmap',
      'custom-toolsets-configmap',
      '--type=merge',
      '-p',
      patch,
    ]);

    const overrides = outputOf(await run('adopt', spec, free));
    const files = { 'toolset.yaml': toolsetYaml(spec), 'overrides.yaml': overrides };
    const path = await gitFolder(hub.folder, files);
    const access = ['--path', path, '--clusters', clusters, '--kubeconfig', hubKubeconfig, free];
    const diff = await program.run(['diff', ...access]);

    expect(overrides).to.include('https://other.example.com/prometheus');
    expect(diff.stdout).to.equal('holmesgpt/custom-toolsets-configmap: the same as the live one\n');
  });

  it('uses a recording for the hub, and keeps the parts of the other clusters', async () => {
    await applied();
    const recording = join(hub.folder, 'hub.json');
    const kinds = 'svc,endpointslices,ns,cm';
    await writeFile(recording, await hub.kubectl(['get', kinds, '-A', '-o', 'json']));

    const base = await gitFolder(hub.folder, { 'toolset.yaml': toolsetYaml(spec) });
    const branch = { ...spec, detectors: { loki: { enabled: false } } };
    const folder = await gitFolder(hub.folder, { 'toolset.yaml': toolsetYaml(branch) });
    const diff = await program.run(['diff', '--path', base, '--snapshot', recording]);
    const through = ['env', '-C', folder];
    const review = await program.run(['review', '--against', base, '--snapshot', recording], { through });

    expect(diff.stdout).to.equal('holmesgpt/custom-toolsets-configmap: the same as the live one\n');
    expect(diff.stderr).to.include('cluster spoke-2 is not in the recording: its 2 backends in the ConfigMap stay');
    expect(review.stdout).to.include('grafana/loki').and.not.include('removed `prometheus/metrics`');
  });

  it('refuses to record or report several clusters, and suggests --cluster', async () => {
    for (const args of [['snapshot'], ['explain', 'loki', '--report']] as const) {
      const [command = '', ...more] = args;
      const failure = failureOf(await run(command, spec, free, ...more));
      expect(failure).to.include({ code: 'USAGE' });
      expect(`${failure.message} ${failure.hint}`).to.include('--cluster');
    }
  });

  describe("with Argo CD's cluster Secrets", () => {
    afterEach(async () => {
      await hub.kubectl(['-n', 'argocd', 'delete', 'secret', '-l', 'argocd.argoproj.io/secret-type=cluster']);
    });

    async function secretOf(
      name: string,
      cluster: Cluster,
      more: Readonly<Record<string, string>> = {},
    ): Promise<KubeObject> {
      const { namespace } = account;
      const bearerToken = cluster === hub ? 'none' : await cluster.serviceAccountToken(namespace, account.name);
      return clusterSecretOf(name, cluster, bearerToken, more);
    }

    async function bySecrets(written: object, env = {}): Promise<Result> {
      const path = await gitFolder(hub.folder, { 'toolset.yaml': toolsetYaml(written) });
      const access = ['--cluster-secret', '*', '--argocd-namespace', 'argocd', '--kubeconfig', await hub.kubeconfig()];
      return program.run(['generate', '--path', path, ...access, '--policy', policy], { env });
    }

    it('reads the hub and the clusters that a glob matches, except those of other projects', async () => {
      const byProject = { ARGOCD_APP_PROJECT_NAME: 'all' };
      await hub.apply([
        await secretOf('in-cluster', hub, { server: 'https://kubernetes.default.svc' }),
        await secretOf('spoke-1', spokes['spoke-1']),
        await secretOf('spoke-2', spokes['spoke-2'], { project: 'one' }),
      ]);

      const printed = outputOf(await bySecrets({ ...spec, clusters: ['*'] }, byProject));
      expect(printed).to.include('in-cluster/logging/loki').and.include('spoke-1/monitoring/prometheus');
      expect(printed).to.not.include('spoke-2/');

      const named = await bySecrets({ ...spec, clusters: ['spoke-1', 'spoke-2'] }, byProject);
      expect(named).to.include({ code: 5, stdout: '' });
      expect(failureOf(named)).to.include({ code: 'POLICY_DENIED' });
    });

    it('keeps the part of a cluster whose Secret is invalid, with a warning', async () => {
      const byProject = { ARGOCD_APP_PROJECT_NAME: 'all' };
      await hub.apply([
        await secretOf('spoke-1', spokes['spoke-1']),
        await secretOf('spoke-2', spokes['spoke-2'], { config: '{}{' }),
      ]);

      const before = printedBy(await applied());

      const now = printedBy(outputOf(await bySecrets(spec, byProject), 'CLUSTER_UNREAD'));

      expect(instancesIn(now, 'grafana/tempo').map(({ name }) => name)).to.deep.equal(['spoke-2/tempo/tempo']);
      expect(now.data).to.deep.equal(before.data);
      expect(now.metadata.annotations['kubernaut.io/toolset-warnings']).to.include(
        'cluster spoke-2 cannot be read (CLUSTER_',
      );
    });
  });

  for (const [title, written, code, message] of [
    ['without a URL template', { clusters: ['spoke-*'] }, 'SETTINGS_INVALID', 'expected target.urls with ${cluster}'],
    [
      'with a URL template that lacks the cluster',
      { clusters: ['spoke-1'], target: { urls: 'https://gateway.example.com/${namespace}/${name}' } },
      'SETTINGS_INVALID',
      'expected target.urls with ${cluster}',
    ],
    [
      'next to a single cluster',
      { ...spec, cluster: 'spoke-1' },
      'SETTINGS_INVALID',
      'expected cluster or clusters, not both',
    ],
    [
      'that do not exist',
      { ...spec, clusters: ['spoke-1', 'spoke-3'] },
      'CLUSTER_UNKNOWN',
      'there is no cluster "spoke-3"',
    ],
    [
      'with a glob that matches none',
      { ...spec, clusters: ['spoke-1', 'edge-*'] },
      'CLUSTER_UNKNOWN',
      'matches "edge-*"',
    ],
  ] as const) {
    it(`refuses clusters ${title}`, async () => {
      const result = await run('generate', written, free);

      expect(result).to.include({ code: 2, stdout: '' });
      expect(failureOf(result)).to.include({ code });
      expect(failureOf(result).message).to.include(message);
    });
  }

  describe('when run by Argo CD', () => {
    async function byArgoCd(name: string, written: object, parameters: readonly object[] = []): Promise<Result> {
      const path = await gitFolder(hub.folder, { 'toolset.yaml': toolsetYaml(written) });
      const env = { ARGOCD_APP_PROJECT_NAME: name, ARGOCD_APP_PARAMETERS: JSON.stringify(parameters) };
      const access = ['--clusters', clusters, '--kubeconfig', hubKubeconfig, '--policy', policy];
      return program.run(['generate', '--path', path, ...access], { env });
    }

    it('reads the clusters that a glob matches and that the policy and the AppProject permit', async () => {
      for (const name of ['one', 'half']) {
        const printed = outputOf(await byArgoCd(name, spec));
        expect(printed).to.include('spoke-1/monitoring/prometheus').and.not.include('spoke-2/');
      }
      expect(outputOf(await byArgoCd('all', spec))).to.include('spoke-2/monitoring/prometheus');
    });

    it('uses the clusters of a parameter', async () => {
      const parameters = [{ name: 'clusters', array: ['spoke-2'] }];
      const printed = outputOf(await byArgoCd('all', { ...spec, clusters: undefined, cluster: 'spoke-1' }, parameters));

      expect(printed).to.include('spoke-2/monitoring/prometheus').and.not.include('spoke-1/');
    });

    it('prints nothing for an Application that deploys to a cluster other than the hub', async () => {
      await define(hub, applicationDefinition);
      for (const [name, destination] of [
        ['near', { server: 'https://kubernetes.default.svc' }],
        ['far', { name: 'spoke-1' }],
      ] as const) {
        const source = { repoURL: 'https://git.example.com', path: '.' };
        await hub.apply([
          {
            apiVersion: 'argoproj.io/v1alpha1',
            kind: 'Application',
            metadata: { namespace: 'argocd', name },
            spec: { project: 'all', source, destination },
          },
        ]);
      }
      const path = await gitFolder(hub.folder, { 'toolset.yaml': toolsetYaml(spec) });
      const args = ['generate', '--path', path, '--clusters', clusters, '--kubeconfig', hubKubeconfig, free];

      const near = await program.run(args, { env: { ARGOCD_APP_NAME: 'near' } });
      const far = await program.run(args, { env: { ARGOCD_APP_NAME: 'far' } });

      expect(outputOf(near)).to.include('spoke-2/monitoring/prometheus');
      expect(far).to.include({ code: 5, stdout: '' });
      expect(failureOf(far)).to.include({ code: 'WRONG_CLUSTER' });
      expect(failureOf(far).message).to.include('a ConfigMap of several clusters is for the one that Argo CD runs in');
    });

    for (const [name, message] of [
      ['one', 'does not let the Argo CD project "one" read the cluster "spoke-2"'],
      ['half', 'does not permit the namespace holmesgpt of the cluster spoke-2'],
    ] as const) {
      it(`denies the project ${name} a cluster that the settings name`, async () => {
        const result = await byArgoCd(name, { ...spec, clusters: ['spoke-1', 'spoke-2'] });

        expect(result).to.include({ code: 5, stdout: '' });
        expect(failureOf(result)).to.include({ code: 'POLICY_DENIED' });
        expect(failureOf(result).message).to.include(message);
      });
    }
  });
});
