import { expect } from 'chai';
import { globSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { parseProposeFlags } from '../../../plugin/commands/flags/propose-flags.ts';
import { loadPolicy } from '../../../plugin/settings/policy.ts';
import { parseSettings } from '../../../plugin/settings/parse-settings.ts';
import { missingTools, toolPaths } from '../../tools/build.ts';
import type { ToolName } from '../../tools/build.ts';
import { define } from '../parts/definitions.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import {
  dryRun,
  kustomize,
  manifests,
  patchOf,
  podOf,
  readManifest,
  repoServerFolder,
  sidecarOf,
} from './manifests.ts';
import { BareRepository } from '../../support/bare-repository.ts';
import { shellBlocks, yamlBlock } from '../../support/guide.ts';
import { realPart } from '../../support/real-part.ts';
import { service } from '../support/backends.ts';
import { buildProgram, outputOf } from '../support/program.ts';
import type { Deployment, PluginYaml, PodSpec } from './manifests.ts';
import type { KubeObject } from '../parts/objects.ts';
import { acquireCluster } from '../parts/pool.ts';

interface HydratedSpec {
  readonly sourceHydrator: { readonly drySource: { readonly path: string; readonly targetRevision: string } };
}

const tools: readonly ToolName[] = [...clusterTools, 'applicationCrd', 'appProjectCrd', 'repoServerDeployment'];

