import { setTimeout as delay } from 'node:timers/promises';
import { endpointSlice, service } from '../cluster/support/backends.ts';
import { buildProgram } from '../cluster/support/program.ts';
import { startArgoCd } from '../e2e/parts/argo-cd.ts';
import type { ArgoCd } from '../e2e/parts/argo-cd.ts';
import { configMapKey, openScene } from '../e2e/support/scene.ts';
import type { Scene } from '../e2e/support/scene.ts';
import { startServe } from '../e2e/support/serve.ts';
import type { Serve } from '../e2e/support/serve.ts';
import { spread } from './measure.ts';
import type { Spread } from './measure.ts';

const changes = 20;
const everyMs = 3_000;
const pollMs = 10;
/** Self-heal's longest pause is 300 s: what has not come by then does not count as a number. */
const patienceMs = 330_000;

/** Twenty changes of one Service, three seconds apart, with Argo CD's own settings. */
export interface LatencyResult {
  readonly changes: number;
  readonly everyMs: number;
  /** From the changed Service to the request for a refresh. */
  readonly requested: Spread;
  /** From the changed Service to the changed ConfigMap. */
  readonly updated: Spread;
  /** From the request to the changed ConfigMap: Argo CD and the plugin. */
  readonly argoCd: Spread;
  /** The same changes with nothing but a hard refresh each; a change that a later one overtook is none. */
  readonly plain: Spread & { readonly reached: number; readonly maxMs: number };
}

export async function benchLatency(): Promise<LatencyResult> {
  const argoCd = await startArgoCd();
  try {
    const program = await buildProgram(argoCd.cluster.folder);
    const [driven, plain] = [await syncedScene(argoCd, 'driven'), await syncedScene(argoCd, 'plain')];
    const serve = await startServe(program, ['--kubeconfig', await argoCd.cluster.kubeconfig()]);
    let samples: readonly Sample[];
    try {
      samples = await series(argoCd, driven, undefined);
    } finally {
      await serve.stop();
    }
    const byRefresh = await series(argoCd, plain, () => plain.refresh('hard'));
    const reached = byRefresh.flatMap(({ updatedMs }) => updatedMs ?? []);
    const requests = samples.map(({ changedAt }) => requestAfter(serve, changedAt));
    return {
      changes,
      everyMs,
      requested: spread(samples.map(({ changedAt }, index) => requests[index]! - changedAt)),
      updated: spread(samples.map(({ updatedMs }) => updatedMs ?? Number.NaN)),
      argoCd: spread(
        samples.map(({ changedAt, updatedMs }, index) => changedAt + (updatedMs ?? Number.NaN) - requests[index]!),
      ),
      plain: { ...spread(reached), reached: reached.length, maxMs: Math.max(...reached) },
    };
  } finally {
    await argoCd.stop();
  }
}

interface Sample {
  /** Wall-clock milliseconds, as the log has them. */
  readonly changedAt: number;
  /** `null` where it never reached the ConfigMap before the next one did. */
  readonly updatedMs: number | null;
}

/** Changes the port again and again, and watches the ConfigMap meanwhile. */
async function series(argoCd: ArgoCd, scene: Scene, afterwards?: () => Promise<unknown>): Promise<Sample[]> {
  const changed: number[] = [];
  const seen = new Map<number, number>();
  const end = new AbortController();
  const watching = watch(scene, seen, end.signal);
  for (let index = 0; index < changes; index += 1) {
    const start = performance.now();
    changed.push(Date.now());
    await argoCd.cluster.apply([service(scene.backends, 'prometheus', 9_100 + index)]);
    void afterwards?.().catch(() => undefined);
    await delay(Math.max(0, everyMs - (performance.now() - start)));
  }
  const deadline = performance.now() + patienceMs;
  while (!seen.has(changes - 1) && performance.now() < deadline) await delay(pollMs);
  end.abort();
  await watching;
  return changed.map((changedAt, index) => {
    const at = seen.get(index);
    return { changedAt, updatedMs: at === undefined ? null : at - changedAt };
  });
}

async function watch(scene: Scene, seen: Map<number, number>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const text = (await scene.configMap())?.data[configMapKey] ?? '';
    const index = Number(/:(9[12]\d\d)"/.exec(text)?.[1]) - 9_100;
    if (index >= 0 && !seen.has(index)) seen.set(index, Date.now());
    await delay(pollMs);
  }
}

function requestAfter(serve: Serve, changedAt: number): number {
  const times = serve.events
    .filter(({ event }) => event === 'refresh-requested')
    .map(({ time }) => Date.parse(String(time)));
  return times.find((time) => time >= changedAt) ?? Number.NaN;
}

async function syncedScene(argoCd: ArgoCd, name: string): Promise<Scene> {
  const scene = await openScene(argoCd, name, { health: { check: 'readiness' } });
  await argoCd.cluster.apply([
    service(scene.backends, 'prometheus', 9_099),
    endpointSlice(scene.backends, 'prometheus', { ready: 1 }),
  ]);
  await scene.create();
  await scene.untilSynced();
  return scene;
}
