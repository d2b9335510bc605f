import { openSearchResource, opsterOpenSearchResource } from './custom-resources/traces-and-search.ts';
import { chart, exactName, label, product, productLike, selectsWithPort, together } from './evidence.ts';
import { elasticsearchApi } from './stores/apis.ts';
import type { Detector } from './types.ts';

const ports = ['http', 'https', 'tcp-rest-api', 'rest-api', '9200'];

/** OpenSearch's REST API, from its operator, its own chart or Bitnami's. Not Dashboards, transport or discovery. */
export const opensearch: Detector = {
  id: 'opensearch',
  title: 'OpenSearch',
  toolset: 'elasticsearch/data',
  byDefault: 'on',
  sources: [
    'https://github.com/opensearch-project/helm-charts/tree/main/charts/opensearch/templates',
    'https://github.com/opensearch-project/opensearch-k8s-operator/tree/main/opensearch-operator/pkg/builders',
    'https://github.com/bitnami/charts/tree/main/bitnami/opensearch/templates',
  ],
  words: ['opensearch'],
  evidence: [
    together('owner and port', {
      owner: ['OpenSearchCluster.opensearch.opster.io', 'OpenSearchCluster.opensearch.org'],
      port: '9200',
    }),
    label('opster.io/opensearch-cluster'),
    label('opensearch.org/opensearch-cluster'),
    ...selectsWithPort(['opster.io/opensearch-cluster', 'opensearch.org/opensearch-cluster'], '9200'),
    product('opensearch'),
    productLike(['opensearch-*', '*-opensearch'], ['tcp-rest-api', 'rest-api', '9200']),
    chart('opensearch'),
    exactName(['opensearch', 'opensearch-cluster-master'], ports),
  ],
  entryPoints: [
    { name: 'coordinating nodes', part: ['coordinating-only', 'coordinating', 'client', '*-coordinating', '*-client'] },
    { name: 'nodes' },
  ],
  otherParts: ['dashboard', 'discovery'],
  ports: { names: ['https', 'http', 'tcp-rest-api', 'rest-api'], numbers: [9200] },
  // The security plugin serves TLS; the project's own chart and operator switch it on.
  scheme: 'https',
  schemes: [{ when: { port: 'tcp-rest-api' }, scheme: 'http', chart: "Bitnami's chart" }],
  probe: { path: '/', contains: ['OpenSearch'] },
  store: elasticsearchApi,
  resources: [openSearchResource, opsterOpenSearchResource],
  pods: { images: 'opensearch' },
};
