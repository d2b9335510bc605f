import { setTimeout as delay } from 'node:timers/promises';
import { service } from '../cluster/support/backends.ts';
import { startArgoCd } from '../e2e/parts/argo-cd.ts';
import type { ArgoCd } from '../e2e/parts/argo-cd.ts';
import { configMapKey, openScene } from '../e2e/support/scene.ts';
import type { Scene } from '../e2e/support/scene.ts';
import { median, spread } from './measure.ts';
import type { Spread } from './measure.ts';
import { realisticServices } from './services.ts';
import { peakWhile } from './sidecar-memory.ts';
import type { Peak } from './sidecar-memory.ts';

const services = 500;
const changes = 20;
const applications = 20;
const rounds = 3;
const pollMs = 5;

/** `generate` inside the real Argo CD. */
export interface ArgoCdResult {
  readonly services: number;
  readonly changes: number;
  /** From a hard refresh until Argo CD knows the new manifest. */
  readonly detected: Spread;
  /** From the hard refresh until the ConfigMap has changed, with a sync as soon as the manifest is known. */
  readonly updated: Spread;
  /** Of the plugin's process in each of these. */
  readonly own: Spread;
  /** What part of `updated` is the plugin's process: the median over the changes. */
  readonly ownShare: number;
  readonly concurrent: {
    readonly applications: number;
    /** From one hard refresh of all until each has its manifest. */
    readonly each: Spread;
    readonly own: Spread;
    readonly memory: Peak;
  };
}

const spec = { discovery: {}, health: { check: 'none' } };

/** As many Services as a usual cluster has, all of them looked at by every Application. */
export async function benchArgoCd(): Promise<ArgoCdResult> {
  // Its debug log says how long the plugin took.
  const argoCd = await startArgoCd({ sidecar: { env: { ARGOCD_CMP_SERVER_LOGLEVEL: 'debug' } } });
  try {
    await argoCd.cluster.seedServices(realisticServices(services));
    return { services, changes, ...(await measureChanges(argoCd)), concurrent: await measureConcurrent(argoCd) };
  } finally {
    await argoCd.stop();
  }
}

async function measureChanges(
  argoCd: ArgoCd,
): Promise<Pick<ArgoCdResult, 'detected' | 'updated' | 'own' | 'ownShare'>> {
  const scene = await openScene(argoCd, 'changing', spec);
  await scene.create({ automated: null });
  await scene.until('compared', ({ status }) => status?.sync !== undefined);
  await scene.sync();
  const samples = [];
  for (let change = 0; change < changes; change += 1) samples.push(await measureChange(argoCd, scene, 9_000 + change));
  return {
    detected: spread(samples.map(({ detectedMs }) => detectedMs)),
    updated: spread(samples.map(({ updatedMs }) => updatedMs)),
    own: spread(samples.map(({ ownMs }) => ownMs)),
    ownShare: median(samples.map(({ ownMs, updatedMs }) => ownMs / updatedMs)),
  };
}

interface Sample {
  readonly detectedMs: number;
  readonly updatedMs: number;
  readonly ownMs: number;
}

async function measureChange(argoCd: ArgoCd, scene: Scene, port: number): Promise<Sample> {
  await argoCd.cluster.apply([service(scene.backends, 'prometheus', port)]);
  const before = (await durations(argoCd)).length;
  const start = performance.now();
  await scene.refresh('hard');
  const detectedMs = performance.now() - start;
  const synced = scene.sync();
  const url = `http://prometheus.${scene.backends}.svc.cluster.local:${port}`;
  while (!(await scene.configMap())?.data[configMapKey]?.includes(url)) await delay(pollMs);
  const updatedMs = performance.now() - start;
  await synced;
  const [ownMs = Number.NaN] = (await durations(argoCd)).slice(before);
  return { detectedMs, updatedMs, ownMs };
}

async function measureConcurrent(argoCd: ArgoCd): Promise<ArgoCdResult['concurrent']> {
  const scenes: Scene[] = [];
  for (let index = 0; index < applications; index += 1) {
    const scene = await openScene(argoCd, `concurrent-${index}`, spec);
    await scene.create({ automated: null });
    scenes.push(scene);
  }
  for (const scene of scenes) await scene.until('compared', ({ status }) => status?.sync !== undefined);
  const before = (await durations(argoCd)).length;
  const each: number[] = [];
  const sidecar = argoCd.components().find(({ name }) => name === 'argocd-cmp-server')!;
  const memory = await peakWhile(sidecar.pid, async () => {
    for (let round = 0; round < rounds; round += 1) each.push(...(await Promise.all(scenes.map(refreshTime))));
  });
  return { applications, each: spread(each), own: spread((await durations(argoCd)).slice(before)), memory };
}

async function refreshTime(scene: Scene): Promise<number> {
  const start = performance.now();
  const { status } = await scene.refresh('hard');
  if (status?.sync?.status !== 'OutOfSync') throw new Error(`${scene.name}: ${JSON.stringify(status?.conditions)}`);
  return performance.now() - start;
}

/** How long each run of the plugin took so far, in milliseconds. */
async function durations(argoCd: ArgoCd): Promise<readonly number[]> {
  const lines = (await argoCd.log('argocd-cmp-server')).split('\n').filter((line) => line.includes('"duration":'));
  return lines.map((line) => (JSON.parse(line) as { readonly duration: number }).duration / 1e6);
}
