import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import { applicationDefinition } from '../cluster/parts/definitions.ts';
import { endpointSlice, service } from '../cluster/support/backends.ts';
import { startCluster } from '../cluster/parts/cluster.ts';
import type { Cluster } from '../cluster/parts/cluster.ts';
import { applicationOf, forEachParallel } from '../cluster/parts/objects.ts';
import type { KubeObject } from '../cluster/parts/objects.ts';
import { buildProgram, gitFolder, outputOf, toolsetYaml } from '../cluster/support/program.ts';
import type { Program } from '../cluster/support/program.ts';
import { startServe } from '../e2e/support/serve.ts';
import type { Serve } from '../e2e/support/serve.ts';
import { cpuWhile, restOf, rssOf } from './process-usage.ts';
import type { Rest } from './process-usage.ts';
import { seedRealistic } from './slices.ts';

const services = 10_000;
const configMaps = 100;
const events = 60;
/** More than a burst is waited for: each change is looked at by itself. */
const betweenMs = 400;

/** `serve` with many Services and many ConfigMaps, each with settings of its own; no Argo CD acts on its requests. */
export interface ScaleResult extends Rest {
  readonly services: number;
  readonly configMaps: number;
  readonly syncedMs: number;
  /** CPU time for one changed Service that is no backend, and for one that is. */
  readonly otherEventMs: number;
  readonly backendEventMs: number;
  /** Minutes of Services coming and going, and how memory went meanwhile, minute by minute. */
  readonly churnMinutes: number;
  readonly churnRssMB: readonly number[];
}

export async function benchScale(churnMinutes: number): Promise<ScaleResult> {
  const cluster = await startCluster();
  try {
    const program = await buildProgram(cluster.folder);
    await seedRealistic(cluster, services);
    await cluster.apply([applicationDefinition]);
    await seedConfigMaps(cluster, program, [...Array(configMaps).keys()]);
    const start = performance.now();
    const serve = await startServe(program, ['--kubeconfig', await cluster.kubeconfig(), '--act', 'refresh']);
    try {
      const syncedMs = performance.now() - start;
      return { services, configMaps, syncedMs, ...(await measureServe(cluster, serve, churnMinutes)) };
    } finally {
      await serve.stop();
    }
  } finally {
    await cluster.stop();
  }
}

async function measureServe(
  cluster: Cluster,
  serve: Serve,
  churnMinutes: number,
): Promise<Omit<ScaleResult, 'services' | 'configMaps' | 'syncedMs'>> {
  const rest = await restOf(serve.pid);
  const other = await cpuWhile(serve.pid, () => changeAgain(cluster, 'team-1', 'changing-web', 'web'));
  const backend = await cpuWhile(serve.pid, () => changeAgain(cluster, 'team-1', 'changing-prometheus', 'prometheus'));
  const pauses = events * betweenMs * rest.idleShare;
  return {
    ...rest,
    otherEventMs: (other - pauses) / events,
    backendEventMs: (backend - pauses) / events,
    churnMinutes,
    churnRssMB: await churn(cluster, serve, churnMinutes),
  };
}

async function changeAgain(cluster: Cluster, namespace: string, name: string, product: string): Promise<void> {
  for (let index = 0; index < events; index += 1) {
    const changed = service(namespace, name, 80, product);
    const annotations = { 'example.com/change': String(index) };
    await cluster.apply([{ ...changed, metadata: { ...changed.metadata, annotations } }]);
    await delay(betweenMs);
  }
}

/** Fifty Services a second, with their slices, come, change and go. */
async function churn(cluster: Cluster, serve: Serve, minutes: number): Promise<number[]> {
  const rss: number[] = [];
  for (let minute = 0; minute < minutes; minute += 1) {
    const end = performance.now() + 60_000;
    for (let round = 0; performance.now() < end; round += 1) {
      const some = Array.from({ length: 50 }, (_, index) => `churn-${String(index)}`);
      await cluster.apply(
        some.flatMap((name) => [
          service('team-2', name, 80, `product-${String(round)}`),
          endpointSlice('team-2', name, { ready: (round % 3) + 1 }),
        ]),
      );
      await Promise.all(some.map((name) => cluster.request('DELETE', `/api/v1/namespaces/team-2/services/${name}`)));
    }
    rss.push(rssOf(serve.pid));
  }
  return rss;
}

/** Each of an Application of its own, with other settings than the others have. */
export async function seedConfigMaps(cluster: Cluster, program: Program, seeds: readonly number[]): Promise<void> {
  const kubeconfig = await cluster.kubeconfig();
  const manifests = await forEachParallel(seeds, (index) => generated(cluster, program, kubeconfig, index));
  await cluster.apply(
    manifests.flatMap((manifest, index) => [manifest, applicationOf(`app-${String(seeds[index])}`, manifest)]),
  );
}

/** The ConfigMap of an Application with settings of its own, so that serve can share no evaluation. */
async function generated(cluster: Cluster, program: Program, kubeconfig: string, index: number): Promise<KubeObject> {
  const spec = {
    target: { certificates: 'private', configMap: { namespace: `consumer-${String(index)}` } },
    discovery: { namespaces: { exclude: [`nowhere-${String(index)}`] } },
    health: { check: 'none' },
  };
  const path = await gitFolder(cluster.folder, { 'toolset.yaml': toolsetYaml(spec) });
  return parse(outputOf(await program.run(['generate', '--path', path, '--kubeconfig', kubeconfig]))) as KubeObject;
}
