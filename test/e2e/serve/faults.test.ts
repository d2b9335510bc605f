import { expect } from 'chai';
import { endpointSlice, service } from '../../cluster/support/backends.ts';
import { startFaultProxy } from '../../cluster/faults/fault-proxy.ts';
import type { FaultProxy } from '../../cluster/faults/fault-proxy.ts';
import type { Fault } from '../../cluster/faults/faults.ts';
import { buildProgram } from '../../cluster/support/program.ts';
import type { Program } from '../../cluster/support/program.ts';
import { until } from '../../support/until.ts';
import { hasArgoCd, startArgoCd } from '../parts/argo-cd.ts';
import type { ArgoCd } from '../parts/argo-cd.ts';
import { openScene, toolsetsIn } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';
import { spawnServe, startServe } from '../support/serve.ts';
import type { Serve } from '../support/serve.ts';

describe('e2e/serve/faults', () => {
  let argoCd: ArgoCd;
  let program: Program;
  let kubeconfig: string;
  const running: Pick<Serve, 'stop'>[] = [];

  before(async function () {
    if (!hasArgoCd()) this.skip();
    argoCd = await startArgoCd();
    program = await buildProgram(argoCd.cluster.folder);
    kubeconfig = await argoCd.cluster.kubeconfig();
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map(({ stop }) => stop()));
  });

  after(async () => {
    // Unset when the suite was skipped.
    await (argoCd as ArgoCd | undefined)?.stop();
  });

  it('acts in only one of two replicas, and in the other one once the first is killed', async () => {
    const scene = await syncedScene('replicas');
    const args = ['--kubeconfig', kubeconfig, '--lease', 'argocd/dynamic-toolset'];
    const [one, other] = [await start(args), await start(args)];
    const [leader, follower] = await Promise.race([
      one.until('leader-elected').then(() => [one, other] as const),
      other.until('leader-elected').then(() => [other, one] as const),
    ]);

    await backend(scene, 'loki', 3100);
    await scene.untilConfigMap('with Loki', (live) => 'grafana/loki' in toolsetsIn(live));
    await follower.until('configmap-up-to-date');
    expect(requestsOf(leader)).to.not.deep.equal([]);
    expect(requestsOf(follower)).to.deep.equal([]);

    await leader.stop('SIGKILL');
    await backend(scene, 'tempo', 3200);
    await follower.until('leader-elected');
    await scene.untilConfigMap('with Tempo', (live) => 'grafana/tempo' in toolsetsIn(live));
  });

  it('releases the lease when it stops, so that the other replica becomes leader', async () => {
    const args = ['--kubeconfig', kubeconfig, '--lease', 'argocd/handed-over'];
    const one = await start(args);
    await one.until('leader-elected');
    const other = await start(args);

    expect(await one.stop()).to.equal(0);
    await other.until('leader-elected');

    expect(one.events.at(-1)).to.include({ event: 'stopped' });
  });

  it('applies changes correctly even when two replicas act at once', async () => {
    const scene = await syncedScene('both');
    const both = [await start(['--kubeconfig', kubeconfig]), await start(['--kubeconfig', kubeconfig])];

    for (const port of [9091, 9092, 9093]) {
      await argoCd.cluster.apply([service(scene.backends, 'prometheus', port)]);
      await scene.untilConfigMap('changed', (live) => JSON.stringify(toolsetsIn(live)).includes(`:${String(port)}`));
      await scene.untilSynced();
    }

    const failures = both.flatMap(({ events }) => events.filter(({ event }) => event === 'request-failed'));
    expect(failures).to.deep.equal([]);
  });

  it('finds changes without watch events, by the next resync', async () => {
    const scene = await syncedScene('deaf');
    // Watches open, and end without having said anything.
    const { proxy, args } = await behindProxy(({ url }) =>
      url.includes('watch=true') && !url.includes('/applications') ? { kind: 'truncate', afterBytes: 0 } : null,
    );
    try {
      const serve = await start([...args, '--resync', '10s']);
      const from = serve.events.length;

      await backend(scene, 'loki', 3100);
      await serve.until('refresh-requested', { application: 'argocd/deaf' }, from);
      await scene.untilConfigMap('with Loki', (live) => 'grafana/loki' in toolsetsIn(live));
    } finally {
      await proxy.stop();
    }
  });

  it('is not ready while the API server is unavailable, and continues once it is back', async () => {
    const scene = await syncedScene('away');
    let isAway = false;
    const { proxy, args } = await behindProxy(() => (isAway ? { kind: 'status', status: 503 } : null));
    let again: FaultProxy | null = null;
    try {
      const serve = await start(args);
      await until('ready', async () => (await readiness(serve)) === 200);
      const from = serve.events.length;

      isAway = true;
      // Ends the watches that are open.
      await proxy.stop();
      await serve.until('watch-failed', { collection: 'services' }, from);
      await backend(scene, 'loki', 3100);
      expect(await readiness(serve)).to.equal(503);
      again = await startFaultProxy(argoCd.cluster, () => null, Number(new URL(proxy.url).port));
      await scene.untilConfigMap('with Loki', (live) => 'grafana/loki' in toolsetsIn(live));

      await until('ready again', async () => (await readiness(serve)) === 200);
    } finally {
      await (again ?? proxy).stop().catch(() => undefined);
    }
  });

  it('exits with 0 whenever it is stopped, from its very start', async () => {
    for (const event of ['started', 'synced', 'leader-elected'] as const) {
      const serve = spawnServe(program, ['--kubeconfig', kubeconfig, '--lease', 'argocd/ending']);
      running.push(serve);
      await serve.until(event);

      expect(await serve.stop(), event).to.equal(0);
      expect(serve.events.at(-1)?.event).to.equal('stopped');
    }
  });

  async function start(args: readonly string[]): Promise<Serve> {
    const serve = await startServe(program, args);
    running.push(serve);
    return serve;
  }

  async function behindProxy(
    fault: (request: { readonly url: string }) => Fault | null,
  ): Promise<{ readonly proxy: FaultProxy; readonly args: readonly string[] }> {
    const proxy = await startFaultProxy(argoCd.cluster, fault);
    return { proxy, args: ['--kubeconfig', await argoCd.cluster.kubeconfig({ server: proxy.url })] };
  }

  async function syncedScene(name: string): Promise<Scene> {
    const scene = await openScene(argoCd, name, { health: { check: 'readiness' } });
    await backend(scene, 'prometheus', 9090);
    await scene.create();
    await scene.untilSynced();
    return scene;
  }

  async function backend(scene: Scene, name: string, port: number): Promise<void> {
    await argoCd.cluster.apply([
      service(scene.backends, name, port),
      endpointSlice(scene.backends, name, { ready: 1 }),
    ]);
  }
});

async function readiness({ url }: Serve): Promise<number> {
  const response = await fetch(`${url}/readyz`);
  await response.body?.cancel();
  return response.status;
}

function requestsOf({ events }: Serve): readonly string[] {
  return events.map(({ event }) => event).filter((event) => event.endsWith('-requested'));
}
