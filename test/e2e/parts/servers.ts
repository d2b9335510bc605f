import { copyFile, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Starting } from '../../cluster/parts/controller-manager.ts';
import { freePort, isAnswering, isListening, rareCollection, startComponent } from '../../cluster/parts/process.ts';
import { toolPaths } from '../../tools/build.ts';
import { gitEnv } from './repository.ts';

/** A server that others connect to. */
export interface Server extends Starting {
  /** `127.0.0.1:PORT` */
  readonly address: string;
}

export async function startRedis(folder: string): Promise<Server> {
  const port = await freePort();
  const flags = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no'];
  const component = await startComponent('redis-server', 'redis', flags, folder);
  return { component, address: `127.0.0.1:${port}`, isReady: () => isListening({ host: '127.0.0.1', port }) };
}

/** `plugins` is the folder of the sockets shared with the sidecars. */
export async function startRepoServer(folder: string, redis: string, plugins: string): Promise<Server> {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const own = join(folder, 'repo-server');
  const paths = { bin: join(own, 'bin'), tmp: join(own, 'tmp'), tls: join(own, 'tls'), ssh: join(own, 'ssh') };
  for (const path of Object.values(paths)) await mkdir(path, { recursive: true });
  // Runs for every generation, whether signatures are required or not.
  await copyFile(toolPaths().gitVerifyWrapper, join(paths.bin, 'git-verify-wrapper.sh'));
  await placeAskPass(paths.bin);
  const env = {
    ...gitEnv(own),
    PATH: `${paths.bin}:${process.env.PATH ?? ''}`,
    TMPDIR: paths.tmp,
    ARGOCD_PLUGINSOCKFILEPATH: plugins,
    ARGOCD_ASK_PASS_SOCK: join(own, 'ask-pass.sock'),
    ARGOCD_TLS_DATA_PATH: paths.tls,
    ARGOCD_SSH_DATA_PATH: paths.ssh,
    ARGOCD_GPG_ENABLED: 'false',
  };
  const flags = ['--address=127.0.0.1', `--port=${port}`, `--redis=${redis}`];
  const metrics = ['--metrics-address=127.0.0.1', `--metrics-port=${metricsPort}`];
  const component = await startArgoCdRole('argocd-repo-server', [...flags, ...metrics], folder, env);
  return {
    component,
    address: `127.0.0.1:${port}`,
    isReady: () => isAnswering(`http://127.0.0.1:${metricsPort}/healthz?full=true`),
  };
}

/** Socket and clones of every commit server, not configurable: only one can run at a time. */
export const commitServerPaths = ['/tmp/commit-server-ask-pass.sock', '/tmp/_commit-service'] as const;

/** Pushes what the hydrator renders. */
export async function startCommitServer(folder: string): Promise<Server> {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const flags = ['--address=127.0.0.1', `--port=${port}`];
  const metrics = ['--metrics-address=127.0.0.1', `--metrics-port=${metricsPort}`];
  const bin = join(folder, 'commit-server-bin');
  await mkdir(bin);
  await placeAskPass(bin);
  const env = { ...gitEnv(folder), PATH: `${bin}:${process.env.PATH ?? ''}` };
  const component = await startArgoCdRole('argocd-commit-server', [...flags, ...metrics], folder, env);
  return {
    component,
    address: `127.0.0.1:${port}`,
    isReady: () => isAnswering(`http://127.0.0.1:${metricsPort}/healthz?full=true`),
  };
}

/** What the application-controller and the API server need to know about the others. */
export interface Peers {
  readonly kubeconfig: string;
  readonly redis: string;
  readonly repoServer: string;
}

export async function startApplicationController(
  folder: string,
  peers: Peers,
  extraFlags: readonly string[],
): Promise<Starting> {
  const port = await freePort();
  const flags = [...peerFlags(peers), `--metrics-port=${port}`, ...extraFlags];
  const component = await startArgoCdRole('argocd-application-controller', flags, folder, inCluster(folder, peers));
  return { component, isReady: () => isAnswering(`http://127.0.0.1:${port}/healthz`) };
}

/** Makes Applications from ApplicationSets. */
export async function startApplicationSetController(folder: string, peers: Peers): Promise<Starting> {
  const [port, metricsPort, webhookPort] = [await freePort(), await freePort(), await freePort()];
  const flags = [
    `--argocd-repo-server=${peers.repoServer}`,
    `--probe-addr=127.0.0.1:${port}`,
    `--metrics-addr=127.0.0.1:${metricsPort}`,
    `--webhook-addr=127.0.0.1:${webhookPort}`,
    '--enable-progressive-syncs',
  ];
  const component = await startArgoCdRole('argocd-applicationset-controller', flags, folder, inCluster(folder, peers));
  return { component, isReady: () => isAnswering(`http://127.0.0.1:${metricsPort}/metrics`) };
}

export async function startApiServer(
  folder: string,
  peers: Peers,
  hasAuthentication: boolean,
  extraFlags: readonly string[] = [],
): Promise<Server> {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const flags = [
    ...peerFlags(peers),
    ...['--insecure', '--address=127.0.0.1', `--port=${port}`, `--metrics-port=${metricsPort}`],
    ...['--dex-server=http://127.0.0.1:1', `--staticassets=${folder}`],
    ...(hasAuthentication ? [] : ['--disable-auth']),
    ...extraFlags,
  ];
  const env = { ...inCluster(folder, peers), ARGOCD_SERVER_METRICS_LISTEN_ADDRESS: '127.0.0.1' };
  const component = await startArgoCdRole('argocd-server', flags, folder, env);
  const address = `127.0.0.1:${port}`;
  return { component, address, isReady: () => isAnswering(`http://${address}/healthz?full=true`) };
}

/** The helper from which git gets a password, found by name. */
async function placeAskPass(bin: string): Promise<void> {
  await symlink(toolPaths().argoCd, join(bin, 'argocd'));
}

/** Argo CD is one program; its name selects its role. */
async function startArgoCdRole(
  name: string,
  flags: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<Starting['component']> {
  return startComponent(toolPaths().argoCd, name, flags, folder, { env: { ...env, ...rareCollection }, argv0: name });
}

function peerFlags({ redis, repoServer }: Peers): readonly string[] {
  return [`--redis=${redis}`, `--repo-server=${repoServer}`];
}

function inCluster(folder: string, { kubeconfig }: Peers): Readonly<Record<string, string>> {
  return { PATH: process.env.PATH ?? '', HOME: folder, ARGOCD_FAKE_IN_CLUSTER: 'true', KUBECONFIG: kubeconfig };
}
