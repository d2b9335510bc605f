import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { existsSync } from 'node:fs';
import { toolPaths } from '../../tools/build.ts';
import type { Cluster } from './cluster.ts';
import { freePort, startComponent } from './process.ts';
import type { Component } from './process.ts';
import { createClient } from './request.ts';

/** Without these, a foreground deletion, which is how Argo CD prunes, never ends. */
const controllers = [
  'garbage-collector-controller',
  'namespace-controller',
  'root-ca-certificate-publisher-controller',
  'serviceaccount-controller',
];

/** A running program, and whether it is ready yet: for `waitUntilReady`. */
export interface Starting {
  readonly component: Component;
  readonly isReady: () => Promise<boolean>;
}

/** Starts kube-controller-manager for a cluster. The caller ends it. */
export async function startControllerManager(cluster: Cluster, folder: string): Promise<Starting> {
  const port = await freePort();
  const certFolder = join(folder, 'controller-manager');
  const flags = [
    `--kubeconfig=${await cluster.kubeconfig()}`,
    `--controllers=${controllers.join(',')}`,
    `--root-ca-file=${cluster.caFile}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${certFolder}`,
    '--leader-elect=false',
  ];
  const name = 'kube-controller-manager';
  const component = await startComponent(toolPaths().kubeControllerManager, name, flags, folder);
  const certFile = join(certFolder, `${name}.crt`);
  return { component, isReady: () => isHealthy(`https://127.0.0.1:${port}`, certFile) };
}

async function isHealthy(url: string, certFile: string): Promise<boolean> {
  if (!existsSync(certFile)) return false;
  const client = createClient(url, await readFile(certFile, 'utf8'), '');
  try {
    return (await client.request('GET', '/healthz', undefined, { token: null })).status === 200;
  } catch {
    return false;
  } finally {
    client.close();
  }
}
