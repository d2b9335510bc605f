import { alertmanager } from './alertmanager.ts';
import { argocd } from './argocd.ts';
import { clickhouse } from './clickhouse.ts';
import { cortex } from './cortex.ts';
import { elasticsearch } from './elasticsearch.ts';
import { grafana } from './grafana.ts';
import { jaeger } from './jaeger.ts';
import { kafka } from './kafka.ts';
import { loki } from './loki.ts';
import { mimir } from './mimir.ts';
import { mongodb } from './mongodb.ts';
import { mysql } from './mysql.ts';
import { opensearch } from './opensearch.ts';
import { postgresql } from './postgresql.ts';
import { prometheus } from './prometheus.ts';
import { rabbitmq } from './rabbitmq.ts';
import { redis } from './redis.ts';
import { tempo } from './tempo.ts';
import { thanos } from './thanos.ts';
import type { CustomResource, Detector } from './types.ts';
import { victorialogs } from './victorialogs.ts';
import { victoriametrics } from './victoriametrics.ts';
import { victoriatraces } from './victoriatraces.ts';

/**
 * Order is precedence: it decides where two detectors claim one Service on equal evidence, and where a toolset takes
 * only one backend. Frontends of metrics stores come before the Prometheus that they read from.
 */
const byPrecedence: readonly Detector[] = [
  thanos,
  mimir,
  cortex,
  victoriametrics,
  prometheus,
  alertmanager,
  grafana,
  loki,
  victorialogs,
  tempo,
  jaeger,
  victoriatraces,
  elasticsearch,
  opensearch,
  postgresql,
  mysql,
  mongodb,
  clickhouse,
  redis,
  rabbitmq,
  kafka,
  argocd,
];

/**
 * Every built-in detector, by precedence. Its evidence is sorted strongest first, whatever the order in its file: the
 * first piece that holds decides, and `rule` names that piece.
 */
export const detectors: readonly Detector[] = byPrecedence.map((detector) => ({
  ...detector,
  evidence: detector.evidence.toSorted((a, b) => a.tier - b.tier),
}));

/** Every custom resource that describes a backend: those that the plugin may read from the API server. */
export const customResources: readonly CustomResource[] = [
  ...new Set(detectors.flatMap(({ resources = [] }) => resources)),
];
