import nock from 'nock';
import { createMetrics } from '../../../plugin/serve/metrics/metrics.ts';
import { Hub } from '../../../plugin/serve/hub.ts';
import type { HubOptions } from '../../../plugin/serve/hub.ts';
import type { ReflectorHealth } from '../../../plugin/serve/cache/reflector-health.ts';
import { grafana, slice } from '../../support/objects.ts';
import { until } from '../../support/until.ts';
import { application } from './argocd/argo-cd-model.ts';
import { connection, server } from './argocd/fake-connection.ts';
import { clusterModel } from './cluster-model.ts';
import { generated } from './generated.ts';

const leasePath = '/apis/coordination.k8s.io/v1/namespaces/argocd/leases/serve';
const listed = { synced: true, watching: true, lastError: null, lastCode: null } as ReflectorHealth;

describe('plugin/serve/hub', () => {
  const ended = new AbortController();

  afterEach(() => {
    ended.abort();
  });

  it('stops reporting that an Application needs action once another replica leads', async () => {
    let holderIdentity = 'this';
    const lease = (): object => ({ metadata: {}, spec: { holderIdentity, leaseDurationSeconds: 10 } });
    nock(server.origin).get(leasePath).reply(200, lease).persist();
    nock(server.origin)
      .put(leasePath)
      .reply(() => [holderIdentity === 'this' ? 200 : 409, lease()])
      .persist();
    const { caches, cluster, put, putConfigMap, putApplication } = clusterModel();
    const metrics = createMetrics();
    const hub = new Hub({
      ...{ connection, metrics, ended: ended.signal, signal: ended.signal },
      ...{ scope: 'cluster', configMaps: 'cluster', resyncMs: 600_000, gitHosts: {}, argoCdUrl: null },
      caches: { ...caches, permittedHealth: () => listed },
      policies: { grantOf: () => null, reload: () => Promise.resolve(false) },
      openCluster: null,
      readMembers: () => Promise.resolve([]),
      lease: { namespace: 'argocd', name: 'serve', identity: 'this', retryMs: 20 },
      emit: () => undefined,
    } as Partial<HubOptions> as HubOptions);
    const prober = (): never => {
      throw new Error('nothing is probed');
    };
    const spec = { health: { check: 'readiness' }, discovery: { evidence: 'off' } };
    putConfigMap(await generated({ name: 'toolsets', spec, cluster, prober }));
    const configMaps = [{ namespace: 'holmesgpt', name: 'toolsets', status: 'Synced' } as const];
    putApplication(application({ deleting: true, configMaps }));
    for (const object of [grafana(), slice(grafana())]) put(object);
    const needsAction = async (): Promise<string> => {
      const text = await metrics.registry.getSingleMetricAsString('toolset_configmap_needs_action');
      return text.split('\n').at(-1)?.split(' ').at(-1) ?? '';
    };

    const running = hub.run();
    await until('it leads, and the Application needs action', async () => (await needsAction()) === '1');
    holderIdentity = 'another';
    await until('the alert is left to the other replica', async () => (await needsAction()) === '0');

    ended.abort();
    await running;
    await hub.clusters.closed();
  });
});
