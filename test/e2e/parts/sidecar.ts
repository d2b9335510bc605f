import { chmod, chown, copyFile, link, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Cluster } from '../../cluster/parts/cluster.ts';
import { writeServiceAccountFolder } from '../../cluster/parts/files.ts';
import { isListening, startComponent } from '../../cluster/parts/process.ts';
import type { Component } from '../../cluster/parts/process.ts';
import { imageEnvironment } from '../../cluster/support/program.ts';
import { placeProgram } from '../../support/built-program.ts';
import { toolPaths } from '../../tools/build.ts';
import { canMount, containerCommand, containerUser } from './container.ts';
import type { Mount } from './container.ts';

/** Where the image and the Pod have what the plugin needs. */
const places = {
  bin: '/usr/local/bin',
  config: '/home/argocd/cmp-server/config',
  plugins: '/home/argocd/cmp-server/plugins',
  varFiles: '/var/run/argocd',
  serviceAccount: '/var/run/secrets/kubernetes.io/serviceaccount',
  compileCache: '/var/cache/dynamic-toolset',
  tmp: '/tmp',
} as const;

type Place = keyof typeof places;

/** What the container's user may write to, and its token. */
const owned: readonly Place[] = ['plugins', 'serviceAccount', 'compileCache', 'tmp'];

export interface SidecarOptions {
  /** Added to the environment of the container. */
  readonly env?: Readonly<Record<string, string>>;
  /** How the plugin reaches the API server, instead of the cluster's own address. */
  readonly apiServerUrl?: string;
  /** What an operator changes in plugin.yaml. */
  readonly pluginYaml?: (text: string) => string;
  /** The platform's policy, under which the plugin.yaml of manifests/policy puts it. */
  readonly policy?: string;
}

/** The container that runs argocd-cmp-server and, for each generation, the plugin. */
export interface Sidecar {
  readonly start: () => Promise<Component>;
  readonly isReady: () => Promise<boolean>;
  /** The folder of the sockets, which the repo-server shares. */
  readonly plugins: string;
  /** Where repositories are unpacked, one folder for each generation that runs. */
  readonly workFolder: string;
  /** Puts another program, and what is beside it, in the place of the plugin, as a new image does. */
  readonly replaceProgram: (file: string) => Promise<void>;
  readonly token: string;
}

/**
 * Lays out the container's files as the Dockerfile and the Pod do. Where a mount namespace can be had, each folder is
 * mounted where production has it, and plugin.yaml is the very file that is shipped. Elsewhere the folders stay where
 * they are, and plugin.yaml, PATH and a kubeconfig say where.
 */
export async function createSidecar(folder: string, cluster: Cluster, options: SidecarOptions): Promise<Sidecar> {
  await mkdir(folder);
  const isMounted = canMount(folder);
  const sources = Object.fromEntries(Object.keys(places).map((place) => [place, join(folder, place)])) as Sources;
  const at: Sources = isMounted ? places : sources;
  const token = await writeFolders(sources, cluster);
  await placeProgram(join(sources.bin, 'dynamic-toolset'));
  await place(process.execPath, join(sources.bin, 'node'));
  await place(toolPaths().argoCd, join(sources.varFiles, 'argocd-cmp-server'));
  await writePluginYaml(sources.config, at, options);
  const url = new URL(options.apiServerUrl ?? cluster.url);
  const kubeconfig = isMounted ? {} : { KUBECONFIG: await writeTokenKubeconfig(folder, sources, url) };
  const env = { ...environment(at, url, isMounted), ...kubeconfig, ...options.env };
  for (const name of owned) await giveToUser(sources[name]);
  const mounts = Object.entries(places).map(([name, target]): Mount => ({ source: sources[name as Place], target }));
  const [command, ...args] = containerCommand(isMounted ? mounts : []);
  const server = [join(at.varFiles, 'argocd-cmp-server'), `--config-dir-path=${at.config}`];
  return {
    token,
    plugins: sources.plugins,
    workFolder: join(sources.tmp, '_cmp_server'),
    // It does not end on SIGTERM, only its socket goes away.
    start: () =>
      startComponent(command!, 'argocd-cmp-server', [...args, ...server], folder, { env, stopSignal: 'SIGKILL' }),
    isReady: () => isListening({ path: join(sources.plugins, 'dynamic-toolset.sock') }),
    replaceProgram: async (file) => {
      const all = (await readdir(dirname(file))).filter((name) => name.endsWith('.cjs'));
      for (const name of all) {
        const draft = join(sources.bin, 'draft');
        await copyFile(join(dirname(file), name), draft);
        await chmod(draft, 0o755);
        await rename(draft, join(sources.bin, name === basename(file) ? 'dynamic-toolset' : name));
      }
    },
  };
}

