import { expect } from 'chai';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { missingTools } from '../../tools/build.ts';
import type { ToolName } from '../../tools/build.ts';
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
import { yamlBlock } from '../../support/guide.ts';
import { realPart } from '../../support/real-part.ts';
import type { Container, Deployment, PluginYaml, PodSpec, Volume } from './manifests.ts';
import type { KubeObject } from '../parts/objects.ts';
import { acquireCluster } from '../parts/pool.ts';

const tools: readonly ToolName[] = [...clusterTools, 'repoServerDeployment'];
const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';
const pluginFolder = '/home/argocd/cmp-server/plugins';
const inArgoCd = { namespace: 'argocd' };

describe('cluster/manifests/sidecar', () => {
  let cluster: Cluster;
  let plugin: PluginYaml;
  let base: Deployment;
  let patched: Deployment;

  before(async function () {
    if (!realPart('kube-apiserver', missingTools(tools).length === 0, 'node test/tools/build.ts')) this.skip();
    cluster = await acquireCluster();
    plugin = (await readManifest('../plugin.yaml')) as PluginYaml;
    const namespaces = ['argocd', 'patched', 'dynamic-toolset', 'restricted'];
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    await cluster.apply(
      namespaces.map((name) => ({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name, ...(name === 'restricted' && { labels }) },
      })),
    );
    const account = { namespace: 'restricted', name: 'argocd-repo-server' };
    await cluster.apply([{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: account }]);
    const folder = await repoServerFolder(cluster);
    base = await deploymentOf(kustomize(cluster, folder, 'repo-server.yaml', [], inArgoCd));
    patched = await deploymentOf(kustomize(cluster, folder, 'repo-server.yaml', ['sidecar'], inArgoCd));
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (cluster as Cluster | undefined)?.stop();
  });

  it('leaves the rest of the repo-server unchanged', () => {
    const { containers, volumes, ...pod } = podOf(patched);
    const own = podOf(base);

    expect(pod).to.deep.equal(without(own, 'containers', 'volumes'));
    expect(containers.filter(isNotOurs)).to.deep.equal(own.containers);
    expect(volumes.filter(isNotOurs)).to.deep.equal(own.volumes);
  });

  it('gives the token of the bound service account only to its own container', async () => {
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

  it('mounts token, CA and namespace where a client in a Pod looks for them', () => {
    const [volume] = podOf(patched).volumes.filter(({ name }) => name === 'dynamic-toolset-token');
    const mount = sidecarOf(podOf(patched)).volumeMounts?.find(({ name }) => name === volume?.name);

    expect(mount).to.include({ mountPath: serviceAccountFolder, readOnly: true });
    expect(JSON.stringify(volume)).to.match(/"path":"token".*"path":"ca.crt".*"path":"namespace"/);
  });

  it('may not become root, write to its root filesystem or gain privileges', () => {
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

  it('passes the restricted Pod Security Standard together with the repo-server, which rejects it without its securityContext', async () => {
    const pod = (spec: PodSpec): string =>
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { namespace: 'restricted', name: 'repo-server' },
        spec,
      });
    const { containers, ...rest } = podOf(patched);
    const careless = containers.map((one) => (isNotOurs(one) ? one : (without(one, 'securityContext') as Container)));

    expect(await dryRun(cluster, pod(podOf(patched)))).to.have.length(1);
    const refused = await dryRun(cluster, pod({ ...rest, containers: careless })).catch(String);
    expect(refused).to.include('violates PodSecurity "restricted').and.include('dynamic-toolset');
  });

  it('pulls its image with the secret of the guide, whose policy allows the same egress as that of serve', async () => {
    const folder = await repoServerFolder(cluster);
    const more = parse(yamlBlock('docs/install.md', 'registry')) as object;
    const { spec } = await deploymentOf(
      kustomize(cluster, folder, 'repo-server.yaml', ['sidecar'], { ...inArgoCd, ...more }),
    );
    const file = join(manifests, 'serve/components/network-policy/network-policy.yaml');
    const [own, ofServe] = await Promise.all(
      [yamlBlock('docs/install.md', 'egress'), await readFile(file, 'utf8')].map(async (text) => {
        const [policy] = await dryRun(cluster, text);
        return policy!.spec as { readonly podSelector: { readonly matchLabels: object }; readonly egress: object };
      }),
    );

    expect(spec.template.spec).to.deep.include({ imagePullSecrets: [{ name: 'registry' }] });
    expect((spec.template as { readonly metadata?: { readonly labels: object } }).metadata?.labels).to.include(
      own?.podSelector.matchLabels,
    );
    expect(own?.egress).to.deep.equal(ofServe?.egress);
  });

  it('shares only the program and the sockets with the repo-server', () => {
    const [ours, theirs] = [sidecarOf(podOf(patched)), podOf(patched).containers.find(isNotOurs)!];
    const names = (container: Container): string[] => (container.volumeMounts ?? []).map(({ name }) => name);

    expect(names(ours).filter((name) => names(theirs).includes(name))).to.deep.equal(['plugins']);
    expect(ours.command).to.deep.equal(['/var/run/argocd/argocd-cmp-server']);
    expect(podOf(patched).initContainers?.flatMap(names)).to.deep.equal(['var-files']);
  });

  it('probes the socket of the plugin server, and never makes the repo-server unready', () => {
    const { startupProbe, livenessProbe, readinessProbe } = sidecarOf(podOf(patched));
    const socket = ['test', '-S', `${pluginFolder}/${plugin.metadata.name}.sock`];

    expect([startupProbe?.exec?.command, livenessProbe?.exec?.command]).to.deep.equal([socket, socket]);
    expect(readinessProbe).to.equal(undefined);
  });

  it('is the same with kubectl patch as with kustomize', async () => {
    const folder = await repoServerFolder(cluster);
    const file = join(folder, 'repo-server.yaml');
    await cluster.kubectl(['apply', '--server-side', '-n', 'patched', '-f', file]);

    const args = ['patch', 'deployment', 'argocd-repo-server', '-n', 'patched', '-o', 'json'];
    const patch = await cluster.kubectl([...args, '--patch-file', join(manifests, 'sidecar/patch.yaml')]);

    const pod = podOf(JSON.parse(patch) as Deployment);
    expect(byName(pod.containers)).to.deep.equal(byName(podOf(patched).containers));
    expect(byName(pod.volumes)).to.deep.equal(byName(podOf(patched).volumes));
  });

  it('matches the values of the Helm chart, which must not give the token to every container', async () => {
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

  it("matches the operator's resource, except for the user that OpenShift chooses", async () => {
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

  async function deploymentOf(rendered: Promise<string>): Promise<Deployment> {
    const objects = await dryRun(cluster, await rendered);
    return objects.find(({ kind }) => kind === 'Deployment') as Deployment;
  }
});

function allContainers({ containers, initContainers = [] }: PodSpec): readonly Container[] {
  return [...containers, ...initContainers];
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
