/**
 * Words that name a part which does not answer queries, whatever the product: it writes, stores, rules, gossips,
 * exports, operates, caches or caters for another interface. Compared with whole words of a component label, and
 * with the words that follow the product's own in a Service's name: never with a substring.
 */
export const otherParts: ReadonlySet<string> = new Set([
  ...[
    'write',
    'writer',
    'distributor',
    'ingester',
    'ingest',
    'insert',
    'collector',
    'receive',
    'receiver',
    'pushgateway',
  ],
  ...['store', 'storegateway', 'storage', 'bucket', 'compact', 'compactor', 'replicate', 'index', 'chunks', 'results'],
  ...[
    'rule',
    'ruler',
    'alertmanager',
    'alerting',
    'scheduler',
    'overrides',
    'gossip',
    'ring',
    'memberlist',
    'raft',
    'transport',
  ],
  ...['exporter', 'metrics', 'canary', 'agent', 'sidecar', 'telemetry', 'thanos'],
  ...['operator', 'controller', 'webhook', 'admission', 'adapter', 'reloader', 'provisioner'],
  ...['cache', 'memcached', 'redis', 'kafka', 'zookeeper', 'minio', 'postgresql', 'mysql', 'etcd'],
  ...['backup', 'backups', 'restore', 'snapshot', 'snapshots', 'migration', 'migrations', 'importer', 'bridge'],
  ...['ui', 'console', 'dashboards', 'datasource', 'plugin', 'proxy', 'mcp', 'renderer', 'hotrod'],
]);

/** Last words of names that nobody gives to a server, whatever stands before them. */
export const tellingEnds: ReadonlySet<string> = new Set([
  ...['exporter', 'operator', 'webhook', 'adapter', 'canary', 'memberlist', 'memcached', 'pushgateway'],
]);

/** Names of ports that never answer a product's queries. */
export const otherPorts: readonly string[] = [
  ...[
    '*grpc*',
    '*gossip*',
    '*mesh*',
    '*memberlist*',
    '*transport*',
    '*reloader*',
    '*thrift*',
    '*trft*',
    '*otlp*',
    '*zipkin*',
  ],
  ...['*cluster*', '*peer*', '*raft*', '*ring*', '*remote-write*', '*alert*'],
  ...[
    'metrics',
    'http-metrics',
    'https-metrics',
    '*-metrics',
    'admin*',
    '*debug*',
    '*pprof*',
    '*webhook*',
    'probe',
    'telemetry',
  ],
];

/** Numbers of ports that are never an API, whatever their name: what takes data in, Elasticsearch's transport, gossip. */
export const neverPorts: ReadonlySet<number> = new Set([4317, 4318, 9411, 14250, 14267, 14268, 9300, 7946]);

/** Numbers of ports that are no API unless their name says so: Alertmanager's gossip. */
export const otherPortNumbers: ReadonlySet<number> = new Set([9094]);
