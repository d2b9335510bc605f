import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clusterTools } from '../../cluster/parts/cluster.ts';
import type { Cluster } from '../../cluster/parts/cluster.ts';
import { startControllerManager } from '../../cluster/parts/controller-manager.ts';
import type { Starting } from '../../cluster/parts/controller-manager.ts';
import { acquireCluster } from '../../cluster/parts/pool.ts';
import type { Component } from '../../cluster/parts/process.ts';
import { applyRbac } from '../../cluster/support/rbac.ts';
import { realPart } from '../../support/real-part.ts';
import { missingTools } from '../../tools/build.ts';
import type { ToolName } from '../../tools/build.ts';
import { applicationsOf } from '../support/applications.ts';
import type { Applications } from '../support/applications.ts';
import { partsIn } from './parts.ts';
import type { Parts } from './parts.ts';
import { createRepository } from './repository.ts';
import type { Repository } from './repository.ts';
import {
  startApiServer,
  startApplicationController,
  startApplicationSetController,
  startRedis,
  startRepoServer,
} from './servers.ts';
import { applySettings } from './settings.ts';
import type { Accounts } from './settings.ts';
import { createSidecar } from './sidecar.ts';
import type { Sidecar, SidecarOptions } from './sidecar.ts';
import { patienceMs } from '../../support/until.ts';

/** What has to be built before Argo CD can start. */
export const argoCdTools: readonly ToolName[] = [
  ...clusterTools,
  'kubeControllerManager',
  'argoCd',
  'applicationCrd',
  'appProjectCrd',
  'gitVerifyWrapper',
];

export interface ArgoCdOptions {
  /** A cluster that runs already, which `stop` then leaves alone. */
  readonly cluster?: Cluster;
  /** A folder of manifests/rbac: the plugin's rights. */
  readonly rbac?: string;
  readonly sidecar?: SidecarOptions | ((cluster: Cluster) => Promise<SidecarOptions>);
  /** Added to, and winning over, the flags of the application-controller. */
  readonly controllerFlags?: readonly string[];
  /** Accounts of Argo CD's API. With any, the API asks for a token; without, it takes all requests. */
  readonly accounts?: Accounts;
  /** Added to the flags of the API server. */
  readonly apiServerFlags?: readonly string[];
  /** How long an Application may take to become what a test waits for. */
  readonly deadlineMs?: number;
}

/** A real Argo CD with the plugin in it, on loopback, beside a real API server. */
export interface ArgoCd {
  readonly cluster: Cluster;
  readonly applications: Applications;
  readonly repository: Repository;
  /** Of Argo CD's API server: `http://127.0.0.1:PORT`. */
  readonly apiUrl: string;
  /** A token of each account. */
  readonly tokens: Readonly<Record<string, string>>;
  /** Of Redis: `127.0.0.1:PORT`. */
  readonly redis: string;
  readonly sidecar: Sidecar;
  /** Holds everything that is written, but for what the cluster writes; gone after `stop`. */
  readonly folder: string;
  /** Ends the sidecar and starts it again, with another program of the plugin if one is given. */
  readonly restartSidecar: (program?: string) => Promise<void>;
  /** Starts what makes Applications of ApplicationSets: most tests have none. */
  readonly startApplicationSetController: () => Promise<void>;
  /** What a component has logged so far; by name, such as `argocd-cmp-server`. */
  readonly log: (component: string) => Promise<string>;
  readonly components: () => readonly Component[];
  readonly stop: () => Promise<void>;
}

/** Whether everything is here that Argo CD runs with; it says what is missing, and with CI=true that is an error. */
export function hasArgoCd(): boolean {
  if (!realPart('Argo CD', missingTools(argoCdTools).length === 0, 'node test/tools/build.ts')) return false;
  return [
    ['redis-server', 'redis-server'],
    ['git', 'git'],
    ['setpriv', 'util-linux'],
  ].every(([program, debianPackage]) =>
    realPart(program!, !spawnSync(program!, ['--version']).error, `apt-get install ${debianPackage!}`),
  );
}

/** Starts all parts and waits until each is ready. Whatever happens to this process, nothing of it stays behind. */
export async function startArgoCd(options: ArgoCdOptions = {}): Promise<ArgoCd> {
  const folder = await mkdtemp(join(tmpdir(), 'dynamic-toolset-argocd-'));
  // The plugin's user goes through it.
  await chmod(folder, 0o711);
  const parts = partsIn(folder);
  try {
    return await startParts(folder, parts, options);
  } catch (error) {
    await parts.stop();
    throw error;
  }
}

async function startParts(folder: string, parts: Parts, options: ArgoCdOptions): Promise<ArgoCd> {
  const [redis, repository, cluster] = await Promise.all([
    parts.ready(startRedis(folder)),
    createRepository(folder),
    startOrUse(options.cluster, parts),
  ]);
  const { sidecar: given = {} } = options;
  const sidecarOptions = typeof given === 'function' ? await given(cluster) : given;
  const sidecar = await createSidecar(join(folder, 'sidecar'), cluster, sidecarOptions);
  const startSidecar = async (): Promise<Starting> => ({ component: await sidecar.start(), isReady: sidecar.isReady });
  const [tokens, repoServer, cmpServer] = await Promise.all([
    applySettings(cluster, options.accounts ?? {}),
    parts.ready(startRepoServer(folder, redis.address, sidecar.plugins)),
    parts.ready(startSidecar()),
    parts.ready(startControllerManager(cluster, folder)),
    applyRbac(cluster, options.rbac ?? 'cluster'),
  ]);
  const kubeconfig = await cluster.kubeconfig({ namespace: 'argocd' });
  const peers = { kubeconfig, redis: redis.address, repoServer: repoServer.address };
  const [apiServer] = await Promise.all([
    parts.ready(startApiServer(folder, peers, options.accounts !== undefined, options.apiServerFlags ?? [])),
    parts.ready(startApplicationController(folder, peers, options.controllerFlags ?? [])),
  ]);
  let running = cmpServer.component;
  return {
    cluster,
    repository,
    tokens,
    sidecar,
    folder,
    apiUrl: `http://${apiServer.address}`,
    redis: redis.address,
    applications: applicationsOf(cluster, repository.url, options.deadlineMs ?? patienceMs),
    restartSidecar: async (program) => {
      await running.stop();
      if (program !== undefined) await sidecar.replaceProgram(program);
      running = (await parts.ready(startSidecar())).component;
    },
    startApplicationSetController: async () => {
      await parts.ready(startApplicationSetController(folder, peers));
    },
    log: (name) => readFile(parts.components().find((component) => component.name === name)!.logFile, 'utf8'),
    components: parts.components,
    stop: parts.stop,
  };
}

async function startOrUse(given: Cluster | undefined, parts: Parts): Promise<Cluster> {
  if (given) return given;
  const cluster = await acquireCluster();
  parts.atEnd(cluster.stop);
  return cluster;
}
