import { expect } from 'chai';
import { allClusters } from '../../../../../plugin/serve/http/auth/cluster-access.ts';
import { explain, listServices } from '../../../../../plugin/serve/http/handlers/services.ts';
import type { ApiOperation } from '../../../../../plugin/serve/http/openapi/operation.ts';
import type { ReadModel } from '../../../../../plugin/serve/http/state/read-model.ts';
import type { ShownCluster } from '../../../../../plugin/serve/http/state/shown-cluster.ts';
import { grafana, prometheus, service, slice } from '../../../../support/objects.ts';
import { application } from '../../argocd/argo-cd-model.ts';
import { clusterModel } from '../../cluster-model.ts';
import { generated } from '../../generated.ts';
import { problemOf } from '../problem-of.ts';
import { nothingProbed, readModelOf } from '../read-model-of.ts';

interface Shown {
  readonly cluster: string;
  readonly configMap: string;
  readonly namespace: string;
  readonly name: string;
  readonly decision: string;
}

describe('plugin/serve/http/handlers/services', () => {
  const ended = new AbortController();
  const unready = prometheus('apps', 'unready');
  const all = [
    ...[grafana(), slice(grafana()), prometheus(), slice(prometheus()), unready, slice(unready, { ready: 0 })],
    ...[service({ namespace: 'apps', name: 'web' }), service({ namespace: 'apps', name: 'prometheus-adapter' })],
  ];

  after(() => {
    ended.abort();
  });

  const modelOf = async (configMaps: readonly string[], cluster = 'in-cluster'): Promise<ReadModel> => {
    const model = clusterModel();
    for (const object of all) model.put(object);
    for (const name of configMaps) {
      const spec = { health: { check: 'readiness' }, discovery: { evidence: 'off' } };
      model.putConfigMap(await generated({ name, spec, cluster: model.cluster, prober: nothingProbed }));
      const owned = [{ namespace: 'holmesgpt', name, status: 'Synced' as const }];
      model.putApplication(application({ name, configMaps: owned }));
    }
    return readModelOf(model, ended.signal, { cluster });
  };
  const call = async (
    operation: ApiOperation,
    models: readonly ReadModel[],
    query: object = {},
    clusters: readonly Partial<ShownCluster>[] = [],
  ): Promise<{ readonly items: readonly Shown[]; readonly page: { readonly total: number } }> => {
    const parsed = operation.query.parse(query);
    const input = { clusters: clusters as readonly ShownCluster[], access: allClusters, path: null, query: parsed };
    const result = await operation.handle(models, { ...input, body: null, caller: null, signal: ended.signal });
    return operation.response.parse(result) as never;
  };
  const named = ({ items }: { readonly items: readonly Shown[] }): readonly string[] =>
    items.map(({ namespace, name, decision }) => `${namespace}/${name} ${decision}`);

  it('lists only the backends of every ConfigMap, sorted by ConfigMap and name', async () => {
    const models = [await modelOf(['b', 'a'])];
    const { items, page } = await call(listServices, models);

    expect(page.total).to.equal(6);
    expect(items.map(({ configMap }) => configMap)).to.deep.equal(
      ['a', 'b'].flatMap((name) => Array<string>(3).fill(`holmesgpt/${name}`)),
    );
    const backends = ['apps/unready unhealthy', 'monitoring/grafana selected', 'monitoring/prometheus selected'];
    expect(named({ items: items.slice(0, 3) })).to.deep.equal(backends);
    expect(
      named(await call(listServices, models, { configMap: 'holmesgpt/a', limit: '1', offset: '1' })),
    ).to.deep.equal(backends.slice(1, 2));
    expect((await call(listServices, models, { configMap: 'holmesgpt/missing' })).items).to.deep.equal([]);
  });

  it('filters the list by namespace or detector', async () => {
    const models = [await modelOf(['a'])];

    expect(named(await call(listServices, models, { namespace: 'apps' }))).to.deep.equal(['apps/unready unhealthy']);
    expect(named(await call(listServices, models, { type: 'grafana' }))).to.deep.equal(['monitoring/grafana selected']);
  });

  it('explains every Service that something points at, and ignored ones on request', async () => {
    const models = [await modelOf(['a'])];
    const usual = [
      ...['apps/prometheus-adapter rejected', 'apps/unready unhealthy'],
      ...['monitoring/grafana selected', 'monitoring/prometheus selected'],
    ];

    expect(named(await call(explain, models))).to.deep.equal(usual);
    expect(named(await call(explain, models, { decision: 'ignored' }))).to.deep.equal(['apps/web ignored']);
    expect(named(await call(explain, models, { decision: ['unhealthy', 'ignored'] }))).to.deep.equal([
      'apps/unready unhealthy',
      'apps/web ignored',
    ]);
    expect(named(await call(explain, models, { order: 'descending' }))).to.deep.equal(usual.toReversed());
  });

  it('finds Services by toolset or case-insensitive text, and sorts them by the given column', async () => {
    const models = [await modelOf(['a'])];
    const found = async (query: object): Promise<readonly string[]> =>
      (await call(explain, models, query)).items.map(({ name }) => name);

    expect(await found({ toolset: 'prometheus/metrics' })).to.deep.equal([
      ...['prometheus-adapter', 'unready', 'prometheus'],
    ]);
    expect(await found({ search: 'GRAFANA.monitoring.svc' })).to.deep.equal(['grafana']);
    expect(await found({ search: 'unReady' })).to.deep.equal(['unready']);
    expect(await found({ sort: 'decision' })).to.deep.equal(['prometheus-adapter', 'grafana', 'prometheus', 'unready']);
    expect(await found({ sort: 'decision', order: 'descending' })).to.deep.equal([
      ...['unready', 'grafana', 'prometheus', 'prometheus-adapter'],
    ]);
    expect(await found({ sort: 'type', decision: 'selected' })).to.deep.equal(['grafana', 'prometheus']);
    expect(await found({ sort: 'toolset', order: 'descending', decision: 'selected' })).to.deep.equal([
      ...['prometheus', 'grafana'],
    ]);
  });

  it('requires the ConfigMap when there are several, since each decides on every Service', async () => {
    const models = [await modelOf(['a', 'b'])];

    expect(await problemOf(() => call(explain, models))).to.equal('invalid-request');
    expect((await call(explain, models, { configMap: 'holmesgpt/b' })).page.total).to.equal(4);
  });

  it("explains a Service in a cluster's own ConfigMap and in a multi-cluster one under the same name", async () => {
    const [models, parts] = [[await modelOf(['a'], 'spoke')], await modelOf(['a'], 'in-cluster')];

    const { items } = await call(explain, models, { search: 'grafana' }, [{ parts }, { parts: null }]);

    expect(items.map(({ cluster }) => cluster)).to.deep.equal(['spoke', 'in-cluster']);
  });
});
