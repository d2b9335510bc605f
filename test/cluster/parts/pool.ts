import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describeCluster, runCluster } from './cluster.ts';
import type { Cluster, RunningCluster } from './cluster.ts';
import { define } from './definitions.ts';
import type { Definitions } from './definitions.ts';
import { readEntries } from './etcd.ts';
import { resetCluster, untilInitialized, withClient } from './reset.ts';

interface Pooled {
  readonly running: RunningCluster;
  /** Defined before any test used the cluster. */
  readonly definitions: Definitions;
  /** Content of etcd before any test used the cluster. */
  readonly initial: ReadonlyMap<string, string>;
}

/** Running clusters of this process that no test uses. */
const idle: Pooled[] = [];

/**
 * A cluster as empty as a new one, except for the given definitions; available at once if an earlier test file of this
 * process has returned one. `stop` returns it. Tests that end its servers must restart them first.
 */
export async function acquireCluster(definitions: Definitions = []): Promise<Cluster> {
  const pooled = takeIdle(definitions) ?? (await withDefinitions(takeIdle([]) ?? (await startPooled()), definitions));
  const folder = await mkdtemp(join(pooled.running.folder, 'lease-'));
  const cluster = await describeCluster(pooled.running, folder, () => release(pooled, folder));
  const earlierEvents = (await cluster.auditEvents()).length;
  return { ...cluster, auditEvents: async () => (await cluster.auditEvents()).slice(earlierEvents) };
}

function takeIdle(definitions: Definitions): Pooled | undefined {
  const index = idle.findIndex((one) => JSON.stringify(one.definitions) === JSON.stringify(definitions));
  return index === -1 ? undefined : idle.splice(index, 1)[0];
}

/** To define Argo CD's kinds and to forget them takes the API server more than a second. */
async function withDefinitions(pooled: Pooled, definitions: Definitions): Promise<Pooled> {
  if (definitions.length === 0) return pooled;
  const { servers } = pooled.running;
  await withClient(servers, (request) => define({ request }, ...definitions));
  return { ...pooled, definitions, initial: await readEntries(servers.etcdUrl) };
}

async function startPooled(): Promise<Pooled> {
  const running = await runCluster();
  // An idle cluster does not keep its process alive; its guard ends it with the process.
  running.unref();
  await untilInitialized(running.servers);
  return { running, definitions: [], initial: await readEntries(running.servers.etcdUrl) };
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
