import type { Cases } from './cases.ts';
import { labelled } from './cases.ts';

const svc = 'svc.cluster.local';

/** Logs, traces, search; databases, brokers. */
export const moreCases: Readonly<Record<string, Cases>> = {
  loki: {
    chart: ['loki-monolithic loki-gateway', `http://loki-gateway.loki.${svc}:80`],
    others: [
      [
        'a single binary',
        'l',
        labelled('loki'),
        [
          ['grpc', 9095],
          ['http-metrics', 3100],
        ],
        `http://l.obs.${svc}:3100`,
      ],
      ['the write path', 'l', labelled('loki', 'write'), [['http-metrics', 3100]], null],
      ['Promtail', 'loki-promtail', labelled('promtail'), [['http-metrics', 3101]], null],
    ],
  },
  victorialogs: {
    chart: [
      'vl-cluster-chart vm-victoria-logs-cluster-vlselect',
      `http://vm-victoria-logs-cluster-vlselect.victoria.${svc}:9471`,
    ],
    others: [
      ['a Service without labels', 'victoria-logs', {}, [['', 9428]], `http://victoria-logs.obs.${svc}:9428`],
      ['vlinsert', 'v', labelled('victoria-logs-cluster', 'vlinsert'), [['http', 9481]], null],
    ],
  },
  tempo: {
    chart: ['tempo-single tempo', `http://tempo.tempo.${svc}:3200`],
    others: [
      [
        'a non-default port number',
        't',
        labelled('tempo'),
        [['tempo-prom-metrics', 13200]],
        `http://t.obs.${svc}:13200`,
      ],
      [
        'a Service with only receiver ports',
        't',
        labelled('tempo'),
        [
          ['otlp-grpc', 4317],
          ['zipkin', 9411],
        ],
        null,
      ],
      ['the metrics generator', 't', labelled('tempo', 'metrics-generator'), [['http-metrics', 3200]], null],
      ['an unrelated application named tempo', 'tempo-api', labelled('tempo-api-server'), [['http', 80]], null],
    ],
  },
  jaeger: {
    chart: ['jaeger-operator simplest-query', `http://simplest-query.obs.${svc}:16686`],
    others: [
      [
        'all-in-one',
        'j',
        labelled('jaeger'),
        [
          ['collector-grpc', 14250],
          ['query-http', 16686],
        ],
        `http://j.obs.${svc}:16686`,
      ],
      [
        "Istio's addon, below its path",
        'tracing',
        { app: 'jaeger' },
        [['http-query', 80]],
        `http://tracing.obs.${svc}:80/jaeger`,
      ],
      ['the collector', 'j', labelled('jaeger', 'collector'), [['http', 14268]], null],
      ['Zipkin labelled as Jaeger', 'zipkin', { app: 'jaeger' }, [['http-zipkin', 9411]], null],
    ],
  },
  victoriatraces: {
    chart: [
      'vt-single-chart traces-vt-single-server',
      `http://traces-vt-single-server.vtraces.${svc}:10428/select/jaeger`,
    ],
    others: [['vtinsert', 'v', labelled('vtinsert'), [['http', 10481]], null]],
  },
  elasticsearch: {
    chart: ['eck quickstart-es-http', 'https://quickstart-es-http.elastic-eck.svc:9200'],
    others: [
      [
        'the HTTP port behind a transport port',
        'e',
        labelled('elasticsearch'),
        [
          ['transport', 9300],
          ['http', 9200],
        ],
        `http://e.obs.${svc}:9200`,
      ],
      ['a Service with only a transport port', 'e', labelled('elasticsearch'), [['tls-transport', 9300]], null],
      ['Kibana', 'kibana', { ...labelled('kibana'), 'common.k8s.elastic.co/type': 'kibana' }, [['https', 5601]], null],
      [
        'Elasticsearch, Kibana and Logstash in one image, with the port of Kibana called http',
        'elk',
        { app: 'elk' },
        [
          ['http', 5601],
          ['9200', 9200],
          ['5044', 5044],
        ],
        `http://elk.obs.${svc}:9200`,
      ],
      ['Logstash of such an image alone', 'elk', { app: 'elk' }, [['beats', 5044]], null],
    ],
  },
  opensearch: {
    chart: ['opensearch-chart opensearch-cluster-master', `https://opensearch-cluster-master.opensearch.${svc}:9200`],
    others: [
      [
        "Bitnami's chart, without TLS",
        'o',
        labelled('opensearch'),
        [['tcp-rest-api', 9200]],
        `http://o.obs.${svc}:9200`,
      ],
      ['Dashboards', 'o', labelled('opensearch-dashboards'), [['http', 5601]], null],
    ],
  },
  postgresql: {
    chart: ['cloudnative-pg app-db-rw', `postgresql://app-db-rw.cnpg.${svc}:5432`],
    others: [
      ['a Service without labels', 'postgres', {}, [['', 5432]], `postgresql://postgres.obs.${svc}:5432`],
      ['an exporter', 'p', labelled('postgresql', 'metrics'), [['http-metrics', 9187]], null],
      ['pgAdmin', 'pgadmin', labelled('pgadmin4'), [['http', 80]], null],
    ],
  },
  mysql: {
    chart: ['bitnami-mariadb wp-mariadb', `mysql://wp-mariadb.bn-maria.${svc}:3306`],
    others: [
      ['a Service without labels', 'mysql', {}, [['mysql', 3307]], `mysql://mysql.obs.${svc}:3307`],
      ['phpMyAdmin', 'mysql-phpmyadmin', labelled('phpmyadmin'), [['http', 80]], null],
      [
        'a router on a number of its own',
        'mysql-router-rw',
        { app: 'mysql-router' },
        [['rw-port', 6446]],
        `mysql://mysql-router-rw.obs.${svc}:6446`,
      ],
      ['the number of a router under another name', 'shop', { app: 'shop' }, [['rw-port', 6446]], null],
    ],
  },
  mongodb: {
    chart: ['bitnami-mongodb app-mongodb', `mongodb://app-mongodb.bn-mg.${svc}:27017`],
    others: [
      ['a Service without labels', 'mongo', {}, [['', 27017]], `mongodb://mongo.obs.${svc}:27017`],
      ['an arbiter', 'm', labelled('mongodb', 'arbiter'), [['mongodb', 27017]], null],
      [
        'the router in front of shards, labelled with its own name and a number',
        'mongos1',
        { app: 'mongos1' },
        [['', 27017]],
        `mongodb://mongos1.obs.${svc}:27017`,
      ],
    ],
  },
  clickhouse: {
    chart: ['signoz signoz-clickhouse', `http://signoz-clickhouse.signoz.${svc}:8123`],
    others: [
      [
        'the HTTP port behind a native port',
        'c',
        labelled('clickhouse'),
        [
          ['tcp', 9000],
          ['http', 8123],
        ],
        `http://c.obs.${svc}:8123`,
      ],
      ['Keeper', 'c', labelled('clickhouse-keeper'), [['tcp', 2181]], null],
    ],
  },
  redis: {
    chart: ['bitnami-redis cache-redis-master', `redis://cache-redis-master.bn-redis.${svc}:6379`],
    others: [
      ['a Service without labels', 'redis', {}, [['', 6379]], `redis://redis.obs.${svc}:6379`],
      ['a sentinel', 'r', labelled('redis', 'sentinel'), [['tcp-sentinel', 26379]], null],
      ['a Service named for its sentinels, without their nodes', 'redis-sentinel', {}, [['sentinel', 26379]], null],
      [
        'the nodes beside the sentinels that the Service is named for',
        'redis-sentinel',
        { app: 'redis-sentinel' },
        [
          ['tcp-sentinel', 26379],
          ['tcp-redis', 6379],
        ],
        `redis://redis-sentinel.obs.${svc}:6379`,
      ],
      [
        'nodes that their chart names, in a release called after the sentinels',
        'redis-sentinel-eu',
        { ...labelled('redis', 'node'), 'helm.sh/chart': 'redis-20.6.3' },
        [
          ['tcp-redis', 6379],
          ['tcp-sentinel', 26379],
        ],
        `redis://redis-sentinel-eu.obs.${svc}:6379`,
      ],
      [
        'the headless Service of the nodes beside those sentinels',
        'redis-sentinel-headless',
        { app: 'redis-sentinel' },
        [
          ['tcp-redis', 6379],
          ['tcp-sentinel', 26379],
        ],
        `redis://redis-sentinel-headless.obs.${svc}:6379`,
      ],
      [
        "Argo CD's own Redis, of which only its name says so",
        'argo-cd-redis-ha-haproxy',
        { app: 'redis-ha', release: 'argo-cd', chart: 'redis-ha-4.27.6' },
        [['tcp-haproxy', 6379]],
        null,
      ],
      [
        "Argo CD's own Redis",
        'r',
        { ...labelled('redis'), 'app.kubernetes.io/part-of': 'argocd' },
        [['tcp-redis', 6379]],
        null,
      ],
    ],
  },
  rabbitmq: {
    chart: ['rabbitmq-operator hello', `http://hello.rmq.${svc}:15672`],
    others: [
      [
        'the management port behind an AMQP port',
        'r',
        labelled('rabbitmq'),
        [
          ['amqp', 5672],
          ['http-stats', 15672],
        ],
        `http://r.obs.${svc}:15672`,
      ],
      [
        'a Service with only AMQP and peer ports',
        'r',
        labelled('rabbitmq'),
        [
          ['amqp', 5672],
          ['epmd', 4369],
        ],
        null,
      ],
    ],
  },
  kafka: {
    chart: ['strimzi my-cluster-kafka-bootstrap', `kafka://my-cluster-kafka-bootstrap.kafka.${svc}:9092`],
    others: [
      ['a Service without labels', 'kafka', {}, [['', 9092]], `kafka://kafka.obs.${svc}:9092`],
      [
        'a numbered broker with ports that have their numbers for names',
        'kafka1',
        { app: 'kafka1' },
        [
          ['29092', 29092],
          ['9092', 9092],
        ],
        `kafka://kafka1.obs.${svc}:9092`,
      ],
      ['ZooKeeper', 'kafka-zookeeper', labelled('zookeeper'), [['tcp-client', 2181]], null],
      ['a UI', 'kafka-ui', labelled('kafka-ui'), [['http', 80]], null],
    ],
  },
};
