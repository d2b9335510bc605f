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
import { applySettings, argoCdDefinitions } from './settings.ts';
import type { Accounts } from './settings.ts';
import { createSidecar } from './sidecar.ts';
import type { Sidecar, SidecarOptions } from './sidecar.ts';
import { patienceMs } from '../../support/until.ts';

/** Tools to build before Argo CD can start. */
export const argoCdTools: readonly ToolName[] = [
  ...clusterTools,
  'kubeControllerManager',
  'argoCd',
  'applicationCrd',
  'appProjectCrd',
  'gitVerifyWrapper',
];

export interface ArgoCdOptions {
  /** A running cluster with `argoCdDefinitions` to use, which `stop` then leaves alone. */
  readonly cluster?: Cluster;
  /** A folder of manifests/rbac with the plugin's rights. */
  readonly rbac?: string;
  readonly sidecar?: SidecarOptions | ((cluster: Cluster) => Promise<SidecarOptions>);
  /** Added to the application-controller's flags, which they override. */
  readonly controllerFlags?: readonly string[];
  /** Accounts of Argo CD's API. With any, the API requires a token; without, it accepts all requests. */
  readonly accounts?: Accounts;
  /** Added to the flags of the API server. */
  readonly apiServerFlags?: readonly string[];
  /** How long an Application may take to reach the state that a test waits for. */
  readonly deadlineMs?: number;
}

/** A real Argo CD with the plugin, on loopback, with a real API server. */
export interface ArgoCd {
  readonly cluster: Cluster;
  readonly applications: Applications;
  readonly repository: Repository;
  /** Address of Argo CD's API server: `http://127.0.0.1:PORT`. */
  readonly apiUrl: string;
  /** A token per account. */
  readonly tokens: Readonly<Record<string, string>>;
  /** Address of Redis: `127.0.0.1:PORT`. */
  readonly redis: string;
  readonly sidecar: Sidecar;
  /** Holds everything written outside of the cluster's folder; removed by `stop`. */
  readonly folder: string;
  /** Ends the sidecar and starts it again, with another program of the plugin if given. */
  readonly restartSidecar: (program?: string) => Promise<void>;
  /** Starts the controller that makes Applications from ApplicationSets: most tests do not use any. */
  readonly startApplicationSetController: () => Promise<void>;
  /** Log of a component so far, given its name, such as `argocd-cmp-server`. */
  readonly log: (component: string) => Promise<string>;
  readonly components: () => readonly Component[];
  readonly stop: () => Promise<void>;
}

/** Whether everything that Argo CD needs is installed; reports what is missing, which is an error with CI=true. */
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

/** Starts all parts and waits until each is ready. Whatever happens to this process, nothing is left behind. */
export async function startArgoCd(options: ArgoCdOptions = {}): Promise<ArgoCd> {
  const folder = await mkdtemp(join(tmpdir(), 'dynamic-toolset-argocd-'));
  // The plugin's user passes through it.
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
  const cluster = await acquireCluster(argoCdDefinitions());
  parts.atEnd(cluster.stop);
  return cluster;
}
