import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { build } from 'esbuild';
import { bundling } from '../../build.ts';
import { markdownTable } from '../../docs/markdown.ts';
import { applicationDefinition } from '../cluster/caches-fixture.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { startCluster } from '../cluster/cluster.ts';
import type { KubeObject } from '../cluster/objects.ts';
import { forEachParallel } from '../cluster/objects.ts';
import { describeMachine } from './report.ts';
import type { Usage } from './serve-caches-process.ts';
import { realisticServices } from './services.ts';
import { realisticSlices } from './slices.ts';

const count = 10_000;
const idleMs = 20_000;
/** As many as a cluster has in ten minutes that changes five objects a second. */
const changes = 3_000;
/** Long enough that none is due while it is measured. */
const resyncMs = 3_600_000;

/** The caches of `serve` alone, in a process of their own, against a real API server. */
export interface CachesResult {
  readonly services: number;
  readonly slices: number;
  readonly syncedMs: number;
  readonly syncCpuMs: number;
  readonly rssMB: number;
  /** After `changes` changed objects. */
  readonly changes: number;
  readonly churnRssMB: number;
  /** Share of one core while nothing happens. */
  readonly idleShare: number;
  /** CPU time of one event: a Service that has changed, and one in which nothing has that discovery reads. */
  readonly changedMs: number;
  readonly unchangedMs: number;
}

export async function benchCaches(): Promise<CachesResult> {
  const cluster = await startCluster();
  try {
    const services = realisticServices(count);
    const slices = realisticSlices(services);
    await cluster.seedServices(services);
    await cluster.apply([applicationDefinition, ...slices]);
    const outfile = join(cluster.folder, 'caches.cjs');
    await build({ ...bundling, outfile, entryPoints: [join(import.meta.dirname, 'serve-caches-process.ts')] });
    const child = fork(outfile, [await cluster.kubeconfig(), String(resyncMs)]);
    try {
      return {
        services: services.length,
        slices: slices.length,
        changes,
        ...(await measure(cluster, child, services)),
      };
    } finally {
      child.disconnect();
      await once(child, 'exit');
    }
  } finally {
    await cluster.stop();
  }
}

async function measure(
  cluster: Cluster,
  child: ChildProcess,
  services: readonly KubeObject[],
): Promise<Omit<CachesResult, 'services' | 'slices' | 'changes'>> {
  const [{ syncedMs }] = (await once(child, 'message')) as [{ readonly syncedMs: number }];
  const synced = await usage(child);
  await delay(idleMs);
  const idle = await usage(child);
  const some = Array.from({ length: changes }, (_, index) => services[index % services.length]!);
  await forEachParallel(some, (service) =>
    patch(cluster, service, '', { metadata: { annotations: { 'example.com/change': String(performance.now()) } } }),
  );
  const changed = await settled(child, idle.told + changes);
  await forEachParallel(some, (service) =>
    patch(cluster, service, '/status', { status: { conditions: [condition(String(performance.now()))] } }),
  );
  // The last one is told of, and everything before it was taken in by then.
  await patch(cluster, services[0]!, '', { metadata: { annotations: { 'example.com/change': 'last' } } });
  const unchanged = await settled(child, changed.told + 1);
  return {
    ...{ syncedMs, syncCpuMs: synced.cpuMs, rssMB: idle.rssMB, churnRssMB: unchanged.rssMB },
    idleShare: (idle.cpuMs - synced.cpuMs) / idleMs,
    changedMs: (changed.cpuMs - idle.cpuMs) / changes,
    unchangedMs: (unchanged.cpuMs - changed.cpuMs) / changes,
  };
}

async function usage(child: ChildProcess): Promise<Usage> {
  child.send('usage');
  const [answer] = (await once(child, 'message')) as [Usage];
  return answer;
}

async function settled(child: ChildProcess, told: number): Promise<Usage> {
  for (;;) {
    const now = await usage(child);
    if (now.told >= told) return now;
    await delay(50);
  }
}

async function patch(cluster: Cluster, { metadata }: KubeObject, part: string, body: object): Promise<void> {
  const path = `/api/v1/namespaces/${metadata.namespace ?? 'default'}/services/${metadata.name}${part}`;
  const { status } = await cluster.request('PATCH', path, body, { contentType: 'application/merge-patch+json' });
  if (status !== 200) throw new Error(`${path} was not patched: ${String(status)}`);
}

function condition(message: string): object {
  return { type: 'Bench', status: 'True', reason: 'Bench', message, lastTransitionTime: '2026-01-01T00:00:00Z' };
}

/** As a Markdown table. */
export function renderCaches(result: CachesResult): string {
  const { services, slices, syncedMs, syncCpuMs, rssMB, churnRssMB, idleShare, changedMs, unchangedMs } = result;
  return markdownTable(
    [
      `Caches of ${services.toLocaleString('en-US')} Services and ${slices.toLocaleString('en-US')} EndpointSlices`,
      'Measured',
    ],
    [
      ['Start until everything is listed', `${syncedMs.toFixed(0)} ms, ${syncCpuMs.toFixed(0)} ms of CPU`],
      ['Memory (RSS)', `${rssMB.toFixed(0)} MB`],
      [`Memory after ${result.changes.toLocaleString('en-US')} changes, twice`, `${churnRssMB.toFixed(0)} MB`],
      ['CPU while nothing happens', `${(idleShare * 100).toFixed(2)} % of a core`],
      ['CPU of one changed Service', `${(changedMs * 1000).toFixed(0)} µs`],
      ['CPU of one Service in which nothing has changed that discovery reads', `${(unchangedMs * 1000).toFixed(0)} µs`],
    ],
    'numbers',
  );
}

if (import.meta.main) console.log(`Measured on ${describeMachine()}.\n\n${renderCaches(await benchCaches())}`);
