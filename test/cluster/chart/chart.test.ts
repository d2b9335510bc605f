import { expect } from 'chai';
import { mkdtemp, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { parse } from 'yaml';
import { shellBlocks } from '../../support/guide.ts';
import { realPart } from '../../support/real-part.ts';
import { missingTools, toolPaths } from '../../tools/build.ts';
import type { ToolName } from '../../tools/build.ts';
import { releaseOf } from '../../tools/releases.ts';
import { paste } from '../manifests/installation.ts';
import { dryRun, kustomize, manifests, podOf, readManifest } from '../manifests/manifests.ts';
import type { Deployment, PluginYaml } from '../manifests/manifests.ts';
import { define } from '../parts/definitions.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import type { KubeObject } from '../parts/objects.ts';
import { acquireCluster } from '../parts/pool.ts';
import { comparable } from './comparable.ts';
import { chart, helm, helmOutput, objectsIn, release, rendered } from './helm.ts';
import { everything, inNumbers, mistakes } from './values.ts';

const tools: readonly ToolName[] = [
  ...clusterTools,
  'helm',
  'applicationCrd',
  'appProjectCrd',
  'prometheusRuleCrd',
  'serviceMonitorCrd',
];

describe('cluster/chart', () => {
  let cluster: Cluster;

  before(async function () {
    if (!realPart('helm and kube-apiserver', missingTools(tools).length === 0, 'node test/tools/build.ts')) this.skip();
    cluster = await acquireCluster();
    const { applicationCrd, appProjectCrd, prometheusRuleCrd, serviceMonitorCrd } = toolPaths();
    await define(cluster, applicationCrd, appProjectCrd, prometheusRuleCrd, serviceMonitorCrd);
    const namespaces = [
      'dynamic-toolset',
      'argocd',
      'holmesgpt',
      'team-a',
      'monitoring',
      'logging',
      'openshift-gitops',
      '1234',
    ];
    await cluster.apply(namespaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })));
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (cluster as Cluster | undefined)?.stop();
  });

  it('passes helm lint', async () => {
    const { code, stdout, stderr } = await helm(cluster, ['lint', '--strict', chart]);

    expect({ code, stderr }, stdout).to.deep.equal({ code: 0, stderr: '' });
  });

  describe('renders the same objects as the kustomizations', () => {
    const rbac = ['rbac/cluster', 'rbac/evidence'];
    const policy = { projects: {} as unknown };

    before(async () => {
      const { spec } = (await readManifest('policy/policy.yaml')) as { readonly spec: { readonly projects: object } };
      policy.projects = spec.projects;
    });

    it('by default', async () => {
      expect(comparable(await rendered(cluster))).to.deep.equal(
        comparable(await kustomized([...rbac, 'serve/kubernetes'])),
      );
    });

    it("with Argo CD's API", async () => {
      const objects = await rendered(cluster, { serve: { ask: 'api' } });

      expect(comparable(objects)).to.deep.equal(comparable(await kustomized([...rbac, 'serve/argocd-api'])));
    });

    it('for selected namespaces', async () => {
      const objects = await rendered(cluster, {
        discovery: { namespaces: ['monitoring', 'logging'], evidence: false },
        serve: { api: false, metricsAccess: 'anonymous' },
      });

      expect(comparable(objects)).to.deep.equal(comparable(await kustomized(['rbac/namespaced', 'serve/namespaced'])));
    });

    it('for selected namespaces, with evidence in each', async () => {
      const objects = await rendered(cluster, {
        discovery: { namespaces: ['monitoring', 'logging'] },
        serve: { api: false, metricsAccess: 'anonymous' },
      });
      const folders = ['rbac/namespaced', 'rbac/evidence-namespaced', 'serve/namespaced'];

      expect(comparable(objects)).to.deep.equal(comparable(await kustomized(folders)));
    });

    it('with policy, monitoring and TLS', async () => {
      const enabled = { enabled: true };
      const objects = await rendered(cluster, {
        policy,
        serve: { tlsSecret: 'dynamic-toolset-serve-tls' },
        monitoring: { serviceMonitor: enabled, prometheusRule: enabled, dashboard: enabled },
      });
      const components = ['policy', 'monitoring', 'tls'];

      expect(comparable(objects)).to.deep.equal({
        ...comparable(await kustomized(rbac)),
        ...comparable(await kustomized(['serve/kubernetes'], components)),
        ...comparable([await policyOfPlugin()]),
      });
    });

    it("with the secret for Argo CD's UI", async () => {
      const objects = await rendered(cluster, { serve: { extensionSecret: 'dynamic-toolset-extension' } });

      expect(comparable(objects)).to.deep.equal({
        ...comparable(await kustomized(rbac)),
        ...comparable(await kustomized(['serve/kubernetes'], ['argocd-extension'])),
      });
    });

    it("with Argo CD's Secrets of other clusters", async () => {
      const secrets = ['cluster-spoke', 'cluster-2'];
      const policy = parse(await readFile(join(manifests, 'policy/policy.yaml'), 'utf8')) as { readonly spec: object };
      const flags = secrets.flatMap((name) => ['--cluster-secret', name]);

      const objects = await rendered(cluster, { policy: policy.spec, clusters: { secrets } });

      const rights = (all: readonly KubeObject[]): object =>
        comparable(all.filter(({ metadata }) => metadata.name === 'dynamic-toolset-clusters'));
      const [role, binding] = await kustomized(['rbac/clusters']);
      const named = JSON.stringify(role).replace('["cluster-spoke"]', JSON.stringify(secrets));
      expect(rights(objects)).to.deep.equal(rights([JSON.parse(named) as KubeObject, binding!]));
      const { data } = objects.find(({ metadata }) => metadata.name === 'dynamic-toolset-policy') as KubeObject & {
        readonly data: Readonly<Record<string, string>>;
      };
      const { generate } = (parse(data['plugin.yaml']!) as PluginYaml).spec;
      expect(generate.command.slice(-flags.length)).to.deep.equal(flags);
      const [serve] = podOf(objects.find(({ kind }) => kind === 'Deployment') as Deployment).containers;
      expect(serve?.args).to.include.members(secrets.map((name) => `--cluster-secret=${name}`));
    });

    it('on OpenShift', async () => {
      const objects = await rendered(cluster, {
        argocd: { namespace: 'openshift-gitops' },
        serve: { runAsUser: 0 },
      });
      const serve = comparable(objects.filter(({ metadata }) => metadata.name.startsWith('dynamic-toolset-serve')));
      const expected = await kustomized(['serve/kubernetes'], ['openshift']);

      expect(serve).to.deep.equal(
        comparable(expected.filter(({ metadata }) => metadata.name.startsWith('dynamic-toolset-serve'))),
      );
    });

    it("on OpenShift with the secret for Argo CD's UI, whose server is admitted by either name", async () => {
      const objects = await rendered(cluster, {
        argocd: { namespace: 'openshift-gitops' },
        serve: { extensionSecret: 'dynamic-toolset-extension' },
      });

      const policy = objects.find(({ kind }) => kind === 'NetworkPolicy')!;
      expect((policy.spec as { readonly ingress: unknown[] }).ingress[1]).to.deep.equal({
        from: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'openshift-gitops' } },
            podSelector: {
              matchExpressions: [
                {
                  key: 'app.kubernetes.io/name',
                  operator: 'In',
                  values: ['argocd-server', 'openshift-gitops-server'],
                },
              ],
            },
          },
        ],
        ports: [{ port: 'http' }],
      });
    });

    it('with the example Application', async () => {
      const repoURL = 'https://git.example.com/platform/toolsets.git';
      const objects = await rendered(cluster, { application: { enabled: true, repoURL } });
      const kinds = new Set(['AppProject', 'Application']);

      expect(comparable(objects.filter(({ kind }) => kinds.has(kind)))).to.deep.equal(
        comparable(await kustomized(['application'])),
      );
    });
  });

  it('adds what serve is given beside its own environment, volumes and rules, and keeps the labels that select it', async () => {
    const { serve: given, networkPolicy } = everything;
    const objects = await rendered(cluster, everything);

    const ofKind = (wanted: string): KubeObject =>
      objects.find(({ kind, metadata }) => kind === wanted && metadata.name === 'dynamic-toolset-serve')!;
    const deployment = ofKind('Deployment') as Deployment;
    const { containers, volumes } = podOf(deployment);
    const [container] = containers;
    const { labels } = (deployment.spec.template as unknown as KubeObject).metadata;
    expect(container).to.deep.include({ envFrom: given.extraEnvFrom });
    expect(container?.env?.map(({ name }) => name)).to.deep.equal([
      ...['POD_NAMESPACE', 'POD_SERVICE_ACCOUNT', 'HTTPS_PROXY'],
    ]);
    expect(container?.volumeMounts).to.deep.include(given.extraVolumeMounts[0]);
    expect(volumes).to.deep.include(given.extraVolumes[0]);
    expect(labels).to.include({ team: 'platform', 'app.kubernetes.io/name': 'dynamic-toolset-serve' });
    expect(ofKind('ServiceAccount').metadata.annotations).to.deep.equal(given.serviceAccountAnnotations);
    expect((ofKind('NetworkPolicy').spec as { readonly egress: unknown[] }).egress.at(-1)).to.deep.equal(
      networkPolicy.extraEgress[0],
    );
  });

  it('has no cluster-wide objects for selected namespaces without the API, for an Argo CD that is limited to some', async () => {
    const objects = await rendered(cluster, {
      discovery: { namespaces: ['monitoring', 'logging'] },
      serve: { api: false, metricsAccess: 'anonymous' },
    });

    const evidence = objects.filter(({ metadata }) => metadata.name === 'dynamic-toolset-evidence');
    expect(objects.filter(({ metadata }) => metadata.namespace === undefined)).to.deep.equal([]);
    expect(evidence.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}`)).to.have.members([
      ...['Role monitoring', 'RoleBinding monitoring', 'Role logging', 'RoleBinding logging'],
    ]);
  });

  it('mounts kubeconfigs of other clusters where the sidecar mounts them, and lets nothing read Secrets', async () => {
    const name = 'dynamic-toolset-clusters';
    const { policy } = everything;
    const mount = { name, mountPath: '/etc/clusters', readOnly: true };

    const objects = await rendered(cluster, { policy, clusters: { kubeconfigSecret: name } });

    const named = (wanted: string, wantedKind: string): KubeObject =>
      objects.find(({ kind, metadata }) => kind === wantedKind && metadata.name === wanted)!;
    const { data } = named('dynamic-toolset-policy', 'ConfigMap') as unknown as {
      readonly data: Readonly<Record<string, string>>;
    };
    const { generate } = (parse(data['plugin.yaml']!) as PluginYaml).spec;
    expect(generate.command.slice(-2)).to.deep.equal(['--clusters', '/etc/clusters']);
    const { containers, volumes } = podOf(named('dynamic-toolset-serve', 'Deployment') as Deployment);
    expect(containers[0]?.args).to.include('--clusters=/etc/clusters');
    expect(containers[0]?.volumeMounts).to.deep.include(mount);
    expect(volumes).to.deep.include({ name, secret: { secretName: name, defaultMode: 0o444 } });
    const sidecar = parse(await readFile(join(chart, 'argo-cd-values-policy.yaml'), 'utf8')) as SidecarValues;
    expect(sidecar.repoServer.extraContainers[0]?.volumeMounts).to.deep.include(mount);
    expect(sidecar.repoServer.volumes).to.deep.include({ name, secret: { secretName: name, optional: true } });
    expect(JSON.stringify(named(name, 'Role')))
      .to.include('appprojects')
      .and.to.not.include('secrets');
  });

  describe('on an API server', () => {
    it('is accepted with every value set', async () => {
      const text = await helmOutput(cluster, ['template', ...release], everything);
      const images = objectsIn(text).flatMap((one) => JSON.stringify(one).match(/"image":"[^"]*"/g) ?? []);

      expect(await dryRun(cluster, text)).to.have.length(objectsIn(text).length);
      expect(images).to.deep.equal([`"image":"registry.example.com/dynamic-toolset@${everything.image.digest}"`]);
      expect(text).to.include(`runAsUser: ${String(everything.serve.runAsUser)}\n`);
    });

    it('is accepted with names that YAML would read as numbers', async () => {
      const text = await helmOutput(cluster, ['template', '42', chart, '--namespace', '1234'], inNumbers);

      expect(await dryRun(cluster, text)).to.have.length(objectsIn(text).length);
    });

    it('renders each object once, even when namespaces with different roles coincide', async () => {
      const inArgoCd = ['dynamic-toolset', chart, '--namespace', 'argocd'];
      const text = await helmOutput(cluster, ['template', ...inArgoCd], {
        ...everything,
        argocd: { applicationNamespaces: ['argocd', 'team-a'] },
        targets: [{ namespace: 'argocd', configMap: 'one' }],
        discovery: { namespaces: ['argocd', 'team-a'] },
      });
      const keys = objectsIn(text).map(({ kind, metadata }) => [kind, metadata.namespace, metadata.name].join(' '));

      expect(keys).to.deep.equal([...new Set(keys)]);
      expect(text).to.include('"--application-namespaces=argocd,team-a"');
    });

    it('uses the default of a value that is null', async () => {
      const none = { tlsSecret: null, extensionSecret: null, extraArgs: null, podAnnotations: null };
      const values = {
        fullnameOverride: null,
        argocd: { applicationNamespaces: null },
        discovery: { namespaces: null },
        serve: { ...none, nodeSelector: null, tolerations: null, affinity: null, priorityClassName: null },
      };

      expect(comparable(await rendered(cluster, values))).to.deep.equal(comparable(await rendered(cluster)));
    });

    it('grants nothing more when any value is null', async () => {
      const defaults = parse(await readFile(join(chart, 'values.yaml'), 'utf8')) as object;
      const before = comparable(await rendered(cluster));

      for (const path of pathsIn(defaults)) {
        const values = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), null) as object;
        const { code, stdout } = await helm(cluster, ['template', ...release], values);
        if (code !== 0) continue;
        const after = comparable(objectsIn(stdout));
        expect(before, path.join('.')).to.include.all.keys(Object.keys(after));
        for (const [key, object] of Object.entries(after))
          if (/Role|NetworkPolicy/.test(key)) expect(object, `${path.join('.')} ${key}`).to.deep.equal(before[key]);
      }
    });

    it('refuses to grant access in all namespaces even without schema validation', async () => {
      const args = ['template', ...release, '--skip-schema-validation'];

      for (const values of [{ targets: null }, { argocd: { namespace: null } }])
        expect((await helm(cluster, args, values)).stderr).to.include('would be granted in all of them');
    });

    it('installs, upgrades, rolls back and uninstalls, leaving nothing behind', async () => {
      const before = await ours();

      await helmOutput(cluster, ['install', ...release], {});
      const installed = await ours();
      expect(installed).to.include.members(['clusterrole/dynamic-toolset', 'deployment/dynamic-toolset-serve']);

      const image = { tag: '9.9.9' };
      await helmOutput(cluster, ['upgrade', ...release], { image, discovery: { namespaces: ['monitoring'] } });
      const containers = ['-o', 'jsonpath={.spec.template.spec.containers[*].image}'];
      const running = ['get', 'deployment', 'dynamic-toolset-serve', '-n', 'dynamic-toolset', ...containers];
      expect(await cluster.kubectl(running)).to.equal('dynamic-toolset:9.9.9');
      expect(await ours()).to.include('role/dynamic-toolset-serve-services');
      expect(await ours()).to.not.include('clusterrole/dynamic-toolset');

      await helmOutput(cluster, ['rollback', 'dynamic-toolset', '1', '--namespace', 'dynamic-toolset']);
      expect(await ours()).to.deep.equal(installed);

      await helmOutput(cluster, ['uninstall', 'dynamic-toolset', '--namespace', 'dynamic-toolset']);
      expect(await ours()).to.deep.equal(before);
    });

    it('takes over an installation made with kustomize', async () => {
      for (const folder of ['rbac/cluster', 'serve/kubernetes']) {
        await cluster.kubectl(['apply', '--server-side', '-k', join(manifests, folder)]);
      }

      // Helm 3 does not apply on the server's side, so it meets no conflict.
      const flags = ['--take-ownership', ...(releaseOf('helm') === '3' ? [] : ['--force-conflicts'])];
      const { code, stderr } = await helm(cluster, ['upgrade', '--install', ...flags, ...release], {});

      expect({ code }, stderr).to.deep.equal({ code: 0 });
      await helmOutput(cluster, ['uninstall', 'dynamic-toolset', '--namespace', 'dynamic-toolset']);
      expect(await ours()).to.deep.equal([]);
    });

    for (const guide of ['charts/dynamic-toolset/README.md', 'docs/quickstart.md']) {
      it(`installs with the commands of ${guide}`, async () => {
        const [block] = shellBlocks(guide).filter(({ id }) => id === 'install');
        const name = 'dynamic-toolset-serve';

        await paste(
          cluster,
          `export PATH="${dirname(toolPaths().helm)}:$PATH" HELM_CACHE_HOME=$HOME\n${block!.script}`,
        );

        const output = ['-o', 'jsonpath={.spec.template.spec.containers[0].image}'];
        expect(await cluster.kubectl(['get', 'deployment', name, '-n', 'dynamic-toolset', ...output])).to.equal(
          'registry.example.com/dynamic-toolset:0.1.0',
        );
        await helmOutput(cluster, ['uninstall', 'dynamic-toolset', '--namespace', 'dynamic-toolset']);
      });
    }

    it('prints the remaining steps with the image and the file that they need', async () => {
      const notes = await helmOutput(cluster, ['install', ...release, '--dry-run=client'], { image: { tag: '1.2.3' } });

      expect(notes).to.include('The sidecar, with the image dynamic-toolset:1.2.3');
      expect(notes).to.include(
        "--values argo-cd-values.yaml --set 'repoServer.extraContainers[0].image=dynamic-toolset:1.2.3'\n",
      );
    });
  });

  describe('with invalid values', () => {
    for (const [what, values, message] of mistakes) {
      it(`reports ${what}`, async () => {
        const { code, stderr } = await helm(cluster, ['template', ...release], values);

        expect(code).to.equal(1);
        expect(stderr).to.include(message);
      });
    }
  });

  /** Names of all objects that a release makes. */
  async function ours(): Promise<readonly string[]> {
    const kinds =
      'clusterrole,clusterrolebinding,role,rolebinding,deployment,service,serviceaccount,pdb,networkpolicy,cm';
    const output = ['-o', 'jsonpath={range .items[*]}{.kind}/{.metadata.name}{"\\n"}{end}'];
    const names = (await cluster.kubectl(['get', kinds, '--all-namespaces', ...output])).toLowerCase().split('\n');
    return names.filter((name) => name.includes('/dynamic-toolset')).toSorted();
  }

  async function kustomized(folders: readonly string[], components: readonly string[] = []): Promise<KubeObject[]> {
    const folder = await mkdtemp(join(cluster.folder, 'kustomize-'));
    const [first = '', ...others] = folders.map((one) => relative(folder, join(manifests, one)));
    const names = components.map((name) => `serve/components/${name}`);
    const more = others.length === 0 ? {} : { resources: [first, ...others] };
    return [...objectsIn(await kustomize(cluster, folder, first, names, more))];
  }

  /** As manifests/policy generates it for the sidecar: a component, which needs a repo-server to be rendered. */
  async function policyOfPlugin(): Promise<KubeObject> {
    const files = ['policy.yaml', 'plugin.yaml'];
    const data = await Promise.all(
      files.map(async (file) => [file, JSON.stringify(await readManifest(`policy/${file}`))]),
    );
    const metadata = { name: 'dynamic-toolset-policy', namespace: 'argocd' };
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: Object.fromEntries(data) as unknown };
  }
});

interface SidecarValues {
  readonly repoServer: {
    readonly extraContainers: readonly { readonly volumeMounts: readonly object[] }[];
    readonly volumes: readonly object[];
  };
}

/** Paths of all values, those of groups before their own. */
function pathsIn(values: object, above: readonly string[] = []): readonly (readonly string[])[] {
  return Object.entries(values).flatMap(([name, value]: [string, unknown]) => {
    const path = [...above, name];
    const isGroup = typeof value === 'object' && value !== null && !Array.isArray(value);
    return [path, ...(isGroup ? pathsIn(value, path) : [])];
  });
}
