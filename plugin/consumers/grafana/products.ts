import type { ProductDeclaration } from '../declared/types.ts';

const prometheus = (prometheusType: string): ProductDeclaration => ({
  kind: 'prometheus',
  fields: { jsonData: { httpMethod: 'POST', prometheusType } },
});

/** Data source types that Grafana has built in, by detector. */
export const ownTypes: Readonly<Record<string, ProductDeclaration>> = {
  prometheus: prometheus('Prometheus'),
  victoriametrics: prometheus('Prometheus'),
  thanos: prometheus('Thanos'),
  mimir: prometheus('Mimir'),
  cortex: prometheus('Cortex'),
  alertmanager: {
    kind: 'alertmanager',
    fields: { jsonData: { implementation: 'prometheus', handleGrafanaManagedAlerts: false } },
  },
  loki: { kind: 'loki' },
  tempo: { kind: 'tempo', fields: { jsonData: { nodeGraph: { enabled: true } } } },
  jaeger: { kind: 'jaeger', fields: { jsonData: { nodeGraph: { enabled: true } } } },
  victoriatraces: { kind: 'jaeger', fields: { jsonData: { nodeGraph: { enabled: true } } } },
  elasticsearch: { kind: 'elasticsearch', fields: { jsonData: { timeField: '@timestamp' } } },
  mysql: { kind: 'mysql', needsCredential: true },
  postgresql: {
    kind: 'grafana-postgresql-datasource',
    needsCredential: true,
    fields: { jsonData: { sslmode: 'disable' } },
  },
};

/** Data source types of plugins from Grafana's catalogue, which have to be installed. */
export const pluginTypes: Readonly<Record<string, ProductDeclaration>> = {
  opensearch: {
    kind: 'grafana-opensearch-datasource',
    fields: { jsonData: { flavor: 'opensearch', version: '1.0.0', timeField: '@timestamp', pplEnabled: true } },
  },
  victorialogs: { kind: 'victoriametrics-logs-datasource' },
  clickhouse: { kind: 'grafana-clickhouse-datasource', needsCredential: true },
  redis: { kind: 'redis-datasource' },
};

/** Types to search for logs, most common first. */
export const logTypes: readonly string[] = [
  'loki',
  'victoriametrics-logs-datasource',
  'elasticsearch',
  'grafana-opensearch-datasource',
];
export const traceTypes: ReadonlySet<string> = new Set(['tempo', 'jaeger']);