describe('cluster/manifests', () => {
  let cluster: Cluster;
  let plugin: PluginYaml;

  before(async function () {
    if (!realPart('kube-apiserver', missingTools(tools).length === 0, 'node test/tools/build.ts')) this.skip();
    cluster = await acquireCluster();
    plugin = (await readManifest('../plugin.yaml')) as PluginYaml;
    const { applicationCrd, appProjectCrd } = toolPaths();
    await define(cluster, applicationCrd, appProjectCrd);
    const namespaces = ['argocd', 'dynamic-toolset', 'holmesgpt', 'monitoring', 'logging', 'kubernaut'];
    await cluster.apply(namespaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })));
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (cluster as Cluster | undefined)?.stop();
  });

  it('documents an Application for the source hydrator with the folder that propose writes', async () => {
    const guide = 'docs/source-hydrator.md';
    const script = shellBlocks(guide)[0]?.script.replaceAll('\\\n', ' ').trim() ?? '';
    const { file, base } = parseProposeFlags(script.split(/\s+/).slice(2));

    // `--validate=strict` takes no field that the definition does not have.
    const [application] = await dryRun(cluster, yamlBlock(guide, 'application'));

    const { sourceHydrator } = (application as KubeObject & { readonly spec: HydratedSpec }).spec;
    expect(sourceHydrator.drySource).to.include({ path: dirname(file), targetRevision: base });
  });

  for (const file of globSync('**/kustomization.yaml', { cwd: manifests, exclude: isOfServe })) {
    it(`has a kustomization in ${dirname(file)} that kubectl renders and the API server accepts`, async () => {
      const component = components[dirname(file)];
      const folder = await repoServerFolder(cluster);
      await writeFile(join(folder, 'holmes.yaml'), JSON.stringify(holmes));

      const rendered = component
        ? await kustomize(cluster, folder, component.resource, component.names, component.more)
        : await cluster.kubectl(['kustomize', join(manifests, dirname(file))]);

      expect(await dryRun(cluster, rendered)).to.not.be.empty;
    });
  }

  describe('policy', () => {
    it('mounts a policy that the repository cannot change', async () => {
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

    for (const namespace of ['argo', undefined])
      it(`names the ConfigMap that kustomize makes, in a kustomization with ${namespace ? 'a namespace' : 'none, as Argo CD publishes its own'}`, async () => {
        const folder = await repoServerFolder(cluster);
        const rendered = await kustomize(cluster, folder, 'repo-server.yaml', ['sidecar', 'policy'], { namespace });
        const objects = parseAllDocuments(rendered).map((one) => one.toJS() as KubeObject);
        const [policy, deployment] = ['ConfigMap', 'Deployment'].map((kind) =>
          objects.find((one) => one.kind === kind)!,
        );

        const volume = podOf(deployment as Deployment).volumes.find(({ name }) => name === 'dynamic-toolset-policy');
        expect(volume?.configMap).to.deep.include({ name: policy!.metadata.name });
        expect(policy!.metadata.namespace).to.equal(deployment!.metadata.namespace);
      });

    it('runs the same commands as the image, with the mounted policy', async () => {
      const own = (await readManifest('policy/plugin.yaml')) as PluginYaml;
      const { generate, ...rest } = plugin.spec;

      expect(own.metadata).to.deep.equal(plugin.metadata);
      expect(own.spec).to.deep.equal({
        ...rest,
        generate: { command: [...generate.command, '--policy', '/etc/dynamic-toolset/policy.yaml'] },
      });
    });

    it('contains a valid policy with a rule for the example project', async () => {
      const project = (await readManifest('application/project.yaml')) as KubeObject;

      const rule = await loadPolicy(join(manifests, 'policy/policy.yaml'), project.metadata.name);

      expect(rule.include).to.deep.equal(['*']);
    });
  });

  describe('application', () => {
    it('names the plugin, stays within its project, and prunes nothing', async () => {
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

  describe('propose', () => {
    it('has a CronJob that proposes with its own command and account, and kubectl applies the result', async () => {
      const rendered = await cluster.kubectl(['kustomize', join(manifests, 'propose')]);
      await cluster.kubectl(['apply', '--server-side', '--validate=strict', '-f', '-'], { input: rendered });
      await cluster.apply([service('monitoring', 'proposed', 9090, 'prometheus')]);
      const { spec } = parseAllDocuments(rendered)
        .map((one) => one.toJS() as KubeObject)
        .find(({ kind }) => kind === 'CronJob') as unknown as CronJob;
      const pod = spec.jobTemplate.spec.template.spec;
      const [container] = pod.containers;
      const args = container?.args ?? [];
      const repository = new BareRepository(cluster.folder);
      repository.commit({ 'README.md': 'fleet' });
      const { file, forge, access } = parseProposeFlags(args.slice(1));
      const here = ['--repository', repository.path, '--file', file, '--settle', '0s', '--check', 'none', '-o', 'json'];
      const token = await cluster.serviceAccountToken('dynamic-toolset', pod.serviceAccountName ?? '');
      const program = await buildProgram(cluster.folder);

      const run = await program.run(['propose', ...here, '--kubeconfig', await cluster.kubeconfig({ token })]);
      const { branch } = JSON.parse(outputOf(run)) as { readonly branch: string };
      repository.git('update-ref', 'refs/heads/main', repository.tip(branch) ?? '');
      await cluster.kubectl(['apply', '-f', '-'], { input: repository.text('main', file) });

      expect(args[0]).to.equal('propose');
      expect([access.tokenFile, forge?.tokenFile].map((path) => dirname(path ?? ''))).to.deep.equal(
        Array(2).fill(container?.volumeMounts?.find(({ name }) => name === 'credentials')?.mountPath),
      );
      expect(await readFile(join(manifests, 'propose/Dockerfile'), 'utf8')).to.include(`-t ${container?.image ?? ''} `);
      const live = ['get', 'configmap', 'custom-toolsets-configmap', '-n', 'holmesgpt', '-o', 'jsonpath={.data}'];
      expect(await cluster.kubectl(live)).to.include('http://proposed.monitoring.svc.cluster.local:9090');
    });
  });

  describe('holmesgpt', () => {
    const { name, key } = parseSettings(null).spec.target.configMap;

    it('reads the file of the generated ConfigMap from a folder that follows its changes', async () => {
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

    it('has Helm values with the same mounts, under a name that the chart does not use', async () => {
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
});

interface CronJob {
  readonly spec: { readonly jobTemplate: { readonly spec: { readonly template: { readonly spec: PodSpec } } } };
}

interface Application {
  readonly source: { readonly repoURL: string; readonly plugin: { readonly name: string } };
  readonly destination: { readonly namespace: string };
  readonly syncPolicy: { readonly automated: object };
}

/** Its components add to a base of its own, and the example has some: serve-manifests.test.ts puts them together. */
function isOfServe(path: string): boolean {
  return path.startsWith('serve/components') || path.startsWith('serve/example');
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
