import { prometheus } from '../../detectors/prometheus.ts';
import type { Candidate } from '../../plugin/discovery/decision.ts';
import { serviceView } from './service-view.ts';

/** A Prometheus as a discovery candidate, given the `namespace/name` of its Service. */
export function candidate(
  key: string,
  change: Partial<Candidate> = {},
  labels: Readonly<Record<string, string>> = {},
): Candidate {
  const [namespace = '', name = ''] = key.split('/');
  return {
    service: serviceView({ namespace, name, labels }),
    detector: prometheus,
    toolset: 'prometheus/metrics',
    instance: key,
    rule: 'product label',
    tier: 2,
    entryPoint: prometheus.entryPoints[0],
    entryPointRank: 0,
    healthPath: null,
    needsCredential: false,
    endpoint: { scheme: 'http', host: `${name}.${namespace}.svc`, port: 9090, path: '', schemeFrom: 'default' },
    ...change,
  };
}
