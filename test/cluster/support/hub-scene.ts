import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { applicationDefinition, projectDefinition } from '../parts/definitions.ts';
import { startServe } from '../../e2e/support/serve.ts';
import type { Serve } from '../../e2e/support/serve.ts';
import type { Cluster } from '../parts/cluster.ts';
import { applicationOf } from '../parts/objects.ts';
import type { ApplicationObject, KubeObject } from '../parts/objects.ts';
import { acquireCluster } from '../parts/pool.ts';
import { endpointSlice, service } from './backends.ts';
import { buildProgram, gitFolder, outputOf, toolsetYaml } from './program.ts';
import type { Program } from './program.ts';

/** The cluster that Argo CD would run in, and how others are reached. */
export interface HubScene {
  readonly hub: Cluster;
  readonly program: Program;
  /** The folder of kubeconfigs; empty if clusters are reached through Secrets. */
  readonly clusters: string;
  /** Flags that tell `generate` and `serve` where the clusters are. */
  readonly flags: readonly string[];
  /** Writes the kubeconfig, or Argo CD's Secret `cluster-NAME`, by which another cluster is reached under this name. */
  readonly admit: (name: string, cluster: Pick<Cluster, 'url' | 'ca'>, token: string) => Promise<void>;
  /** Applies the output of `generate` in the Application's destination cluster, and the Application in the hub. */
  readonly manage: (name: string, managed: Managed) => Promise<KubeObject>;
  /** The same for an Application with a requested refresh, as Argo CD would do it. */
  readonly regenerate: (name: string, managed: Managed) => Promise<KubeObject>;
  /** An Application without a ConfigMap. */
  readonly deploy: (name: string, destination: object) => Promise<void>;
  /** The value of the refresh annotation of an Application. */
  readonly refreshOf: (name: string) => Promise<unknown>;
  readonly start: (flags?: readonly string[]) => Promise<Serve>;
}

export interface Managed {
  /** The cluster in which to apply the ConfigMap. */
  readonly applied: Pick<Cluster, 'apply'>;
  readonly destination: object;
  /** `spec` of toolset.yaml; `cluster` defaults to the Application's name. */
  readonly spec?: object;
  /** Arguments of `generate`. */
  readonly args?: readonly string[];
}

export const applications = '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications';

/** Where access to other clusters is defined: in a folder of kubeconfigs, or in Argo CD's Secrets in the hub. */
type Access = 'kubeconfigs' | 'secrets';

/** A hub without Applications. */
export async function hubScene(access: Access = 'kubeconfigs'): Promise<HubScene> {
  const hub = await acquireCluster([applicationDefinition, projectDefinition]);
  const program = await buildProgram(hub.folder);
  const clusters = await mkdtemp(join(hub.folder, 'clusters-'));
  const bySecrets = ['--cluster-secret', '*', '--argocd-namespace', 'argocd'];
  const others = access === 'secrets' ? bySecrets : ['--clusters', clusters];
  const flags = ['--kubeconfig', await hub.kubeconfig(), ...others, '--allow-any-cluster'];
  const manage = async (name: string, { applied, destination, spec = {}, args = [] }: Managed): Promise<KubeObject> => {
    const target = { configMap: { name, namespace: 'holmesgpt' } };
    const settings = { cluster: name, health: { check: 'readiness' }, target, ...spec };
    const path = await gitFolder(hub.folder, { 'toolset.yaml': toolsetYaml(settings) });
    const printed = await program.run(['generate', '--path', path, ...flags, ...args]);
    const manifest = parse(outputOf(printed.code === 0 ? { ...printed, stderr: '' } : printed)) as KubeObject;
    await applied.apply([manifest]);
    await hub.apply([withDestination(applicationOf(name, manifest), destination)]);
    return manifest;
  };
  return {
    hub,
    program,
    clusters,
    flags,
    admit: async (name, cluster, token) => {
      if (access === 'secrets') await hub.apply([clusterSecretOf(name, cluster, token)]);
      else await writeFile(join(clusters, `${name}.yaml`), kubeconfigOf(cluster, token));
    },
    manage,
    regenerate: async (name, managed) => {
      const manifest = await manage(name, managed);
      const annotations = { 'argocd.argoproj.io/refresh': null };
      const contentType = 'application/merge-patch+json';
      await hub.request('PATCH', `${applications}/${name}`, { metadata: { annotations } }, { contentType });
      return manifest;
    },
    deploy: async (name, destination) => {
      const metadata = { namespace: 'holmesgpt', name };
      const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata };
      await hub.apply([withDestination(applicationOf(name, configMap), destination)]);
    },
    refreshOf: async (name) => {
      const { body } = await hub.request('GET', `${applications}/${name}`);
      return (body as KubeObject).metadata.annotations?.['argocd.argoproj.io/refresh'];
    },
    start: (more = []) => startServe(program, [...flags, ...more]),
  };
}

/** A Service that looks like a backend, with one ready endpoint. */
export function backend(name: string, port: number, namespace = 'monitoring'): KubeObject[] {
  const product = { 9090: 'prometheus', 3100: 'loki', 3200: 'tempo' }[port];
  return [service(namespace, name, port, product), endpointSlice(namespace, name, { ready: 1 })];
}

/** A kubeconfig as a platform writes it for `--clusters`. */
export function kubeconfigOf({ url, ca }: Pick<Cluster, 'url' | 'ca'>, token: string): string {
  const cluster = { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  return JSON.stringify({
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user: { token } }],
  });
}

/** A Secret as Argo CD has for each destination cluster; `more` overrides its fields. */
export function clusterSecretOf(
  name: string,
  { url, ca }: Pick<Cluster, 'url' | 'ca'>,
  bearerToken: string,
  more: Readonly<Record<string, string>> = {},
): KubeObject {
  const tlsClientConfig = { caData: Buffer.from(ca).toString('base64') };
  const labels = { 'argocd.argoproj.io/secret-type': 'cluster' };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'argocd', name: `cluster-${name}`, labels },
    stringData: { name, server: url, config: JSON.stringify({ tlsClientConfig, bearerToken }), ...more },
  };
}

/** Argo CD's project `default`, which permits everything. */
export async function applyDefaultProject(hub: Cluster): Promise<void> {
  const metadata = { namespace: 'argocd', name: 'default' };
  const spec = { destinations: [{ server: '*', namespace: '*' }], sourceRepos: ['*'] };
  await hub.apply([{ apiVersion: 'argoproj.io/v1alpha1', kind: 'AppProject', metadata, spec }]);
}

function withDestination(application: ApplicationObject, destination: object): ApplicationObject {
  const { spec } = application as unknown as { readonly spec: object };
  return { ...application, spec: { ...spec, destination } };
}