type Sources = Readonly<Record<Place, string>>;

/** Answers the token that the projected volume holds: that of the repo-server's service account. */
async function writeFolders(sources: Sources, cluster: Cluster): Promise<string> {
  const { serviceAccount, ...others } = sources;
  for (const path of Object.values(others)) await mkdir(path, { recursive: true });
  const metadata = { namespace: 'argocd', name: 'argocd-repo-server' };
  await cluster.apply([{ apiVersion: 'v1', kind: 'ServiceAccount', metadata }]);
  const token = await cluster.serviceAccountToken(metadata.namespace, metadata.name);
  await writeServiceAccountFolder(serviceAccount, { token, ca: cluster.ca, namespace: metadata.namespace });
  await giveToUser(join(serviceAccount, 'token'));
  return token;
}

async function writePluginYaml(
  folder: string,
  at: Sources,
  { pluginYaml = (text) => text, policy }: SidecarOptions,
): Promise<void> {
  const file = policy === undefined ? 'plugin.yaml' : 'manifests/policy/plugin.yaml';
  const text = await readFile(join(import.meta.dirname, '../../..', file), 'utf8');
  // The policy has a folder of its own in the Pod, which a test must not make on this machine.
  const moved = text.replaceAll('/etc/dynamic-toolset', at.config).replaceAll(places.bin, at.bin);
  await writeFile(join(folder, 'plugin.yaml'), pluginYaml(moved));
  if (policy !== undefined) await writeFile(join(folder, 'policy.yaml'), policy);
}

/** The image's environment and what Kubernetes adds to it. */
function environment(at: Sources, url: URL, isMounted: boolean): Readonly<Record<string, string>> {
  const moved = {
    TMPDIR: at.tmp,
    ARGOCD_PLUGINSOCKFILEPATH: at.plugins,
    ARGOCD_CMP_WORKDIR: join(at.tmp, '_cmp_server'),
  };
  return {
    PATH: `${at.bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    HOME: '/',
    HOSTNAME: 'argocd-repo-server-5d5b7c9f6d-x7x2z',
    NODE_COMPILE_CACHE: at.compileCache,
    ...imageEnvironment,
    KUBERNETES_SERVICE_HOST: url.hostname,
    KUBERNETES_SERVICE_PORT: url.port,
    KUBERNETES_SERVICE_PORT_HTTPS: url.port,
    ...(isMounted ? {} : moved),
  };
}

/** Says what the mounted folder would say. */
async function writeTokenKubeconfig(folder: string, { serviceAccount }: Sources, { href }: URL): Promise<string> {
  const path = join(folder, 'kubeconfig');
  const name = 'in-cluster';
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: href, 'certificate-authority': join(serviceAccount, 'ca.crt') } }],
    users: [{ name, user: { tokenFile: join(serviceAccount, 'token') } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: 'argocd' } }],
    'current-context': name,
  };
  await writeFile(path, JSON.stringify(config));
  return path;
}

/** A second name for the file where the file system allows, for these have 100 MB and more. */
async function place(file: string, target: string): Promise<void> {
  await link(file, target).catch(() => copyFile(file, target));
}

async function giveToUser(path: string): Promise<void> {
  if (containerUser !== null) await chown(path, containerUser, containerUser);
}
