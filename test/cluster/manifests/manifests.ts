import { copyFile, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parse } from 'yaml';
import { toolPaths } from '../../tools/build.ts';
import type { Cluster } from '../parts/cluster.ts';
import { applyText } from '../parts/objects.ts';
import type { KubeObject } from '../parts/objects.ts';

export const manifests = join(import.meta.dirname, '../../../manifests');

/** One entry of `volumes`: its name and where it comes from. */
export type Volume = Readonly<Record<string, unknown>> & { readonly name: string };

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
  readonly readOnly?: boolean;
}

/** The part of a probe that is asserted. */
interface Probe {
  readonly exec?: { readonly command: readonly string[] };
  readonly httpGet?: { readonly scheme: string };
}

export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string } };
  }[];
  readonly volumeMounts?: readonly VolumeMount[];
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly securityContext?: object;
}

export interface PodSpec {
  readonly serviceAccountName?: string;
  readonly automountServiceAccountToken?: boolean;
  readonly securityContext?: { readonly runAsUser?: number; readonly fsGroup?: number };
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes: readonly Volume[];
}

/** A Deployment as far as the tests look at it. */
export type Deployment = KubeObject & {
  readonly spec: { readonly template: { readonly spec: PodSpec } };
};

/** plugin.yaml as far as the manifests have to agree with it. */
export interface PluginYaml {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly generate: { readonly command: readonly string[] } };
}

/** The manifest of a file below manifests/. */
export async function readManifest(path: string): Promise<unknown> {
  return parse(await readFile(join(manifests, path), 'utf8'));
}

/** Argo CD's own Deployment of the repo-server, as a file in a new folder. */
export async function repoServerFolder(cluster: Cluster): Promise<string> {
  const folder = await mkdtemp(join(cluster.folder, 'kustomize-'));
  await copyFile(toolPaths().repoServerDeployment, join(folder, 'repo-server.yaml'));
  return folder;
}

/** What an operator's kustomization makes of a file in the folder with components from manifests/. */
export async function kustomize(
  cluster: Cluster,
  folder: string,
  resource: string,
  components: readonly string[],
  more: object = {},
): Promise<string> {
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [resource],
    components: components.map((component) => relative(folder, join(manifests, component))),
    ...more,
  };
  await writeFile(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization));
  return cluster.kubectl(['kustomize', folder]);
}

/** What the API server would make of manifests; unknown and duplicate fields are errors. */
export async function dryRun({ request }: Cluster, input: string): Promise<readonly KubeObject[]> {
  return applyText(request, input, { isDryRun: true });
}

/** What the patch in a folder of manifests/ says of a Pod. */
export async function patchOf(folder: string): Promise<PodSpec> {
  return podOf((await readManifest(`${folder}/patch.yaml`)) as Deployment);
}

export function podOf({ spec }: Deployment): PodSpec {
  return spec.template.spec;
}

/** The arguments of a Deployment's first container as the kubelet expands them: `$(NAME)` is a variable of the Pod. */
export function expandedArgs({ metadata, spec }: Deployment): readonly string[] {
  const { containers, serviceAccountName } = spec.template.spec;
  const fields = new Map([
    ['metadata.namespace', metadata.namespace],
    ['spec.serviceAccountName', serviceAccountName],
  ]);
  const { args = [], env = [] } = containers[0]!;
  const valueOf = (name: string): string | undefined => {
    const { value, valueFrom } = env.find((one) => one.name === name) ?? {};
    return value ?? fields.get(valueFrom?.fieldRef?.fieldPath ?? '');
  };
  return args.map((arg) => arg.replaceAll(/\$\((\w+)\)/g, (whole, name: string) => valueOf(name) ?? whole));
}

export function sidecarOf({ containers }: PodSpec): Container {
  return containers.find(({ name }) => name === 'dynamic-toolset')!;
}
