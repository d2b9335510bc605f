import { applicationDefinition } from '../../cluster/parts/definitions.ts';
import { startCluster } from '../../cluster/parts/cluster.ts';
import type { Cluster } from '../../cluster/parts/cluster.ts';
import { buildProgram } from '../../cluster/support/program.ts';
import type { Program } from '../../cluster/support/program.ts';
import { startServe } from '../../e2e/support/serve.ts';
import { cpuOf, peakRssOf, restOf } from '../process-usage.ts';
import type { Rest } from '../process-usage.ts';
import { seedConfigMaps } from '../serve-scale.ts';
import { realisticServices } from '../services.ts';
import { seedMany } from './seed-many.ts';

const services = 100_000;
const configMaps = 10;
/** What Node takes for its heap in a container of 256 MiB, the chart's limit. */
const limitedMB = 128;

/** `serve` in a cluster with very many Services, each with an EndpointSlice. */
export interface ManyServicesResult extends Rest {
  readonly services: number;
  readonly configMaps: number;
  /** From the start of the process until everything is listed. */
  readonly listedMs: number;
  /** CPU time until then. */
  readonly listedCpuMs: number;
  /** Its CPU time and its peak of memory with the heap of a container that has the chart's limit. */
  readonly limited: { readonly listedCpuMs: number; readonly peakMB: number };
  /** What `kubectl` takes for a list of both, without doing anything with it. */
  readonly kubectlMs: number;
}

export async function benchManyServices(): Promise<ManyServicesResult> {
  const cluster = await startCluster();
  try {
    const program = await buildProgram(cluster.folder);
    await seedMany(cluster, realisticServices(services));
    await cluster.apply([applicationDefinition]);
    // One after the other: together they would not list so many within the plugin's deadline.
    for (let index = 0; index < configMaps; index += 1) await seedConfigMaps(cluster, program, [index]);
    const kubectlMs = await timeOf(() =>
      cluster.kubectl(['get', 'services,endpointslices', '--all-namespaces', '--output', 'name']),
    );
    const measured = await measureServe(cluster, program);
    return { services, configMaps, ...measured, limited: await measureLimited(cluster, program), kubectlMs };
  } finally {
    await cluster.stop();
  }
}

async function measureServe(
  cluster: Cluster,
  program: Program,
): Promise<Omit<ManyServicesResult, 'services' | 'configMaps' | 'limited' | 'kubectlMs'>> {
  const kubeconfig = await cluster.kubeconfig();
  const start = performance.now();
  const serve = await startServe(program, ['--kubeconfig', kubeconfig, '--act', 'refresh']);
  try {
    const [listedMs, listedCpuMs] = [performance.now() - start, cpuOf(serve.pid)];
    return { listedMs, listedCpuMs, ...(await restOf(serve.pid)) };
  } finally {
    await serve.stop();
  }
}

async function measureLimited(cluster: Cluster, program: Program): Promise<ManyServicesResult['limited']> {
  const env = { NODE_OPTIONS: `--max-old-space-size=${String(limitedMB)}` };
  const limited: Program = { ...program, start: (args) => program.start(args, { env }) };
  const serve = await startServe(limited, ['--kubeconfig', await cluster.kubeconfig(), '--act', 'refresh']);
  try {
    return { listedCpuMs: cpuOf(serve.pid), peakMB: peakRssOf(serve.pid) };
  } finally {
    await serve.stop();
  }
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
