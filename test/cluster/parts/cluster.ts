import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toolPaths } from '../../tools/build.ts';
import type { ToolName } from '../../tools/build.ts';
import { readAuditEvents } from './audit.ts';
import type { AuditEvent } from './audit.ts';
import { writeKubeconfig, writeServiceAccountFolder } from './files.ts';
import type { KubeconfigOptions } from './files.ts';
import { applyObjects } from './objects.ts';
import type { KubeObject } from './objects.ts';
import { startGuard } from './process.ts';
import type { Component } from './process.ts';
import { createClient, expectSuccess } from './request.ts';
import type { Client, Request } from './request.ts';
import { seedServices } from './seed.ts';
import { startServers } from './servers.ts';
import type { Servers } from './servers.ts';

/** Tools to build before a cluster can start. */
export const clusterTools: readonly ToolName[] = ['etcd', 'kubeApiserver', 'kubectl'];

export interface ClusterOptions {
  /** Added to kube-apiserver's flags here, which they override. */
  readonly apiServerFlags?: readonly string[];
}

/** A real API server with its etcd, on loopback, with RBAC and no controllers. */
export interface Cluster {
  readonly url: string;
  readonly ca: string;
  readonly caFile: string;
  /** The server's own certificate and key, for a proxy that stands in for it. */
  readonly certFile: string;
  readonly keyFile: string;
  readonly adminToken: string;
  readonly etcdUrl: string;
  /** Holds everything that the cluster writes, including logs; removed by `stop`. */
  readonly folder: string;
  readonly components: readonly Component[];
  /** Writes a kubeconfig, by default the admin's, and returns its path. */
  readonly kubeconfig: (options?: Partial<KubeconfigOptions>) => Promise<string>;
  readonly kubectl: (args: readonly string[], options?: { readonly input?: string }) => Promise<string>;
  readonly request: Request;
  readonly apply: (objects: readonly KubeObject[]) => Promise<readonly KubeObject[]>;
  /** For thousands of new Services: has the result of `apply`, but is much faster. */
  readonly seedServices: (services: readonly KubeObject[]) => Promise<void>;
  /** A token of an existing service account, valid for an hour. */
  readonly serviceAccountToken: (namespace: string, name: string) => Promise<string>;
  /** A folder like the one mounted into Pods of a service account. */
  readonly serviceAccountFolder: (namespace: string, name: string) => Promise<string>;
  readonly auditEvents: () => Promise<readonly AuditEvent[]>;
  /** Ends the API server as a crash would; etcd keeps its data. */
  readonly stopApiServer: () => Promise<void>;
  /** Restarts it at the same address. */
  readonly startApiServer: () => Promise<void>;
  /** Ends etcd as a crash would. */
  readonly stopEtcd: () => Promise<void>;
  readonly startEtcd: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** The processes of a cluster, and how to reach them. */
export interface RunningCluster {
  readonly folder: string;
  readonly components: readonly Component[];
  readonly servers: Servers;
  /** Lets this process end while they run: their guard ends them then. */
  readonly unref: () => void;
  readonly stop: () => Promise<void>;
}

/** Starts a cluster that answers /readyz. Whatever happens to this process, nothing is left behind. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const running = await runCluster(options);
  return describeCluster(running, running.folder, running.stop);
}

export async function runCluster(options: ClusterOptions = {}): Promise<RunningCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'dynamic-toolset-cluster-'));
  const guard = startGuard(folder);
  const components: Component[] = [];
  const stop = async (): Promise<void> => {
    for (const component of components.toReversed()) await component.stop();
    guard.release();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const servers = await startServers(folder, options.apiServerFlags ?? [], (component) => {
      guard.add(component.pid);
      components.push(component);
    });
    const unref = (): void => {
      for (const { unref } of [...components, guard]) unref();
    };
    return { folder, components, servers, unref, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A running cluster for one user, with their files in `folder`. */
export async function describeCluster(
  { components, servers }: RunningCluster,
  folder: string,
  stop: () => Promise<void>,
): Promise<Cluster> {
  const { url, certFile: caFile, adminToken } = servers;
  const ca = await readFile(caFile, 'utf8');
  const client = createClient(url, ca, adminToken);
  const { request } = client;
  const kubeconfig: Cluster['kubeconfig'] = async (options = {}) => {
    const path = join(folder, `kubeconfig-${randomUUID()}`);
    await writeKubeconfig(path, { server: url, caFile, token: adminToken, namespace: 'default', ...options });
    return path;
  };
  const adminKubeconfig = await kubeconfig();
  return {
    ...servers,
    ca,
    caFile,
    folder,
    components,
    kubeconfig,
    request,
    kubectl: (args, { input = '' } = {}) => runKubectl(folder, adminKubeconfig, args, input),
    apply: (objects) => applyObjects(request, objects),
    seedServices: (services) => seedServices(request, servers.etcdUrl, services),
    serviceAccountToken: (namespace, name) => requestToken(request, namespace, name),
    serviceAccountFolder: async (namespace, name) => {
      const path = join(folder, `service-account-${randomUUID()}`);
      await writeServiceAccountFolder(path, { token: await requestToken(request, namespace, name), ca, namespace });
      return path;
    },
    auditEvents: () => readAuditEvents(request, servers.auditLog),
    stopApiServer: () => crash(components, 'kube-apiserver'),
    startApiServer: async () => {
      await servers.startApiServer();
    },
    stopEtcd: () => crash(components, 'etcd'),
    startEtcd: async () => {
      await servers.startEtcd();
    },
    stop: () => stopWith(client, stop),
  };
}

async function crash(components: readonly Component[], name: string): Promise<void> {
  for (const server of components.filter((one) => one.name === name && one.isRunning())) {
    process.kill(server.pid, 'SIGKILL');
    await server.stop();
  }
}

async function stopWith(client: Client, stop: () => Promise<void>): Promise<void> {
  client.close();
  await stop();
}

async function requestToken(request: Request, namespace: string, name: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const wanted = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
  const answer = expectSuccess(await request('POST', path, wanted), `a token of ${namespace}/${name}`);
  return (answer as { readonly status: { readonly token: string } }).status.token;
}

async function runKubectl(folder: string, kubeconfig: string, args: readonly string[], input: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const fixed = ['--kubeconfig', kubeconfig, '--cache-dir', join(folder, 'kubectl-cache')];
  const options = { cwd: folder, maxBuffer: Infinity };
  const child = execFile(toolPaths().kubectl, [...fixed, ...args], options, (error, stdout, stderr) => {
    if (error) reject(new Error(`kubectl ${args.join(' ')}: ${stderr.trim() || error.message}`, { cause: error }));
    else resolve(stdout);
  });
  child.stdin?.end(input);
  return promise;
}
