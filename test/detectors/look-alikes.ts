import type { CorpusService } from '../accuracy/corpus.ts';
import type { Port } from './service.ts';
import { serviceOf } from './service.ts';

/** A kind of thing that stands beside a product, carries its name, and answers none of its queries. */
interface Kind {
  readonly words: readonly string[];
  readonly ports: readonly Port[];
  readonly headless?: boolean;
}

/** Ports as the real ones have them, the product's own among them where charts give it to a helper. */
const kinds: Readonly<Record<string, Kind>> = {
  exporter: {
    words: ['exporter', 'metrics-exporter'],
    ports: [
      ['http', 9114],
      ['http-metrics', 9090],
      ['metrics', 80],
    ],
  },
  metrics: {
    words: ['metrics'],
    ports: [
      ['metrics', 9121],
      ['http-metrics', 8080],
    ],
  },
  operator: {
    words: ['operator', 'controller-manager'],
    ports: [
      ['https', 443],
      ['http', 8080],
      ['metrics', 8443],
    ],
  },
  adapter: {
    words: ['adapter'],
    ports: [
      ['https', 443],
      ['http', 6443],
    ],
  },
  webhook: {
    words: ['webhook', 'admission-webhook', 'webhook-service'],
    ports: [
      ['https', 443],
      ['', 9443],
    ],
  },
  canary: {
    words: ['canary'],
    ports: [
      ['http-metrics', 3500],
      ['http', 80],
    ],
  },
  cache: {
    words: ['cache', 'chunks-cache', 'memcached', 'results-cache'],
    ports: [
      ['memcached-client', 11211],
      ['http-metrics', 9150],
    ],
  },
  agent: {
    words: ['agent'],
    ports: [
      ['http', 5778],
      ['http-metrics', 8080],
      ['web', 9090],
    ],
  },
  gossip: {
    words: ['gossip-ring', 'memberlist', 'gossip'],
    ports: [
      ['tcp', 7946],
      ['gossip-ring', 7946],
    ],
    headless: true,
  },
  sidecar: {
    words: ['sidecar', 'thanos-sidecar'],
    ports: [
      ['grpc', 10901],
      ['http', 10902],
    ],
    headless: true,
  },
  backup: {
    words: ['backup', 'backup-agent'],
    ports: [
      ['http', 8080],
      ['https', 443],
    ],
  },
};

/** How charts write what a thing is. `name` and `component` are label values, `first` begins the Service's name. */
const styles: readonly ((product: string, word: string) => Readonly<Record<string, string>>)[] = [
  (product, word) => ({ 'app.kubernetes.io/name': product, 'app.kubernetes.io/component': word }),
  (product, word) => ({ 'app.kubernetes.io/name': `${product}-${word}`, 'app.kubernetes.io/instance': 'obs' }),
  (product, word) => ({ app: product, component: word, release: 'obs' }),
  (product, word) => ({ app: `${product}-${word}`, chart: `${product}-${word}-1.2.3` }),
  (product, word) => ({ 'k8s-app': `${product}-${word}` }),
  (product) => ({ 'app.kubernetes.io/name': product, 'app.kubernetes.io/instance': 'obs' }),
  (product) => ({ app: product }),
  () => ({}),
];

/** Every kind beside one product, in every style of labels, at every port. */
export function lookAlikesOf(product: string): readonly { readonly kind: string; readonly service: CorpusService }[] {
  return Object.entries(kinds).flatMap(([kind, { words, ports, headless }]) =>
    words.flatMap((word) =>
      styles.flatMap((style) =>
        [`${product}-${word}`, `obs-${product}-${word}`].flatMap((name) =>
          ports.map((port) => ({ kind, service: serviceOf(name, style(product, word), [port], headless) })),
        ),
      ),
    ),
  );
}

