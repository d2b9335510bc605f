import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toolPaths } from '../../tools/build.ts';
import { writeServerFiles } from './files.ts';
import type { ServerFiles } from './files.ts';
import { freePort, rareCollection, startComponent, waitUntilReady } from './process.ts';
import type { Component } from './process.ts';
import { createClient } from './request.ts';
import type { Request } from './request.ts';

/** Long enough for a machine that runs every suite at once. */
const deadlineMs = 180_000;
const env = { ...process.env, ...rareCollection };

export interface Servers {
  readonly url: string;
  readonly etcdUrl: string;
  readonly adminToken: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly auditLog: string;
  /** Restarts kube-apiserver unchanged after it was stopped. */
  readonly startApiServer: () => Promise<Component>;
  /** The same for etcd. */
  readonly startEtcd: () => Promise<Component>;
}

/** Starts etcd, then kube-apiserver, and reports each as soon as it runs, so that it is ended whatever comes next. */
export async function startServers(
  folder: string,
  extraFlags: readonly string[],
  onStart: (component: Component) => void,
): Promise<Servers> {
  const { etcdUrl, startEtcd } = await prepareEtcd(folder, onStart);
  await startEtcd();
  const port = await freePort();
  const adminToken = randomUUID();
  const files = await writeServerFiles(folder, adminToken);
  const flags = [...apiServerFlags(files, etcdUrl, port), ...extraFlags];
  const identity = {
    url: `https://127.0.0.1:${port}`,
    adminToken,
    certFile: join(files.certFolder, 'apiserver.crt'),
  };
  const startApiServer = async (): Promise<Component> => {
    const server = await startComponent(toolPaths().kubeApiserver, 'kube-apiserver', flags, folder, { env });
    onStart(server);
    await waitUntilReady(server, deadlineMs, () => isServing(identity));
    return server;
  };
  await startApiServer();
  const keyFile = join(files.certFolder, 'apiserver.key');
  return { ...identity, etcdUrl, keyFile, auditLog: files.auditLog, startApiServer, startEtcd };
}

async function prepareEtcd(
  folder: string,
  onStart: (component: Component) => void,
): Promise<Pick<Servers, 'etcdUrl' | 'startEtcd'>> {
  const clientUrl = `http://127.0.0.1:${await freePort()}`;
  const peerUrl = `http://127.0.0.1:${await freePort()}`;
  const flags = [
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${clientUrl}`,
    `--advertise-client-urls=${clientUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=default=${peerUrl}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
  const startEtcd = async (): Promise<Component> => {
    const etcd = await startComponent(toolPaths().etcd, 'etcd', flags, folder, { env });
    onStart(etcd);
    await waitUntilReady(etcd, deadlineMs, () => isHealthy(clientUrl));
    return etcd;
  };
  return { etcdUrl: clientUrl, startEtcd };
}

/** The advertised address is never used: without it, the server requires a network interface besides loopback. */
function apiServerFlags(files: ServerFiles, etcdUrl: string, port: number): readonly string[] {
  return [
    `--etcd-servers=${etcdUrl}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    '--advertise-address=192.0.2.1',
    `--cert-dir=${files.certFolder}`,
    '--authorization-mode=RBAC',
    `--token-auth-file=${files.tokens}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-signing-key-file=${files.signingKey}`,
    `--service-account-key-file=${files.verifyingKey}`,
    '--service-cluster-ip-range=127.100.0.0/16',
    '--endpoint-reconciler-type=none',
    `--audit-policy-file=${files.auditPolicy}`,
    `--audit-log-path=${files.auditLog}`,
    '--audit-log-mode=blocking',
    '--audit-log-maxsize=4096',
  ];
}

async function isHealthy(etcdUrl: string): Promise<boolean> {
  try {
    const response = await fetch(`${etcdUrl}/health`, { signal: AbortSignal.timeout(1000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** The server first writes its certificate, then serves, and finally creates its own Service. */
async function isServing({
  url,
  certFile,
  adminToken,
}: Pick<Servers, 'url' | 'certFile' | 'adminToken'>): Promise<boolean> {
  if (!existsSync(certFile)) return false;
  const client = createClient(url, readFileSync(certFile, 'utf8'), adminToken);
  try {
    return (
      (await isOk(client.request, '/readyz')) &&
      (await isOk(client.request, '/api/v1/namespaces/default/services/kubernetes'))
    );
  } catch {
    return false;
  } finally {
    client.close();
  }
}

async function isOk(request: Request, path: string): Promise<boolean> {
  return (await request('GET', path)).status === 200;
}
