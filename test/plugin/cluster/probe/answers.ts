/** What the real products answer to the question that each is asked; PromQL's speak one API, and cannot be told apart. */
export const answers: Readonly<Record<string, string>> = {
  prometheus:
    '{"status":"success","data":{"version":"3.5.0","revision":"8be3a9","branch":"HEAD","goVersion":"go1.24.4"}}',
  thanos: '{"status":"success","data":{"version":"0.39.2","revision":"48cd8b","branch":"HEAD","goVersion":"go1.24.0"}}',
  mimir:
    '{"status":"success","data":{"application":"Grafana Mimir","version":"2.17.0","features":{"ruler_config_api":"true"}}}',
  cortex: '{"status":"success","data":{"resultType":"scalar","result":[1795894776,"1"]}}',
  victoriametrics: '{"status":"success","data":{"version":"2.24.0"}}',
  alertmanager:
    '{"cluster":{"name":"01K3","peers":[],"status":"ready"},"config":{"original":""},"uptime":"2026-01-01T00:00:00Z","versionInfo":{"version":"0.28.1"}}',
  grafana: '{\n  "database": "ok",\n  "version": "12.1.0",\n  "commit": "84b4ff"\n}',
  loki: '{"version":"3.5.0","revision":"2e6b7a","branch":"HEAD","buildDate":"2026-01-01","goVersion":"go1.24.1"}',
  tempo: '{"version":"2.8.1","revision":"ab12cd","branch":"HEAD","buildUser":"","buildDate":"","goVersion":"go1.24.2"}',
  jaeger: '{"data":["checkout","frontend"],"total":2,"limit":0,"offset":0,"errors":null}',
  victorialogs: '{"values":[{"value":"_msg","hits":1033}]}',
  victoriatraces: '{"data":["checkout"],"errors":null,"limit":0,"offset":0,"total":1}',
  elasticsearch:
    '{\n  "name" : "es-0",\n  "cluster_name" : "logs",\n  "version" : {\n    "number" : "8.19.0"\n  },\n  "tagline" : "You Know, for Search"\n}\n',
  opensearch:
    '{\n  "name" : "os-0",\n  "version" : {\n    "distribution" : "opensearch",\n    "number" : "3.1.0"\n  },\n  "tagline" : "The OpenSearch Project: https://opensearch.org/"\n}\n',
  clickhouse: 'Ok.\n',
  rabbitmq: '{"management_version":"4.1.0","rates_mode":"basic","product_name":"RabbitMQ","rabbitmq_version":"4.1.0"}',
  argocd: '{"Version":"v3.5.0+abc","BuildDate":"2026-01-01T00:00:00Z","GoVersion":"go1.25.0"}',
};

/** What stands on a right port and is another: pages, errors with status 200, an API gateway. */
export const impostors: readonly string[] = [
  '<!doctype html><html><head><title>Welcome to nginx!</title></head></html>',
  '{}',
  '{"status":"ok"}',
  '{"message":"no Route matched with those values"}',
  'OK',
  '',
];
