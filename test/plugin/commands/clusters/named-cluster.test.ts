import { expect } from 'chai';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import nock from 'nock';
import { temporaryFolder } from '../../../support/folder.ts';
import type { Outcome } from '../../../support/run.ts';
import { reported, runHere } from '../../../support/run.ts';

const [hub, spoke] = ['https://hub.example', 'https://spoke.example:6443'];
const project = '/apis/argoproj.io/v1alpha1/namespaces/argocd/appprojects/team';
const configMap = '/api/v1/namespaces/holmesgpt/configmaps/custom-toolsets-configmap';
const application = '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/toolsets';

describe('plugin/commands/clusters/named-cluster', () => {
  const folder = temporaryFolder();

  function kubeconfig(server: string): string {
    return JSON.stringify({
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'c' },
      clusters: [{ name: 'c', cluster: { server } }],
      users: [{ name: 'c', user: { token: 'canary-7f3a' } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'c' } }],
    });
  }

  /** Runs `generate` in a folder with this `spec`, on a hub that knows the cluster spoke; `team` is the project, if any. */
  async function generate(spec: object, team: string | null, ...args: readonly string[]): Promise<Outcome> {
    const [clusters, path] = [join(folder.path, 'clusters'), join(folder.path, 'git')];
    await mkdir(clusters);
    await mkdir(path);
    await writeFile(join(clusters, 'spoke'), kubeconfig(spoke));
    await writeFile(join(path, 'toolset.yaml'), toolset(spec));
    const own = await folder.write('own', kubeconfig(hub));
    const environment = team === null ? {} : { project: team, argoCdApplication: 'toolsets' };
    const flags = ['--path', path, '--kubeconfig', own, '--clusters', clusters, ...args];
    const outcome = await runHere(['generate', ...flags], undefined, environment);
    expect(outcome.stdout + outcome.stderr).to.not.include('canary-7f3a');
    return outcome;
  }

  function toolset(spec: object): string {
    return JSON.stringify({ apiVersion: 'toolset.kubernaut.ai/v1alpha1', kind: 'ToolsetConfig', spec });
  }

  function policy(team: object): Promise<string> {
    const content = {
      apiVersion: 'toolset.kubernaut.ai/v1alpha1',
      kind: 'DiscoveryPolicy',
      spec: { projects: { team } },
    };
    return folder.write('policy.yaml', JSON.stringify(content));
  }

  /** A cluster with one ready Prometheus, and no ConfigMap yet. */
  function serveSpoke(place: 'here' | 'elsewhere' = 'here'): void {
    const labels = { 'app.kubernetes.io/name': 'prometheus' };
    const metadata = { namespace: 'monitoring', name: 'prometheus' };
    const service = {
      metadata: { ...metadata, labels },
      spec: { clusterIP: '10.0.0.1', ports: [{ port: 9090, protocol: 'TCP' }] },
    };
    const slice = {
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'prometheus' } },
      endpoints: [{ addresses: ['10.0.0.2'], conditions: { ready: true } }],
    };
    const list = (kind: string, items: readonly object[]): object => ({
      apiVersion: 'v1',
      kind,
      metadata: { resourceVersion: '1' },
      items,
    });
    nock(spoke)
      .get('/api/v1/services')
      .query(true)
      .reply(200, list('ServiceList', [service]));
    nock(spoke)
      .get('/api/v1/namespaces')
      .query(true)
      .reply(200, list('NamespaceList', [{ metadata: { name: 'monitoring' } }]));
    nock(spoke)
      .get('/apis/discovery.k8s.io/v1/endpointslices')
      .query(true)
      .reply(200, { ...list('EndpointSliceList', [slice]), apiVersion: 'discovery.k8s.io/v1' });
    if (place === 'elsewhere') return;
    nock(spoke).get(configMap).reply(404, { kind: 'Status', reason: 'NotFound' });
  }

  function serveArgoCd(
    destinations: readonly object[],
    destination: object | null,
    globalProjects: readonly object[] | 'forbidden' = [],
  ): void {
    nock(hub)
      .get(project)
      .reply(200, { metadata: { labels: { env: 'prod' } }, spec: { destinations } });
    const data = { globalProjects: JSON.stringify(globalProjects) };
    nock(hub)
      .get('/api/v1/namespaces/argocd/configmaps/argocd-cm')
      .reply(globalProjects === 'forbidden' ? 403 : 200, { data });
    if (destination) nock(hub).get(application).reply(200, { spec: { destination } });
  }

  const rule = { namespaces: { include: ['*'] }, clusters: ['spoke'] };
  const anywhere = [{ name: 'spoke', namespace: 'holmesgpt' }];

  it('reads the cluster of the command line by readiness, and records both in the ConfigMap', async () => {
    serveSpoke();

    const { code, stdout } = await generate({ discovery: { evidence: 'off' } }, null, '--cluster', 'spoke');

    expect(code).to.equal(0);
    expect(stdout).to.include('http://prometheus.monitoring.svc.cluster.local:9090');
    expect(stdout).to.include('"cluster":"spoke"').and.include('"check":"readiness"');
  });

  it('reads the cluster named in Git when policy, AppProject and destination agree', async () => {
    serveSpoke();
    serveArgoCd(anywhere, { server: `${spoke}/`, namespace: 'holmesgpt' });

    const spec = { cluster: 'spoke', discovery: { evidence: 'off' } };
    const { stdout } = await generate(spec, 'team', '--policy', await policy(rule));

    expect(stdout).to.include('prometheus.monitoring');
  });

  it('fails with WRONG_CLUSTER when the Application deploys elsewhere', async () => {
    serveSpoke();
    serveArgoCd(anywhere, { name: 'in-cluster' });

    const outcome = await generate({ cluster: 'spoke' }, 'team', '--policy', await policy(rule));

    expect(outcome.stdout).to.equal('');
    expect(reported(outcome)).to.include({
      code: 'WRONG_CLUSTER',
      message: `the Application argocd/toolsets deploys to the cluster "in-cluster", and the one that is read is spoke (${spoke})`,
    });
  });

  it('prints gateway URLs for a consumer in the cluster of Argo CD, and remembers those of the Services', async () => {
    serveSpoke('elsewhere');
    serveArgoCd(anywhere, { name: 'in-cluster' });
    nock(hub).get(configMap).reply(404, { kind: 'Status', reason: 'NotFound' });
    const urls = 'https://gateway.example.com/${cluster}/${namespace}/${name}${path}';

    const spec = { cluster: 'spoke', target: { urls }, discovery: { evidence: 'off' } };
    const { stdout } = await generate(spec, 'team', '--policy', await policy(rule));

    expect(stdout).to.include('prometheus_url: "https://gateway.example.com:443/spoke/monitoring/prometheus"');
    expect(stdout).to.include('monitoring/prometheus http://prometheus.monitoring.svc.cluster.local:9090');
  });

  const inheriting = [{ labelSelector: { matchLabels: { env: 'prod' } }, projectName: 'global' }];

  function serveGlobal(destinations: readonly object[]): void {
    nock(hub).get(project.replace('team', 'global')).reply(200, { spec: { destinations } });
  }

  it('reads a cluster that a global project of Argo CD permits', async () => {
    serveSpoke();
    serveArgoCd([], { name: 'spoke' }, inheriting);
    serveGlobal(anywhere);

    const spec = { cluster: 'spoke', discovery: { evidence: 'off' } };
    const { stdout } = await generate(spec, 'team', '--policy', await policy(rule));

    expect(stdout).to.include('prometheus.monitoring');
  });

  it('denies what a global project of Argo CD denies, even if the AppProject permits it', async () => {
    serveArgoCd(anywhere, null, inheriting);
    serveGlobal([{ name: '!spoke', namespace: '*' }]);

    const outcome = await generate({ cluster: 'spoke' }, 'team', '--policy', await policy(rule));

    expect(reported(outcome)).to.include({ code: 'POLICY_DENIED' });
  });

  it('relies on the AppProject alone when global projects cannot be read, and says so when it denies', async () => {
    serveArgoCd([], null, 'forbidden');

    const outcome = await generate({ cluster: 'spoke' }, 'team', '--policy', await policy(rule));

    expect(reported(outcome)).to.include({
      code: 'POLICY_DENIED',
      hint: 'a platform administrator adds it to spec.destinations of the AppProject; no change in Git helps; if a global project of Argo CD permits it, allow this account get on the ConfigMap argocd-cm in argocd: without it, those are not known',
    });
  });

  it('fails before it contacts the cluster when the AppProject does not permit it', async () => {
    serveArgoCd([{ name: 'spoke', namespace: 'default' }], null);

    const outcome = await generate({ cluster: 'spoke' }, 'team', '--policy', await policy(rule));

    expect(reported(outcome)).to.include({
      code: 'POLICY_DENIED',
      message: 'the AppProject argocd/team does not permit the namespace holmesgpt of the cluster spoke',
    });
  });

  for (const [title, team, args, message] of [
    [
      'when the policy gives the project no clusters',
      { namespaces: rule.namespaces },
      [],
      'does not let the Argo CD project "team" read',
    ],
    [
      'when the policy gives the project only other clusters',
      { ...rule, clusters: ['other'] },
      [],
      'read the cluster "spoke"',
    ],
    ['that Git names without a policy', null, [], 'is named in Git or by the Application, without a policy'],
    [
      'by the name in-cluster when the policy does not list it',
      rule,
      ['--cluster', 'in-cluster'],
      'read the cluster "in-cluster"',
    ],
  ] as const) {
    it(`denies a cluster ${title}, before it contacts any`, async () => {
      const rules = team ? ['--policy', await policy(team)] : [];

      const outcome = await generate({ cluster: 'spoke' }, 'team', ...rules, ...args);

      expect(outcome).to.include({ code: 5, stdout: '' });
      expect(reported(outcome)).to.include({ code: 'POLICY_DENIED' });
      expect(reported(outcome).message).to.include(message);
    });
  }

  it('denies a cluster whose Secret belongs to another project', async () => {
    const data = {
      name: 'other',
      server: 'https://other.example',
      project: 'platform',
      config: '{"bearerToken":"canary-7f3a"}',
    };
    const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
    const metadata = { name: 'one', labels: { 'argocd.argoproj.io/secret-type': 'cluster' } };
    nock(hub)
      .get('/api/v1/namespaces/argocd/secrets/one')
      .reply(200, { kind: 'Secret', metadata, data: Object.fromEntries(encoded) as object });
    const rules = ['--policy', await policy({ ...rule, clusters: ['other'] })];

    const outcome = await generate({ cluster: 'other' }, 'team', ...rules, '--cluster-secret', 'one');

    expect(reported(outcome)).to.include({
      code: 'POLICY_DENIED',
      message: 'the cluster other is not one of the Argo CD project "team"',
    });
  });

  it('names the cluster that rejects the credential, and the source of the credential', async () => {
    nock(spoke).get(/.*/).times(4).reply(401);

    const outcome = await generate({}, null, '--cluster', 'spoke');

    expect(reported(outcome)).to.include({
      code: 'CLUSTER_UNAUTHORIZED',
      message: `cluster spoke: ${spoke} does not accept the credential (401)`,
      hint: 'check the kubeconfig spoke of --clusters: its server, CA and credential',
    });
    nock.cleanAll();
  });

  it('rejects an invalid cluster name', async () => {
    const outcome = await generate({}, null, '--cluster', '../spoke');

    expect(reported(outcome).message).to.include('invalid --cluster "../spoke": expected the name of a cluster');
  });
});
