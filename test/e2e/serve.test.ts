import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import { endpointSlice, service } from '../cluster/backends.ts';
import { buildProgram, toolsetYaml } from '../cluster/program.ts';
import { hasArgoCd, startArgoCd } from './argo-cd.ts';
import type { ArgoCd } from './argo-cd.ts';
import { startServe } from './serve.ts';
import type { Serve } from './serve.ts';

describe('e2e/serve', () => {
  let argoCd: ArgoCd;
  let serve: Serve;

  before(async function () {
    if (!hasArgoCd()) this.skip();
    argoCd = await startArgoCd();
    const program = await buildProgram(argoCd.cluster.folder);
    await argoCd.repository.commit({ 'one/toolset.yaml': toolsetYaml({ health: { check: 'readiness' } }) });
    await argoCd.cluster.apply([
      service('monitoring', 'prometheus', 9090),
      endpointSlice('monitoring', 'prometheus', { ready: 1 }),
    ]);
    await argoCd.applications.create('one', { path: 'one' });
    await argoCd.applications.untilSynced('one');
    serve = await startServe(program, ['--kubeconfig', await argoCd.cluster.kubeconfig(), '--log-level', 'debug']);
  });

  after(async () => {
    await (serve as Serve | undefined)?.stop();
    await (argoCd as ArgoCd | undefined)?.stop();
  });

  it('brings a new backend into the ConfigMap', async () => {
    for (let i = 0; i < 6; i++) {
      const from = serve.events.length;
      const t = performance.now();
      await argoCd.cluster.apply([
        service(`team-${i}`, 'prometheus', 9090),
        endpointSlice(`team-${i}`, 'prometheus', { ready: 1 }),
      ]);
      const r = await serve.until('refresh', ({ event }) => event === 'refresh-requested', from);
      const t1 = performance.now();
      await serve.until('current', ({ event }) => event === 'configmap-current', from);
      console.log(i, t1 - t, performance.now() - t, r.result);
      await delay(1500);
    }
    console.log(serve.events.map((e) => JSON.stringify(e)).join('\n'));
    const path = '/api/v1/namespaces/holmesgpt/configmaps/custom-toolsets-configmap';
    const answer = await argoCd.cluster.request('GET', path);
    expect(JSON.stringify(answer.body)).to.include('http://prometheus.team-5.svc.cluster.local:9090');
  });
});