/** What stands beside the products in real clusters, by its usual name, with the ports that it has: `name:number`. */
const neighbours = `
  perses http:8080
  loki-operator-controller-manager-metrics-service https:8443
  tempo-operator-webhook-service :443
  grafana-operator-metrics-service metrics:9090
  grafana-operator-metrics http:9090
  opensearch-operator-controller-manager-metrics-service https:8443
  mysql-operator :9443
  messaging-topology-operator-webhook :443
  rabbitmq-cluster-operator-metrics http:9782
  clickhouse-operator-metrics ch-metrics:8888 op-metrics:9999
  kafka-lag-exporter http:8000
  redis-operator metrics:8080
  elastic-webhook-server https:443
  prometheus-adapter https:443
  prometheus-pushgateway http:9091
  prometheus-blackbox-exporter http:9115
  prometheus-statsd-exporter metrics:9102 statsd:9125
  prometheus-msteams http:8080
  alertmanager-discord http:9094
  alertmanager-bot http:8080
  karma http:8080
  promxy http:8082
  argocd-image-updater-metrics metrics:8081
  argo-rollouts-metrics metrics:8090
  argocd-notifications-controller-metrics metrics:9001
  argocd-dex-server http:5556 grpc:5557
  jaeger-operator-metrics https:8443
  jaeger-agent zk:5775 http:5778
  jaeger-collector http:14268 grpc:14250 zipkin:9411 admin:14269
  victoria-metrics-operator http:8080 webhook:9443
  vmauth http:8427
  vmalert http:8880
  vmagent http:8429
  vmgateway http:8431
  vmanomaly http:8490
  vlinsert http:9481
  vlstorage http:9491
  vlagent http:9429
  vminsert http:8480
  vmstorage http:8482 vmselect:8401 vminsert:8400
  vtinsert http:10481
  elasticsearch-hq http:5000
  apm-server http:8200
  fluentd-elasticsearch prometheus:24231
  logstash-elasticsearch beats:5044
  kafka-rest http:8082
  kafka-connect http:8083
  ksqldb-server http:8088
  kafka-cruise-control http:9090
  akhq http:80
  kafdrop http:9000
  kafka-zookeeper tcp-client:2181
  kafka-bridge http:8080
  kafka-jmx jmx:5555
  kafka-controller controller:9093
  mysqld-exporter http:9104
  phpmyadmin http:80
  pmm-server https:443
  pgadmin http:80
  postgres-backup http:8080
  pgbouncer-exporter http:9127
  patroni-metrics http:8008
  patroni-config :8008
  redis-exporter http:9121
  redis-sentinel :26379
  redisinsight http:5540
  redis-metrics http:9121
  mongodb-exporter metrics:9216
  mongodb-agent :8080
  mongodb-arbiter-headless tcp-mongodb:27017
  mongodb-configsvr mongodb:27017
  mongodb-sharded-shard0-headless mongodb:27017
  rabbitmq-exporter http:9419
  rabbitmq-headless epmd:4369
  rabbitmq-mqtt mqtt:1883
  clickhouse-keeper client:9181
  clickhouse-backup http:7171
  clickhouse-exporter http:9116
  chproxy http:9090
  grafana-agent http:80
  grafana-alloy http-metrics:12345
  grafana-alerting gossip:9094
  grafana-mcp http:8000
  grafana-oncall-engine http:8080
  grafana-beyla metrics:9090
  grafana-tempo-vulture http:80
  loki-canary http-metrics:3500
  loki-memberlist tcp:7946
  loki-chunks-cache memcached:11211
  loki-minio http:9000
  loki-compactor http:3100
  loki-ruler http:3100
  loki-index-gateway http:3100
  loki-pattern-ingester http:3100
  loki-bloom-gateway http:3100
  tempo-ingester http:3200
  tempo-compactor http:3200
  tempo-metrics-generator http:3200
  tempo-vulture http:8080
  mimir-ingester http:8080
  mimir-store-gateway http:8080
  mimir-overrides-exporter http:8080
  mimir-rollout-operator http:8001
  mimir-alertmanager http:8080
  mimir-ruler http:8080
  mimir-continuous-test http:8080
  thanos-receive http:10902 remote-write:19291
  thanos-store http:10902 grpc:10901
  thanos-compact http:10902
  thanos-rule http:10902
  thanos-bucket http:10902
  thanos-query-grpc grpc:10901
  opensearch-dashboards http:5601
  opensearch-exporter http:9114
  opensearch-data-prepper http:4900
  pyroscope http:4040
  zipkin http:9411
  opentelemetry-collector otlp:4317
  kiali http:20001 http-metrics:9090
`;

/** Each neighbour under its own name, behind a team's and in front of a word for Services, with and without labels. */
export function neighbourServices(): readonly CorpusService[] {
  return neighbours
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [name = '', ...texts] = line.trim().split(' ');
      const ports = texts.map((text): Port => [text.replace(/:.*/, ''), Number(text.replace(/.*:/, ''))]);
      const labels = [{}, { app: name }, { 'app.kubernetes.io/name': name, 'app.kubernetes.io/instance': 'obs' }];
      const names = [name, `team-${name}`, `${name}-svc`];
      return labels.flatMap((one) => names.map((service) => serviceOf(service, one, ports)));
    });
}
