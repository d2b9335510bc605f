import { expect } from 'chai';
import nock from 'nock';
import type { ApplicationView } from '../../../plugin/argocd/application.ts';
import type { RequestOutcome } from '../../../plugin/serve/argocd/client.ts';
import { createMetrics } from '../../../plugin/serve/metrics/metrics.ts';
import type { Metrics } from '../../../plugin/serve/metrics/metrics.ts';
import { Hub } from '../../../plugin/serve/hub.ts';
import type { HubOptions } from '../../../plugin/serve/hub.ts';
import type { ReflectorHealth } from '../../../plugin/serve/cache/reflector-health.ts';
import { grafana, slice } from '../../support/objects.ts';
import { until } from '../../support/until.ts';
import { application } from './argocd/argo-cd-model.ts';
import { connection, server } from './argocd/fake-connection.ts';
import { clusterModel } from './cluster-model.ts';
import type { ClusterModel } from './cluster-model.ts';
import { generated } from './generated.ts';

const leasePath = '/apis/coordination.k8s.io/v1/namespaces/argocd/leases/serve';
const listed = { synced: true, watching: true, lastError: null, lastCode: null } as ReflectorHealth;

describe('plugin/serve/hub', () => {
  let ended: AbortController;
  let model: ClusterModel;
  let metrics: Metrics;

  beforeEach(() => {
    ended = new AbortController();
    model = clusterModel();
    metrics = createMetrics();
  });

  afterEach(() => {
    ended.abort();
  });

  /** With an out-of-date ConfigMap of this Application. */
  async function open(view: Partial<ApplicationView>, options: Partial<HubOptions>): Promise<Hub> {
    const { caches, cluster, put, putConfigMap, putApplication } = model;
    const hub = new Hub({
      ...{ connection, metrics, ended: ended.signal, signal: ended.signal },
      ...{ scope: 'cluster', configMaps: 'cluster', resyncMs: 600_000, gitHosts: {}, argoCdUrl: null },
      caches: { ...caches, permittedHealth: () => listed },
      policies: { grantOf: () => null, reload: () => Promise.resolve(false) },
      openCluster: null,
      readMembers: () => Promise.resolve([]),
      lease: null,
      emit: () => undefined,
      ...options,
    } as Partial<HubOptions> as HubOptions);
    const prober = (): never => {
      throw new Error('nothing is probed');
    };
    const spec = { health: { check: 'readiness' }, discovery: { evidence: 'off' } };
    putConfigMap(await generated({ name: 'toolsets', spec, cluster, prober }));
    const configMaps = [{ namespace: 'holmesgpt', name: 'toolsets', status: 'Synced' } as const];
    putApplication(application({ ...view, configMaps }));
    for (const object of [grafana(), slice(grafana())]) put(object);
    return hub;
  }

  it('stops reporting that an Application needs action once another replica leads', async () => {
    let holderIdentity = 'this';
    const lease = (): object => ({ metadata: {}, spec: { holderIdentity, leaseDurationSeconds: 10 } });
    nock(server.origin).get(leasePath).reply(200, lease).persist();
    nock(server.origin)
      .put(leasePath)
      .reply(() => [holderIdentity === 'this' ? 200 : 409, lease()])
      .persist();
    const election = { namespace: 'argocd', name: 'serve', identity: 'this', retryMs: 20 };
    const hub = await open({ deleting: true }, { lease: election });
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

  it('keeps no history of an Application that is deleted during a request', async () => {
    const requested = Promise.withResolvers<undefined>();
    const answer = Promise.withResolvers<RequestOutcome>();
    const refresh = (): Promise<RequestOutcome> => {
      requested.resolve(undefined);
      return answer.promise;
    };
    const hub = await open({}, { argoCd: { refresh, sync: () => Promise.resolve('accepted') } });
    const running = hub.run();
    await requested.promise;
    await until('every ConfigMap has been evaluated', () => hub.clusters.own.readModel !== null);

    model.removeApplication('argocd/one');
    answer.resolve('changed');
    ended.abort();
    await running;

    expect(hub.clusters.own.readModel?.requestHistory.of('argocd/one').lastRequest).to.equal(null);
  });
});
