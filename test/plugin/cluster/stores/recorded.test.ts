import { expect } from 'chai';
import { lokiApi, prometheusApi, tenantedPrometheusApi, victoriaLogsApi } from '../../../../detectors/stores/apis.ts';
import { tenantWord } from '../../../../detectors/stores/tenants.ts';
import type { StoreApi } from '../../../../detectors/stores/types.ts';
import { learnedFrom } from '../../../../plugin/discovery/first-question/answer.ts';
import type { Names } from '../../../backends/data/schemes.ts';
import { central, schemes } from '../../../backends/data/schemes.ts';
import type { Recording } from '../../../backends/recordings.ts';
import { readRecordings, recordedStores } from '../../../backends/recordings.ts';
import { tenantIn } from '../../../backends/replay.ts';
import { backends } from '../probe/backends.ts';
import { askStore, storeQuestion } from './store-server.ts';

/** What is learned of the answers of real stores, filled as the usual collectors fill them. */
describe('plugin/cluster/stores/recorded', () => {
  const { http } = backends();
  const stores: readonly (readonly [id: string, api: StoreApi, path: string])[] = [
    ['loki', lokiApi, ''],
    ['cortex', tenantedPrometheusApi, '/prometheus'],
    ['prometheus', prometheusApi, ''],
    ['victoriametrics', prometheusApi, ''],
    ['thanos', prometheusApi, ''],
    ['victorialogs', victoriaLogsApi, ''],
  ];
  const recorded = new Set(recordedStores());

  /** A server that gives the recorded answer for path and tenant, whatever the query. */
  async function portOf({ exchanges, tenant }: Recording): Promise<number> {
    const { port } = await http((request, response) => {
      const kind = tenantOf(request.headers, tenant);
      const path = (target = ''): string => target.split('?')[0] ?? '';
      const found = exchanges.find(
        ({ target, headers }) => path(target) === path(request.url) && tenantOf(headers, tenant) === kind,
      );
      response.writeHead(found?.status ?? 404).end(found?.body ?? '');
    });
    return port;
  }

  function tenantOf(headers: Readonly<Record<string, unknown>>, tenant: string | null): string {
    return tenantIn(headers, tenant ?? '');
  }

  /** Of usual names the first that has data, of a list all of them. */
  function wordsOf({ tenantKind, tenantList }: StoreApi, tenant: string | null): readonly (string | null)[] {
    const words = tenant?.split(',').map((one) => tenantWord(tenantKind, one)) ?? [];
    return tenantList === undefined ? words.slice(0, 1) : words;
  }

  function namesOf(id: string, scheme: string): Names {
    const { loki, victorialogs, metrics } = [...schemes, central].find((one) => one.id === scheme)!;
    if (id === 'victorialogs') return victorialogs;
    if (id !== 'loki') return metrics;
    return loki === 'otlp' ? { namespace: 'k8s_namespace_name', pod: 'k8s_pod_name', service: 'service_name' } : loki;
  }

  for (const [id, api, path] of stores.filter(([id]) => recorded.has(id)))
    for (const recording of readRecordings(id)) {
      const { scheme, tenant, version } = recording;
      const isUsual = tenant === null || tenant.startsWith('1');
      it(`learns ${isUsual ? 'the names' : 'no unusual tenant'} of ${id} ${version}, ${scheme}, tenant ${String(tenant)}`, async () => {
        const port = await portOf(recording);

        const answer = await askStore(storeQuestion(port, api, { url: `http://127.0.0.1:${String(port)}${path}` }));

        if (!isUsual) {
          expect(answer).to.deep.equal({ noFacts: 'Tenant' });
          return;
        }
        const namespaces = new Set(['kube-system', 'observability', 'shop']);
        const learned = 'content' in answer ? learnedFrom(answer.content, { api, namespaces: () => namespaces }) : null;
        const wanted = namesOf(id, scheme);
        expect(learned?.tenants).to.deep.equal(wordsOf(api, tenant));
        expect({ ...learned?.labels, ...wanted }).to.deep.equal(learned?.labels);
        const cluster = scheme === central.id ? { label: 'cluster', value: 'prod-eu' } : undefined;
        expect(learned?.cluster).to.deep.equal(cluster);
      });
    }
});
