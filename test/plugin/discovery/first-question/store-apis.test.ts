import { expect } from 'chai';
import { detectors } from '../../../../detectors/index.ts';
import { tenantWord } from '../../../../detectors/stores/tenants.ts';
import { meanings } from '../../../../detectors/stores/types.ts';

/** What stores of each product are asked. */
describe('plugin/discovery/first-question/store-apis', () => {
  const apis = detectors.flatMap(({ id, store }) => (store ? [{ id, store }] : []));

  it('lists exactly the products that a model queries by label names', () => {
    expect(apis.map(({ id }) => id).sort()).to.deep.equal(
      [
        ...['cortex', 'elasticsearch', 'loki', 'mimir', 'opensearch', 'prometheus'],
        ...['tempo', 'thanos', 'victorialogs', 'victoriametrics'],
      ].sort(),
    );
  });

  for (const { id, store } of apis) {
    it(`lists names for ${id} that are safe to print, each once`, () => {
      for (const meaning of meanings) {
        const names = store.labels[meaning] ?? [];

        expect(names, meaning).not.to.have.lengthOf(0);
        expect(new Set(names).size, meaning).to.equal(names.length);
      }
      const all = [...Object.values(store.labels).flat(), ...store.clusterLabels];
      expect(all.filter((name) => !/^[A-Za-z_][A-Za-z0-9_.:@/-]{0,127}$/.test(name))).to.deep.equal([]);
      expect(store.tenants.every((tenant) => tenantWord(store.tenantKind, tenant) === tenant)).to.equal(true);
    });

    it(`asks ${id} only by known read-only paths, each under 4,000 characters`, () => {
      const asked = [...store.names, ...(store.clusters ? [store.clusters] : [])].map(({ path }) => path);
      const paths = [...asked, ...(store.tenantList === undefined ? [] : [store.tenantList])];

      for (const path of paths) {
        const { pathname, search } = new URL(`http://store${path}`);
        expect((pathname + search).length).to.be.below(4_000);
        expect(pathname).to.match(
          /^\/(?:loki\/api\/v1\/(?:labels|index\/volume)|api\/v1\/(?:labels|query)|api\/(?:v2\/)?search\/tags|select\/(?:tenant_ids|logsql\/(?:field_names|hits))|_field_caps)$/,
        );
      }
    });
  }

  it('limits VictoriaLogs queries to recent data, as its probe does, so that it does not read every block', () => {
    const { probe, store } = detectors.find(({ id }) => id === 'victorialogs')!;
    const asked = [probe!.path, ...store!.names.map(({ path }) => path), store!.clusters!.path, store!.tenantList!];

    for (const path of asked) expect(path).to.match(/[?&](?:query=_time:1[mh]|start=1d)(?:&|$)/);
  });
});
