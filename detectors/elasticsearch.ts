import { elasticsearchResource } from './custom-resources/traces-and-search.ts';
import { chart, exactName, owner, product, productLike, selectsWithPort, together } from './evidence.ts';
import { elasticsearchApi } from './stores/apis.ts';
import type { Detector } from './types.ts';

const ports = ['http', 'https', 'tcp-rest-api', 'rest-api', '9200'];

/** Elasticsearch's REST API: ECK, Elastic's and Bitnami's charts, manifests. Not transport, exporters or Kibana. */
export const elasticsearch: Detector = {
  id: 'elasticsearch',
  title: 'Elasticsearch',
  toolset: 'elasticsearch/data',
  byDefault: 'on',
  sources: [
    'https://github.com/elastic/cloud-on-k8s/tree/main/pkg/controller/elasticsearch/services',
    'https://github.com/openshift/elasticsearch-operator/blob/master/internal/elasticsearch/service.go',
    'https://github.com/elastic/helm-charts/blob/main/elasticsearch/templates/service.yaml',
    'https://github.com/bitnami/charts/tree/main/bitnami/elasticsearch/templates',
  ],
  words: ['elasticsearch', 'elastic-search'],
  abbreviations: ['es', 'elastic'],
  evidence: [
    owner('Elasticsearch.elasticsearch.k8s.elastic.co', 'Elasticsearch.logging.openshift.io'),
    together('operator label', { labels: { 'common.k8s.elastic.co/type': 'elasticsearch' } }),
    ...selectsWithPort(['elasticsearch.k8s.elastic.co/cluster-name'], '9200'),
    product('elasticsearch'),
    productLike(['elasticsearch-*', '*-elasticsearch'], ['tcp-rest-api', 'rest-api', '9200']),
    productLike(['elastic-search', '*-elastic-search'], '9200'),
    together('component label and port', { component: 'elasticsearch', port: ports }),
    chart('elasticsearch'),
    exactName(['elasticsearch', 'elasticsearch-master', 'elasticsearch-client'], ports),
  ],
  entryPoints: [
    { name: 'coordinating nodes', part: ['coordinating-only', 'coordinating', 'client', '*-coordinating', '*-client'] },
    { name: 'nodes' },
    { name: 'ingest nodes', part: 'ingest' },
  ],
  otherParts: ['kibana', 'curator', 'logstash', 'apm', 'discovery', 'remote', 'head', 'cerebro'],
  ports: { names: ['https', 'http', 'tcp-rest-api', 'rest-api', 'db', 'api'], numbers: [9200], others: [5601] },
  scheme: 'http',
  schemes: [
    // Version 8 of Elastic's own chart serves TLS; no other chart writes its name without a version.
    { when: { labels: { chart: 'elasticsearch', app: '*' } }, scheme: 'https', chart: "Elastic's chart" },
    // Elastic's operator names the port of its own Services https or http; Services that users add may have any name.
    {
      when: { labels: { 'common.k8s.elastic.co/type': 'elasticsearch' } },
      scheme: 'http',
      chart: "Elastic's operator",
    },
    {
      when: { selector: { 'elasticsearch.k8s.elastic.co/cluster-name': '*' } },
      scheme: 'https',
      chart: "Elastic's operator",
    },
    { when: { owner: 'Elasticsearch.logging.openshift.io' }, scheme: 'https', chart: "OpenShift's operator" },
  ],
  probe: { path: '/', contains: ['"tagline":"YouKnow,forSearch"'] },
  store: elasticsearchApi,
  resources: [elasticsearchResource],
  pods: { images: ['elasticsearch', 'elasticsearch-oss', 'elasticsearch-wolfi'] },
};
