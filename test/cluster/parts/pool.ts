import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describeCluster, runCluster } from './cluster.ts';
import type { Cluster, RunningCluster } from './cluster.ts';
import { readEntries } from './etcd.ts';
import { resetCluster, untilInitialized } from './reset.ts';

interface Pooled {
  readonly running: RunningCluster;
  /** Content of etcd before any test used the cluster. */
  readonly initial: ReadonlyMap<string, string>;
}

/** Running clusters of this process that no test uses. */
const idle: Pooled[] = [];

/**
 * A cluster as empty as a new one; available at once if an earlier test file of this process has returned one. `stop`
 * returns it. Tests that end its servers must restart them first.
 */
export async function acquireCluster(): Promise<Cluster> {
  const pooled = idle.pop() ?? (await startPooled());
  const folder = await mkdtemp(join(pooled.running.folder, 'lease-'));
  const cluster = await describeCluster(pooled.running, folder, () => release(pooled, folder));
  const earlierEvents = (await cluster.auditEvents()).length;
  return { ...cluster, auditEvents: async () => (await cluster.auditEvents()).slice(earlierEvents) };
}

async function startPooled(): Promise<Pooled> {
  const running = await runCluster();
  // An idle cluster does not keep its process alive; its guard ends it with the process.
  running.unref();
  await untilInitialized(running.servers);
  return { running, initial: await readEntries(running.servers.etcdUrl) };
}

/** A cluster that cannot be reset is stopped: the next test gets a new one, and this failure is reported. */
async function release(pooled: Pooled, folder: string): Promise<void> {
  try {
    await resetCluster(pooled.running.servers, pooled.initial);
    await rm(folder, { recursive: true, force: true });
    // Including servers that were restarted.
    pooled.running.unref();
    idle.push(pooled);
  } catch (error) {
    await pooled.running.stop();
    throw error;
  }
}
