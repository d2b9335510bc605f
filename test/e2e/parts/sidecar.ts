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

/** Locations, in the image and the Pod, of what the plugin needs. */
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

/** Folders writable by the container's user, and its token. */
const owned: readonly Place[] = ['plugins', 'serviceAccount', 'compileCache', 'tmp'];

export interface SidecarOptions {
  /** Added to the environment of the container. */
  readonly env?: Readonly<Record<string, string>>;
  /** API server address for the plugin, instead of the cluster's own. */
  readonly apiServerUrl?: string;
  /** An operator's changes to plugin.yaml. */
  readonly pluginYaml?: (text: string) => string;
  /** The platform's policy, which the plugin.yaml of manifests/policy enforces. */
  readonly policy?: string;
}

/** The container that runs argocd-cmp-server and, for each generation, the plugin. */
export interface Sidecar {
  readonly start: () => Promise<Component>;
  readonly isReady: () => Promise<boolean>;
  /** The folder of the sockets, shared with the repo-server. */
  readonly plugins: string;
  /** Where repositories are unpacked, one folder per running generation. */
  readonly workFolder: string;
  /** Replaces the plugin with another program and the files beside it, as a new image does. */
  readonly replaceProgram: (file: string) => Promise<void>;
  readonly token: string;
}

/**
 * Lays out the container's files like the Dockerfile and the Pod. With a mount namespace, each folder is mounted at its
 * production path, and plugin.yaml is the shipped file. Otherwise the folders stay where they are, and plugin.yaml,
 * PATH and a kubeconfig point to them.
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
    // It does not end on SIGTERM; only its socket disappears.
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

/** Returns the token in the projected volume: that of the repo-server's service account. */
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
  // In the Pod, the policy has its own folder, which a test must not create on this machine.
  const moved = text.replaceAll('/etc/dynamic-toolset', at.config).replaceAll(places.bin, at.bin);
  await writeFile(join(folder, 'plugin.yaml'), pluginYaml(moved));
  if (policy !== undefined) await writeFile(join(folder, 'policy.yaml'), policy);
}

/** The image's environment with Kubernetes' additions. */
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

/** Contains the information that the mounted folder would have. */
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

/** A hard link if the file system allows it, since these files have 100 MB and more. */
async function place(file: string, target: string): Promise<void> {
  await link(file, target).catch(() => copyFile(file, target));
}

async function giveToUser(path: string): Promise<void> {
  if (containerUser !== null) await chown(path, containerUser, containerUser);
}
