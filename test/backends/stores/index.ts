import { elasticsearch } from './elasticsearch.ts';
import { jaeger } from './jaeger.ts';
import { loki } from './loki.ts';
import { cortex, prometheus, thanos, victoriametrics, vmselect } from './metrics.ts';
import type { StoreKind } from './store.ts';
import { tempo } from './tempo.ts';
import { victorialogs } from './victorialogs.ts';

/** All of them: logs, metrics, traces, and what holds documents. */
export const stores: readonly StoreKind[] = [
  ...[loki, victorialogs, prometheus, victoriametrics, vmselect, thanos, cortex, tempo, jaeger, elasticsearch],
];
