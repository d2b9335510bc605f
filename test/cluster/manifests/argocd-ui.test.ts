import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { writeExtension } from '../../../build.ts';
import { flagsOf } from './serve.ts';
import { shellBlocks, yamlBlock } from '../../support/guide.ts';
import { realPart } from '../../support/real-part.ts';
import { missingTools } from '../../tools/build.ts';
import { clusterTools } from '../parts/cluster.ts';
import type { Cluster } from '../parts/cluster.ts';
import type { KubeObject } from '../parts/objects.ts';
import { acquireCluster } from '../parts/pool.ts';
import { paste } from './installation.ts';
import { kustomize, manifests, podOf, readManifest } from './manifests.ts';
import type { Container, Deployment, PodSpec, Volume } from './manifests.ts';

const guide = 'docs/argo-cd-ui.md';
const key = 'dynamic-toolset.extension.secret';
const script = 'extension-dynamic-toolset.js';

/** As Argo CD's manifests have it, as far as it matters here. */
const argoCdServer: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { namespace: 'argocd', name: 'argocd-server' },
  spec: {
    selector: { matchLabels: { app: 'argocd-server' } },
    template: {
      metadata: { labels: { app: 'argocd-server' } },
      spec: {
        containers: [
          { name: 'argocd-server', image: 'argocd:3.5.7', volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }] },
        ],
        volumes: [{ name: 'tmp', emptyDir: {} }],
      },
    },
  },
};

