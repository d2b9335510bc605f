import { expect } from 'chai';
import { globSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { loadPolicy } from '../../plugin/settings/policy.ts';
import { parseSettings } from '../../plugin/settings/settings.ts';
import { missingTools, toolPaths } from '../tools/build.ts';
import type { ToolName } from '../tools/build.ts';
import { clusterTools, startCluster } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { dryRun, kustomize, manifests, readManifest, repoServerFolder } from './manifests.ts';
import type { Container, Deployment, PodSpec, Volume } from './manifests.ts';
import type { KubeObject } from './objects.ts';
import { realPart } from './require.ts';

const tools: readonly ToolName[] = [...clusterTools, 'applicationCrd', 'appProjectCrd', 'repoServerDeployment'];
const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';
const pluginFolder = '/home/argocd/cmp-server/plugins';

interface PluginYaml {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly generate: { readonly command: readonly string[] } };
}

interface Patch {
  readonly spec: { readonly template: { readonly spec: PodSpec } };
}

describe('cluster/manifests', () => {
  let cluster: Cluster;
  let plugin: PluginYaml;

  before(async function () {
    if (!realPart('kube-apiserver', missingTools(tools).length === 0, 'node test/tools/build.ts')) this.skip();
    cluster = await startCluster();
    plugin = (await readManifest('../plugin.yaml')) as PluginYaml;
    const { applicationCrd, appProjectCrd } = toolPaths();
    await cluster.kubectl(['apply', '--server-side', '-f', applicationCrd, '-f', appProjectCrd]);
    const namespaces = ['argocd', 'dynamic-toolset', 'holmesgpt', 'monitoring', 'logging', 'kubernaut', 'patched'];
    await cluster.apply(namespaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })));
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (cluster as Cluster | undefined)?.stop();
  });

  for (const file of globSync('**/kustomization.yaml', { cwd: manifests, exclude: isOfServe })) {
    it(`has a kustomization in ${dirname(file)} that kubectl renders and the API server takes`, async () => {
      const component = components[dirname(file)];
      const folder = await repoServerFolder(cluster);
      await writeFile(join(folder, 'holmes.yaml'), JSON.stringify(holmes));

      const rendered = component
        ? await kustomize(cluster, folder, component.resource, component.names, component.more)
        : await cluster.kubectl(['kustomize', join(manifests, dirname(file))]);

      expect(await dryRun(cluster, rendered)).to.not.be.empty;
    });
  }

  describe('sidecar', () => {
    let base: Deployment;
    let patched: Deployment;

    before(async () => {
      const folder = await repoServerFolder(cluster);
      base = await deploymentOf(kustomize(cluster, folder, 'repo-server.yaml', [], inArgoCd));
      patched = await deploymentOf(kustomize(cluster, folder, 'repo-server.yaml', ['sidecar'], inArgoCd));
    });

    it('leaves everything of the repo-server as it was', () => {
      const { containers, volumes, ...pod } = podOf(patched);
      const own = podOf(base);

      expect(pod).to.deep.equal(without(own, 'containers', 'volumes'));
      expect(containers.filter(isNotOurs)).to.deep.equal(own.containers);
      expect(volumes.filter(isNotOurs)).to.deep.equal(own.volumes);
    });

    it('gives a token of the bound service account to its own container, and to no other', async () => {
      const pod = podOf(patched);
      const { subjects } = (await readManifest('rbac/cluster/cluster-role-binding.yaml')) as {
        readonly subjects: readonly object[];
      };

      const tokens = pod.volumes.filter((volume) => JSON.stringify(volume).includes('serviceAccountToken'));
      const readers = allContainers(pod).filter(({ volumeMounts = [] }) =>
        volumeMounts.some(
          ({ name, mountPath }) => tokens.some((volume) => volume.name === name) || mountPath === serviceAccountFolder,
        ),
      );
      expect(pod.automountServiceAccountToken).to.equal(false);
      expect(tokens.map(({ name }) => name)).to.deep.equal(['dynamic-toolset-token']);
      expect(readers.map(({ name }) => name)).to.deep.equal(['dynamic-toolset']);
      expect(subjects).to.deep.equal([{ kind: 'ServiceAccount', name: pod.serviceAccountName, namespace: 'argocd' }]);
    });

    it('finds token, CA and namespace where a client in a Pod looks for them', () => {
      const [volume] = podOf(patched).volumes.filter(({ name }) => name === 'dynamic-toolset-token');
      const mount = sidecarOf(podOf(patched)).volumeMounts?.find(({ name }) => name === volume?.name);

      expect(mount).to.include({ mountPath: serviceAccountFolder, readOnly: true });
      expect(JSON.stringify(volume)).to.match(/"path":"token".*"path":"ca.crt".*"path":"namespace"/);
    });

    it('may not become another user, write to its image or use a privilege', () => {
      expect(sidecarOf(podOf(patched)).securityContext).to.deep.equal({
        runAsNonRoot: true,
        runAsUser: 999,
        runAsGroup: 999,
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        seccompProfile: { type: 'RuntimeDefault' },
      });
    });

    it('shares with the repo-server the program and the sockets alone', () => {
      const [ours, theirs] = [sidecarOf(podOf(patched)), podOf(patched).containers.find(isNotOurs)!];
      const names = (container: Container): string[] => (container.volumeMounts ?? []).map(({ name }) => name);

      expect(names(ours).filter((name) => names(theirs).includes(name))).to.deep.equal(['plugins']);
      expect(ours.command).to.deep.equal(['/var/run/argocd/argocd-cmp-server']);
      expect(podOf(patched).initContainers?.flatMap(names)).to.deep.equal(['var-files']);
    });

    it('is asked for the socket that the plugin server makes, and never takes the repo-server out of service', () => {
      const { startupProbe, livenessProbe, readinessProbe } = sidecarOf(podOf(patched));
      const socket = ['test', '-S', `${pluginFolder}/${plugin.metadata.name}.sock`];

      expect([startupProbe?.exec.command, livenessProbe?.exec.command]).to.deep.equal([socket, socket]);
      expect(readinessProbe).to.equal(undefined);
    });

    it('is the same by kubectl patch as by kustomize', async () => {
      const folder = await repoServerFolder(cluster);
      const file = join(folder, 'repo-server.yaml');
      await cluster.kubectl(['apply', '--server-side', '-n', 'patched', '-f', file]);

      const args = ['patch', 'deployment', 'argocd-repo-server', '-n', 'patched', '-o', 'json'];
      const patch = await cluster.kubectl([...args, '--patch-file', join(manifests, 'sidecar/patch.yaml')]);

      const pod = podOf(JSON.parse(patch) as Deployment);
      expect(byName(pod.containers)).to.deep.equal(byName(podOf(patched).containers));
      expect(byName(pod.volumes)).to.deep.equal(byName(podOf(patched).volumes));
    });

    it('is the same by the values of the Helm chart, which must not give the token to all', async () => {
      const { repoServer } = (await readManifest('helm/argo-cd.yaml')) as {
        readonly repoServer: {
          readonly automountServiceAccountToken: boolean;
          readonly serviceAccount: { readonly name: string };
          readonly extraContainers: readonly Container[];
          readonly volumes: readonly Volume[];
        };
      };
      const { containers, volumes, automountServiceAccountToken } = await patchOf('sidecar');

      expect(repoServer.extraContainers).to.deep.equal(containers);
      expect(repoServer.volumes).to.deep.equal(volumes);
      expect(repoServer.automountServiceAccountToken).to.equal(automountServiceAccountToken).and.to.equal(false);
      expect(repoServer.serviceAccount.name).to.equal(podOf(base).serviceAccountName);
    });

    it('is the same by the operator, but for the user that OpenShift chooses', async () => {
      const { spec } = (await readManifest('argocd-operator/argocd.yaml')) as {
        readonly spec: {
          readonly repo: {
            readonly serviceaccount: string;
            readonly mountsatoken: boolean;
            readonly sidecarContainers: readonly Container[];
            readonly volumes: readonly Volume[];
          };
        };
      };
      const { containers, volumes } = await patchOf('sidecar');
      const anyUser = containers.map(({ securityContext = {}, ...container }) => ({
        ...container,
        securityContext: without(securityContext, 'runAsUser', 'runAsGroup'),
      }));
      const account = (await readManifest('argocd-operator/service-account.yaml')) as KubeObject;

      expect(spec.repo.sidecarContainers).to.deep.equal(anyUser);
      expect(spec.repo.volumes).to.deep.equal(volumes);
      expect(spec.repo).to.include({ mountsatoken: false, serviceaccount: account.metadata.name });
    });
  });

  describe('policy', () => {
    it('puts the plugin under a policy that the repository cannot change', async () => {
      const folder = await repoServerFolder(cluster);
      const rendered = await kustomize(cluster, folder, 'repo-server.yaml', ['sidecar', 'policy'], inArgoCd);
      const objects = await dryRun(cluster, rendered);
      const policy = objects.find(({ kind }) => kind === 'ConfigMap')!;
      const pod = podOf(objects.find(({ kind }) => kind === 'Deployment') as Deployment);

      const volume = pod.volumes.find(({ name }) => name === 'dynamic-toolset-policy');
      const places = sidecarOf(pod).volumeMounts?.filter(({ name }) => name === volume?.name);
      expect(policy.metadata.name).to.match(/^dynamic-toolset-policy-\w+$/);
      expect(volume?.configMap).to.deep.include({ name: policy.metadata.name });
      expect(places?.map(({ mountPath, readOnly }) => [mountPath, readOnly])).to.deep.equal([
        ['/etc/dynamic-toolset', true],
        ['/home/argocd/cmp-server/config/plugin.yaml', true],
      ]);
    });

    it('runs what the image runs, with the policy that is mounted', async () => {
      const own = (await readManifest('policy/plugin.yaml')) as PluginYaml;
      const { generate, ...rest } = plugin.spec;

      expect(own.metadata).to.deep.equal(plugin.metadata);
      expect(own.spec).to.deep.equal({
        ...rest,
        generate: { command: [...generate.command, '--policy', '/etc/dynamic-toolset/policy.yaml'] },
      });
    });

    it('shows a policy that is valid, and has a rule for the example project', async () => {
      const project = (await readManifest('application/project.yaml')) as KubeObject;

      const rule = await loadPolicy(join(manifests, 'policy/policy.yaml'), project.metadata.name);

      expect(rule.include).to.deep.equal(['*']);
    });
  });

  describe('application', () => {
    it('asks for the plugin by its name, stays within its project, and keeps what it made', async () => {
      const rendered = await cluster.kubectl(['kustomize', join(manifests, 'application')]);
      const objects = await dryRun(cluster, rendered);
      const [project, application] = ['AppProject', 'Application'].map((kind) =>
        objects.find((one) => one.kind === kind)!,
      );
      const { source, destination, syncPolicy } = application!.spec as Application;
      const { configMap } = parseSettings(null).spec.target;

      expect(source.plugin.name).to.equal(plugin.metadata.name);
      expect(application!.spec).to.deep.include({ project: project!.metadata.name });
      expect(project!.spec).to.deep.include({
        sourceRepos: [source.repoURL],
        destinations: [destination],
        namespaceResourceWhitelist: [{ group: '', kind: 'ConfigMap' }],
      });
      expect(destination.namespace).to.equal(configMap.namespace);
      expect(syncPolicy.automated).to.deep.equal({ selfHeal: true, prune: false });
    });
  });

  describe('holmesgpt', () => {
    const { name, key } = parseSettings(null).spec.target.configMap;

    it('reads the file that the generated ConfigMap has, from a folder that follows it', async () => {
      const folder = await repoServerFolder(cluster);
      await writeFile(join(folder, 'holmes.yaml'), JSON.stringify(holmes));
      const rendered = await kustomize(cluster, folder, 'holmes.yaml', ['holmesgpt']);
      const [object] = (await dryRun(cluster, rendered)) as readonly Deployment[];

      const { containers, volumes } = podOf(object!);
      const mount = containers[0]?.volumeMounts?.find((one) => one.name === 'toolsets');
      const location = containers[0]?.env?.find((one) => one.name === 'CUSTOM_TOOLSET_LOCATION');
      expect(volumes.find((one) => one.name === 'toolsets')?.configMap).to.deep.include({ name, optional: true });
      expect(mount).to.not.have.property('subPath');
      expect(location?.value).to.equal(`${mount?.mountPath}/${key}`);
      expect(object?.metadata.annotations).to.include({ 'configmap.reloader.stakater.com/reload': name });
    });

    it('has values of the chart that mount the same, under a name that the chart does not use', async () => {
      const values = (await readManifest('holmesgpt/values-own-configmap.yaml')) as {
        readonly additionalEnvVars: readonly object[];
        readonly additionalVolumeMounts: readonly object[];
        readonly additionalVolumes: readonly { readonly configMap: { readonly name: string } }[];
        readonly commonAnnotations: object;
      };
      const { containers, volumes } = await patchOf('holmesgpt');
      const other = values.additionalVolumes[0]?.configMap.name ?? '';

      expect(values.additionalEnvVars).to.deep.equal(containers[0]?.env);
      expect(values.additionalVolumeMounts).to.deep.equal(containers[0]?.volumeMounts);
      expect(JSON.stringify(values.additionalVolumes).replaceAll(other, name)).to.equal(JSON.stringify(volumes));
      expect(values.commonAnnotations).to.deep.equal({ 'configmap.reloader.stakater.com/reload': other });
      expect(other).to.not.equal(name);
    });
  });

  async function deploymentOf(rendered: Promise<string>): Promise<Deployment> {
    const objects = await dryRun(cluster, await rendered);
    return objects.find(({ kind }) => kind === 'Deployment') as Deployment;
  }
});

