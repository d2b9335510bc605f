import { setTimeout as delay } from 'node:timers/promises';
import { startCluster } from '../../cluster/parts/cluster.ts';
import type { Cluster } from '../../cluster/parts/cluster.ts';
import { applicationDefinition } from '../../cluster/support/caches.ts';
import { buildProgram } from '../../cluster/support/program.ts';
import type { Program } from '../../cluster/support/program.ts';
import { startServe } from '../../e2e/support/serve.ts';
import { cpuOf, cpuWhile, peakRssOf, rssOf, untilIdle } from '../process-usage.ts';
import { seedConfigMaps } from '../serve-scale.ts';
import { realisticServices } from '../services.ts';
import { seedMany } from './seed-many.ts';

const services = 100_000;
const configMaps = 10;
const idleMs = 60_000;
/** V8 looks for garbage once more, some time after the last allocation. */
const settledMs = 30_000;

/** `serve` in a cluster with very many Services, each with an EndpointSlice. */
export interface ManyServicesResult {
  readonly services: number;
  readonly configMaps: number;
  /** From the start of the process until everything is listed. */
  readonly listedMs: number;
  /** CPU time until then. */
  readonly listedCpuMs: number;
  readonly rssMB: number;
  readonly peakMB: number;
  /** Share of one core while nothing happens. */
  readonly idleShare: number;
}

export async function benchManyServices(): Promise<ManyServicesResult> {
  const cluster = await startCluster();
  try {
    const program = await buildProgram(cluster.folder);
    await seedMany(cluster, realisticServices(services));
    await cluster.apply([applicationDefinition]);
    // One after the other: together they would not list so many within the plugin's deadline.
    for (let index = 0; index < configMaps; index += 1) await seedConfigMaps(cluster, program, [index]);
    return { services, configMaps, ...(await measureServe(cluster, program)) };
  } finally {
    await cluster.stop();
  }
}

async function measureServe(
  cluster: Cluster,
  program: Program,
): Promise<Omit<ManyServicesResult, 'services' | 'configMaps'>> {
  const kubeconfig = await cluster.kubeconfig();
  const start = performance.now();
  const serve = await startServe(program, ['--kubeconfig', kubeconfig, '--act', 'refresh']);
  try {
    const [listedMs, listedCpuMs] = [performance.now() - start, cpuOf(serve.pid)];
    await untilIdle(serve.pid);
    await delay(settledMs);
    const idle = await cpuWhile(serve.pid, () => delay(idleMs));
    const memory = { rssMB: rssOf(serve.pid), peakMB: peakRssOf(serve.pid) };
    return { listedMs, listedCpuMs, ...memory, idleShare: idle / idleMs };
  } finally {
    await serve.stop();
  }
}