/** What docs/argo-cd-ui.md shows is done in its order, as an operator would paste it. */
describe('cluster/manifests/argocd-ui', () => {
  let cluster: Cluster;

  before(async function () {
    if (!realPart('kube-apiserver', missingTools(clusterTools).length === 0, 'node test/tools/build.ts')) this.skip();
    cluster = await acquireCluster();
    const namespaces = ['argocd', 'dynamic-toolset'].map((name) => ({
      ...{ apiVersion: 'v1', kind: 'Namespace' },
      metadata: { name },
    }));
    const existing = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'argocd', name: 'argocd-cm' } };
    await cluster.apply([
      ...namespaces,
      argoCdServer,
      { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'argocd', name: 'argocd-secret' } },
      { ...existing, data: { url: 'https://argocd.example.com' } },
    ]);
    await paste(cluster, block('install'));
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (cluster as Cluster | undefined)?.stop();
  });

  it('gives Argo CD and serve the same secret of sufficient length', async () => {
    const [argoCd, serve] = await Promise.all([
      dataOf('argocd', 'secret', 'argocd-secret'),
      dataOf('dynamic-toolset', 'secret', 'dynamic-toolset-extension'),
    ]);

    expect(argoCd[key]).to.equal(serve.secret);
    expect(Buffer.from(serve.secret ?? '', 'base64').toString()).to.match(/^[0-9a-f]{64}$/);
  });

  it("adds its keys to Argo CD's settings, and keeps the existing ones", async () => {
    const settings = await dataOf('argocd', 'configmap', 'argocd-cm');
    const config = parse(settings['extension.config.dynamic-toolset'] ?? '') as {
      readonly services: readonly { readonly url: string; readonly headers: readonly object[] }[];
    };
    const service = (await readManifest('serve/base/service.yaml')) as {
      readonly metadata: { readonly name: string; readonly namespace: string };
      readonly spec: { readonly ports: readonly { readonly port: number }[] };
    };
    const { name, namespace } = service.metadata;

    expect(settings.url).to.equal('https://argocd.example.com');
    expect(config.services).to.deep.equal([
      {
        url: `http://${name}.${namespace}.svc:${String(service.spec.ports[0]?.port)}`,
        headers: [{ name: 'X-Dynamic-Toolset-Secret', value: `$${key}` }],
      },
    ]);
  });

  it('mounts the extension where argocd-server looks for it, and where nothing else writes', async () => {
    const live = await cluster.kubectl(['-n', 'argocd', 'get', 'deployment', 'argocd-server', '-o', 'json']);
    const { containers, initContainers = [], volumes } = podOf(JSON.parse(live) as Deployment);

    expect(volumes.map(({ name }) => name)).to.have.members(['tmp', 'dynamic-toolset-extension']);
    const mount = containers[0]?.volumeMounts?.find(({ name }) => name === 'dynamic-toolset-extension');
    expect(mount).to.deep.equal({
      name: 'dynamic-toolset-extension',
      mountPath: '/tmp/extensions/dynamic-toolset',
      readOnly: true,
    });
    expect(initContainers[0]?.volumeMounts?.map(({ name }) => name)).to.deep.equal(['dynamic-toolset-extension']);
    expect(initContainers[0]?.securityContext).to.include({ runAsNonRoot: true, readOnlyRootFilesystem: true });
  });

  it('matches the values of the Helm chart', async () => {
    const { server, configs } = (await readManifest('helm/argo-cd-ui.yaml')) as {
      readonly server: {
        readonly initContainers: readonly Container[];
        readonly volumes: readonly Volume[];
        readonly volumeMounts: readonly object[];
      };
      readonly configs: Readonly<Record<'params' | 'cm' | 'rbac', object>>;
    };
    const pod = await patchedPod();
    const data = async (file: string): Promise<object> =>
      ((await readManifest(`argocd-ui/${file}.yaml`)) as { readonly data: object }).data;

    expect(server.initContainers).to.deep.equal(pod.initContainers);
    expect(server.volumes).to.deep.equal(pod.volumes);
    expect(server.volumeMounts).to.deep.equal(pod.containers[0]?.volumeMounts);
    expect(configs.params).to.deep.equal(await data('argocd-cmd-params-cm'));
    expect(configs.cm).to.deep.equal(await data('argocd-cm'));
    expect(configs.rbac).to.deep.equal(await data('argocd-rbac-cm'));
  });

  it('mounts the secret into serve, names its file, and admits argocd-server', async () => {
    const folder = await mkdtemp(join(cluster.folder, 'kustomize-'));
    const variant = relative(folder, join(manifests, 'serve/kubernetes'));
    const { components } = parse(yamlBlock(guide, 'component')) as { readonly components: readonly string[] };
    const names = components.map((path) => `serve/components/${basename(path)}`);

    const objects = parseAllDocuments(await kustomize(cluster, folder, variant, names)).map(
      (document) => document.toJS() as KubeObject,
    );

    const { containers, volumes } = podOf(objects.find(({ kind }) => kind === 'Deployment') as Deployment);
    const { extensionSecretFile } = flagsOf(containers[0]);
    const mount = containers[0]?.volumeMounts?.find(({ mountPath }) =>
      extensionSecretFile?.startsWith(`${mountPath}/`),
    );
    expect(basename(extensionSecretFile ?? '')).to.equal('secret');
    expect(volumes.find(({ name }) => name === mount?.name)?.secret).to.include({
      secretName: 'dynamic-toolset-extension',
    });
    expect(JSON.stringify(objects.find(({ kind }) => kind === 'NetworkPolicy'))).to.include('argocd-server');
  });

  it('copies the extension only if its checksum is valid, and starts argocd-server either way', async () => {
    const { args = [] } = (await patchedPod()).initContainers?.[0] ?? {};
    for (const isDamaged of [false, true]) {
      const folder = await mkdtemp(join(cluster.folder, 'image-'));
      const [image, extensions] = [join(folder, 'image'), join(folder, 'extensions')];
      await Promise.all([mkdir(image), mkdir(extensions)]);
      await build(image);
      if (isDamaged) await writeFile(join(image, script), 'alert(1)');
      const command = args[0]!
        .replace('/usr/local/share/dynamic-toolset', image)
        .replace('/tmp/extensions/', extensions);

      const { status, stdout } = spawnSync('sh', ['-c', command]);

      expect(status).to.equal(0);
      expect(stdout.toString()).to.equal(`${script}: ${isDamaged ? 'FAILED' : 'OK'}\n`);
      expect(await readdir(extensions)).to.deep.equal(isDamaged ? [] : [script]);
    }
  });

  it('can be verified manually, and packed for the installer', async () => {
    const folder = await mkdtemp(join(cluster.folder, 'checkout-'));
    await build(join(folder, 'dist'));

    expect(await paste(cluster, `cd ${folder}\n${block('checksum')}`)).to.equal(`${script}: OK\n`);
    await paste(cluster, `cd ${folder}\n${block('archive')}`);

    // As argocd-extension-installer does it.
    const installed = await mkdtemp(join(cluster.folder, 'installed-'));
    await cp(join(folder, 'extension-dynamic-toolset.tar.gz'), join(installed, 'a.tar.gz'));
    await paste(cluster, `cd ${installed} && tar -zxf a.tar.gz`);
    const checksum = await paste(cluster, `cd ${folder} && sha256sum --check checksums.txt`);
    expect(checksum).to.equal('extension-dynamic-toolset.tar.gz: OK\n');
    expect(await readFile(join(installed, 'resources', script), 'utf8')).to.equal(
      await readFile(join(folder, 'dist', script), 'utf8'),
    );
  });

  async function dataOf(namespace: string, kind: string, name: string): Promise<Readonly<Record<string, string>>> {
    const live = await cluster.kubectl(['-n', namespace, 'get', kind, name, '-o', 'json']);
    return (JSON.parse(live) as { readonly data: Readonly<Record<string, string>> }).data;
  }
});

async function patchedPod(): Promise<PodSpec> {
  return podOf((await readManifest('argocd-ui/patch.yaml')) as Deployment);
}

/** What the build leaves there. */
async function build(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeExtension(folder);
}

function block(wanted: string): string {
  return shellBlocks(guide).find(({ id }) => id === wanted)!.script;
}
