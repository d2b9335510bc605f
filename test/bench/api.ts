import { startManagedScene } from '../cluster/support/managed-scene.ts';
import type { ManagedScene } from '../cluster/support/managed-scene.ts';
import { toolsetYaml } from '../cluster/support/program.ts';
import { startAttack } from './api-attack.ts';
import { load, openStreams, requests } from './api-load.ts';
import type { Latency } from './api-load.ts';
import { cpuOf, rssOf, untilIdle } from './process-usage.ts';
import { realisticServices } from './services.ts';

const services = 10_000;
const streams = 500;

/** The same load under one condition. */
export interface Phase extends Latency {
  readonly name: string;
  /** CPU time of `serve` for one of the requests, with whatever else it did meanwhile. */
  readonly cpuMs: number;
  /** At its end. */
  readonly rssMB: number;
}

export interface ApiResult {
  readonly services: number;
  /** Before the first request. */
  readonly rssMB: number;
  readonly phases: readonly Phase[];
}

/** The API of `serve` with many Services, under a mixed load, beside what disturbs it. */
export async function benchApi(): Promise<ApiResult> {
  const scene = await startManagedScene(async ({ cluster, manage }) => {
    await cluster.seedServices(realisticServices(services));
    await manage('one', { 'toolset.yaml': toolsetYaml({ health: { check: 'none' } }) });
  });
  try {
    const { pid } = scene.serve;
    await untilIdle(pid);
    const rssMB = rssOf(pid);
    return { services, rssMB, phases: await measurePhases(scene) };
  } finally {
    await scene.stop();
  }
}

async function measurePhases({ serve, cluster, tokenFor }: ManagedScene): Promise<readonly Phase[]> {
  const rules = [{ nonResourceURLs: ['/dynamic-toolset/api/*'], verbs: ['get', 'post'] }];
  const token = await tokenFor('reader', rules);
  const attacker = await tokenFor('attacker', rules);
  const phases: Phase[] = [];
  const phase = async (name: string): Promise<void> => {
    const before = cpuOf(serve.pid);
    const latency = await load(serve.url, token);
    const cpuMs = (cpuOf(serve.pid) - before) / requests;
    phases.push({ name, ...latency, cpuMs, rssMB: rssOf(serve.pid) });
  };
  await phase('The first time');
  await phase('Nothing else');
  const change = setInterval(() => {
    const value = String(performance.now());
    void cluster.kubectl(['annotate', '--overwrite', 'service', 'kubernetes', `example.com/change=${value}`]);
  }, 1_000);
  await phase('A Service changes every second').finally(() => {
    clearInterval(change);
  });
  const close = await openStreams(serve.url, token, streams);
  await phase(`${String(streams)} event streams`).finally(close);
  const { stop } = startAttack(serve.url, attacker);
  await phase('Hostile clients').finally(stop);
  await untilIdle(serve.pid);
  await phase('Nothing else again');
  return phases;
}
