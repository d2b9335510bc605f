import { expect } from 'chai';
import type { ServiceView } from '../../../detectors/types.ts';
import type { NamespaceScope } from '../../../plugin/cluster/types.ts';
import { serviceView } from '../../../plugin/cluster/projections.ts';
import type { CollectionName, ManagedConfigMap } from '../../../plugin/serve/cache/index.ts';
import { healthRecord, worstOf } from '../../../plugin/serve/cache/reflector-health.ts';
import { createStore } from '../../../plugin/serve/cache/store.ts';
import { warmCluster } from '../../../plugin/serve/warm-cluster.ts';
import { failure } from '../../support/failure.ts';
import { versionOf } from '../../support/watch-server.ts';

const endpoints = { ready: 1, notReady: 0, changedAt: null, ports: {} };
const clock = { now: () => 0 };

/** Two Services, one of which has endpoints, and a ConfigMap. All is synced, but for what is named. */
function cluster(scope: NamespaceScope, unsynced: readonly CollectionName[] = []): ReturnType<typeof warmCluster> {
  const services = createStore<ServiceView>(() => undefined);
  for (const namespace of ['one', 'two']) {
    const object = { ...versionOf('web', 1), metadata: { namespace, name: 'web' } };
    services.put({ key: `${namespace}/web`, version: '1', view: serviceView(object)! });
  }
  const configMaps = createStore<ManagedConfigMap>(() => undefined);
  const annotations = { 'kubernaut.io/toolset-digest': 'sha256:1' };
  configMaps.put({
    ...{ key: 'one/toolsets', version: '1' },
    view: { namespace: 'one', name: 'toolsets', labels: {}, annotations },
  });
  const health = (collection: CollectionName): ReturnType<typeof worstOf> => {
    const record = healthRecord(clock);
    if (!unsynced.includes(collection)) record.synced();
    else record.ended('unreachable', null);
    return record.read();
  };
  const namespaces = createStore<{ name: string; labels: Record<string, string> }>(() => undefined);
  const endpointsOf = (key: string): typeof endpoints | undefined => (key === 'one/web' ? endpoints : undefined);
  return warmCluster({ scope, services, endpointsOf, namespaces, configMaps, health }, () => 42);
}

describe('plugin/serve/warm-cluster', () => {
  it('answers from what was watched', async () => {
    const warm = cluster('cluster');
    const services = await warm.services('cluster');

    expect(services.map(({ namespace }) => namespace)).to.deep.equal(['one', 'two']);
    expect((await warm.services(['two'])).map(({ namespace }) => namespace)).to.deep.equal(['two']);
    expect([...(await warm.endpoints(services, 'cluster'))]).to.deep.equal([['one/web', endpoints]]);
    expect(await warm.configMap({ namespace: 'one', name: 'toolsets' })).to.deep.equal({
      annotations: { 'kubernaut.io/toolset-digest': 'sha256:1' },
      data: {},
    });
    expect(await warm.configMap({ namespace: 'two', name: 'toolsets' })).to.equal(null);
    expect(warm.now()).to.equal(42);
  });

  for (const collection of ['services', 'endpoints', 'namespaces', 'configMaps'] as const) {
    it(`answers nothing before ${collection} were listed, for that would read as gone`, async () => {
      const warm = cluster('cluster', [collection]);

      const error = await failure(() => warm.services('cluster'));

      expect(error.code).to.equal('CLUSTER_UNREACHABLE');
      expect((await failure(() => warm.configMap({ namespace: 'one', name: 'toolsets' }))).code).to.equal(error.code);
    });
  }

  it('answers whether or not there are Applications, which no discovery reads', async () => {
    expect(await cluster('cluster', ['applications']).services('cluster')).to.have.length(2);
  });

  it('refuses to answer for namespaces that are not watched', async () => {
    const warm = cluster(['one', 'two']);

    expect(await warm.services(['one'])).to.have.length(1);
    const outside = await failure(() => warm.services(['one', 'three', 'four']));
    expect(outside).to.include({ code: 'CLUSTER_FORBIDDEN', message: 'serve does not watch three, four' });
    expect((await failure(() => warm.services('cluster'))).message).to.equal('serve does not watch the whole cluster');
    expect((await failure(() => warm.namespaces())).message).to.equal('serve does not watch the whole cluster');
  });
});

describe('plugin/serve/reflector-health', () => {
  it('is, of several, as bad as the worst of them, since that one is', () => {
    let now = 10;
    const records = [healthRecord({ now: () => now }), healthRecord({ now: () => now })];
    for (const record of records) {
      record.synced();
      record.opened();
    }
    now = 20;
    records[1]!.ended('closed', null);

    const together = worstOf(records.map((record) => record.read()));

    expect(together).to.include({ synced: true, watching: false, since: 20, lastError: null });
    expect(together.restarts).to.include({ closed: 1, failed: 0 });
  });

  it('is good of nothing', () => {
    expect(worstOf([])).to.include({ synced: true, watching: true, lastError: null });
  });
});