interface Application {
  readonly source: { readonly repoURL: string; readonly plugin: { readonly name: string } };
  readonly destination: { readonly namespace: string };
  readonly syncPolicy: { readonly automated: object };
}

/** Its components add to a base of its own: serve-manifests.test.ts puts them together. */
function isOfServe(path: string): boolean {
  return path.startsWith('serve/components');
}

const inArgoCd = { namespace: 'argocd' };

/** What the components of manifests/ are used with. */
const components: Readonly<
  Record<string, { readonly resource: string; readonly names: string[]; readonly more?: object }>
> = {
  sidecar: { resource: 'repo-server.yaml', names: ['sidecar'], more: inArgoCd },
  policy: { resource: 'repo-server.yaml', names: ['sidecar', 'policy'], more: inArgoCd },
  holmesgpt: { resource: 'holmes.yaml', names: ['holmesgpt'] },
};

/** HolmesGPT's Deployment as its chart makes it, as far as it matters here. */
const holmes = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'holmesgpt-holmes', namespace: 'holmesgpt' },
  spec: {
    selector: { matchLabels: { app: 'holmes' } },
    template: {
      metadata: { labels: { app: 'holmes' } },
      spec: {
        containers: [
          {
            name: 'holmes',
            image: 'robustadev/holmes:0.45.0',
            env: [{ name: 'LOG_LEVEL', value: 'INFO' }],
            volumeMounts: [{ name: 'custom-toolsets-configmap', mountPath: '/etc/holmes/config' }],
          },
        ],
        volumes: [
          { name: 'custom-toolsets-configmap', configMap: { name: 'custom-toolsets-configmap', optional: true } },
        ],
      },
    },
  },
};

async function patchOf(folder: string): Promise<PodSpec> {
  return ((await readManifest(`${folder}/patch.yaml`)) as Patch).spec.template.spec;
}

function podOf({ spec }: Deployment): PodSpec {
  return spec.template.spec;
}

function allContainers({ containers, initContainers = [] }: PodSpec): readonly Container[] {
  return [...containers, ...initContainers];
}

function sidecarOf({ containers }: PodSpec): Container {
  return containers.find(({ name }) => name === 'dynamic-toolset')!;
}

function isNotOurs({ name }: { readonly name: string }): boolean {
  return !name.startsWith('dynamic-toolset');
}

function byName<T extends { readonly name: string }>(items: readonly T[]): T[] {
  return items.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function without(object: object, ...keys: readonly string[]): object {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}
