import { setTimeout as delay } from 'node:timers/promises';
import { startCluster } from '../../cluster/parts/cluster.ts';
import type { Cluster } from '../../cluster/parts/cluster.ts';
import { forEachParallel } from '../../cluster/parts/objects.ts';
import type { KubeObject } from '../../cluster/parts/objects.ts';
import { endpointSlice, service } from '../../cluster/support/backends.ts';
import { applications, hubScene } from '../../cluster/support/hub-scene.ts';
import type { HubScene } from '../../cluster/support/hub-scene.ts';
import type { Serve } from '../../e2e/support/serve.ts';
import { until } from '../../support/until.ts';
import { spread } from '../measure.ts';
import type { Spread } from '../measure.ts';
import { idleShareOf, restOf, rssOf } from '../process-usage.ts';
import type { Rest } from '../process-usage.ts';
import { realisticServices } from '../services.ts';
import { realisticSlices, seedRealistic } from '../slices.ts';
import { startRecordedCluster } from './recorded-cluster.ts';
import type { Recorded, RecordedCluster } from './recorded-cluster.ts';
import { copyOf } from './seed-many.ts';

const clusters = 100;
const services = 1_000;
const away = 10;
const changes = 30;
const betweenMs = 3_000;
const inHub = { server: 'https://kubernetes.default.svc' };

/** `serve` for a hub and its spokes, with an Application for each cluster. */
export interface ManyClustersResult extends Rest {
  readonly clusters: number;
  readonly services: number;
  /** From the start of the process until every cluster is listed. */
  readonly listedMs: number;
  /** So many clusters are away, some of which refuse, some of which hang, while Services of the others change. */
  readonly away: number;
  readonly changes: number;
  /** From the changed Service to the request for a refresh. */
  readonly requested: Spread;
  readonly slowestMs: number;
  readonly awayIdleShare: number;
  readonly awayRssMB: number;
}

export async function benchManyClusters(): Promise<ManyClustersResult> {
  const scene = await hubScene();
  const started: (Cluster | RecordedCluster)[] = [scene.hub];
  try {
    const real = [await startCluster(), await startCluster()];
    started.push(...real);
    for (const cluster of [scene.hub, ...real]) {
      await seedRealistic(cluster, services);
      await cluster.apply([
        service('changing', 'prometheus', 9_099),
        endpointSlice('changing', 'prometheus', { ready: 1 }),
      ]);
    }
    await manage(scene, 'hub', scene.hub);
    for (const [index, cluster] of real.entries()) {
      await scene.admit(`real-${String(index)}`, cluster, cluster.adminToken);
      await manage(scene, `real-${String(index)}`, cluster);
    }
    const recording = await record(real[0]!);
    const recorded: RecordedCluster[] = [];
    for (let index = 0; index < clusters - 3; index += 1) {
      const cluster = await startRecordedCluster(othersOf(recording, index + 1));
      recorded.push(cluster);
      started.push(cluster);
      await scene.admit(`recorded-${String(index)}`, cluster, 'bench');
    }
    await forEachParallel(recorded, async (cluster) => {
      await manage(scene, `recorded-${String(recorded.indexOf(cluster))}`, cluster);
    });
    return await measureServe(scene, real, recorded);
  } finally {
    for (const cluster of started) await cluster.stop();
  }
}

async function manage(scene: HubScene, name: string, applied: Pick<Cluster, 'apply'>): Promise<void> {
  const isHub = applied === scene.hub;
  await scene.manage(name, {
    applied,
    destination: isHub ? inHub : { name },
    spec: isHub ? { cluster: undefined } : {},
  });
}

async function measureServe(
  scene: HubScene,
  real: readonly Cluster[],
  recorded: readonly RecordedCluster[],
): Promise<ManyClustersResult> {
  const start = performance.now();
  const serve = await scene.start();
  try {
    await until('all clusters are listed', () => count(serve, 'cluster-readable') === clusters - 1);
    const listedMs = performance.now() - start;
    const rest = await restOf(serve.pid, clusters);
    for (const [index, cluster] of recorded.slice(0, away).entries())
      await cluster.leave(index % 2 === 0 ? 'refuse' : 'hang');
    await until('they are told as away', () => count(serve, 'cluster-unreadable') === away);
    const samples = await change(scene, serve, [scene.hub, ...real]);
    return {
      clusters,
      services,
      listedMs,
      ...rest,
      away,
      changes,
      requested: spread(samples),
      slowestMs: Math.max(...samples),
      awayIdleShare: await idleShareOf(serve.pid),
      awayRssMB: rssOf(serve.pid),
    };
  } finally {
    await serve.stop();
  }
}

function count({ events }: Serve, name: string): number {
  return events.filter(({ event }) => event === name).length;
}

/** Changes a backend of one real cluster after the other; after each, what Argo CD would do is done. */
async function change(scene: HubScene, serve: Serve, real: readonly Cluster[]): Promise<readonly number[]> {
  const samples: number[] = [];
  for (let index = 0; index < changes; index += 1) {
    const cluster = real[index % real.length]!;
    const name = cluster === scene.hub ? 'hub' : `real-${String((index % real.length) - 1)}`;
    const from = serve.events.length;
    const changedAt = Date.now();
    await cluster.apply([service('changing', 'prometheus', 9_100 + index)]);
    const { time } = await serve.until('refresh-requested', { application: `argocd/${name}` }, from);
    samples.push(Date.parse(String(time)) - changedAt);
    await manage(scene, name, cluster);
    const done = { metadata: { annotations: { 'argocd.argoproj.io/refresh': null } } };
    await scene.hub.request('PATCH', `${applications}/${name}`, done, { contentType: 'application/merge-patch+json' });
    await delay(betweenMs);
  }
  return samples;
}

interface Recording {
  readonly services: readonly KubeObject[];
  readonly slices: readonly KubeObject[];
  readonly namespaces: readonly KubeObject[];
}

async function record({ request }: Cluster): Promise<Recording> {
  const list = async (path: string): Promise<readonly KubeObject[]> =>
    ((await request('GET', path)).body as { readonly items: readonly KubeObject[] }).items;
  return {
    services: await list('/api/v1/services'),
    slices: await list('/apis/discovery.k8s.io/v1/endpointslices'),
    namespaces: await list('/api/v1/namespaces'),
  };
}

/** The same backends, among applications of other names. */
function othersOf(recording: Recording, cluster: number): Recorded {
  const others = (): readonly KubeObject[] => realisticServices(services, cluster * services);
  const like = (recorded: readonly KubeObject[], objects: readonly KubeObject[]): readonly KubeObject[] => {
    const template = recorded.find(({ metadata }) => metadata.namespace?.startsWith('team-') === true)!;
    return objects.map((one) => ({
      ...copyOf(template, one),
      metadata: { ...copyOf(template, one).metadata, resourceVersion: '900' },
    }));
  };
  return {
    services: () => like(recording.services, others()),
    endpointslices: () => like(recording.slices, realisticSlices(others())),
    namespaces: () => recording.namespaces,
  };
}
