import { grafana } from './grafana.ts';
import { prometheus } from './prometheus.ts';
import type { Detector } from './types.ts';

/** Every built-in detector. Order is precedence where two claim one Service on equal evidence. */
export const detectors: readonly Detector[] = [prometheus, grafana];
