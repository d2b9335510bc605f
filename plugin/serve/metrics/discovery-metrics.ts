import { keyOf } from '../../lib/object-key.ts';
import type { ObservedDiscovery } from '../reconcile/evaluation/inputs.ts';
import { serviceType, toolsetType } from './label-values.ts';
import type { Prober, ProbeRequest, ProbeResult } from '../../cluster/probe/probe.ts';
import type { Metrics } from './metrics.ts';
import { gauge } from './metrics.ts';

/** Counts discoveries, and keeps what the gauges need of each ConfigMap's last one, separately for each cluster. */
export interface DiscoveryRecorder {
  readonly open: () => Discoveries;
}

/** The discoveries of one cluster. */
export interface Discoveries {
  /** `null` if it failed. */
  readonly record: (configMap: string, discovery: ObservedDiscovery | null, seconds: number) => void;
  /** Removes a deleted ConfigMap from the gauges. */
  readonly forget: (configMap: string) => void;
  /** Removes this cluster from all metrics. */
  readonly close: () => void;
}

interface LastDiscovery {
  readonly works: boolean;
  readonly detectors: ReadonlySet<string>;
  readonly digest: string;
  /** Services, by `namespace/name`. */
  readonly selected: ReadonlySet<string>;
  /** Services by detector, decision and reason, the labels of the metric. */
  readonly matched: ReadonlyMap<string, number>;
  readonly counts: Readonly<Record<'selected' | 'unhealthy', ReadonlyMap<string, number>>>;
}

const noDiscovery: LastDiscovery = {
  works: true,
  detectors: new Set(),
  digest: '',
  selected: new Set(),
  matched: new Map(),
  counts: { selected: new Map(), unhealthy: new Map() },
};

export function recordDiscoveries(metrics: Metrics): DiscoveryRecorder {
  const clusters = new Set<ReadonlyMap<string, LastDiscovery>>();
  const all = (): readonly LastDiscovery[] => [...clusters].flatMap((last) => [...last.values()]);
  const sum = (
    which: 'selected' | 'unhealthy',
    set: (labels: { service_type: string }, value: number) => void,
  ): void => {
    // Every product in one gauge also appears in the other, with 0 if necessary; without any product there is one
    // series with 0.
    const sums = new Map([['custom', 0]]);
    for (const { counts } of all()) {
      for (const type of [...counts.selected.keys(), ...counts.unhealthy.keys()]) add(sums, type, 0);
      for (const [type, count] of counts[which]) add(sums, type, count);
    }
    for (const [service_type, count] of sums) set({ service_type }, count);
  };
  gauge(metrics, 'toolset_selected_services', (set) => {
    sum('selected', set);
  });
  gauge(metrics, 'toolset_unhealthy_services', (set) => {
    sum('unhealthy', set);
  });
  gauge(metrics, 'toolset_detector_services', (set) => {
    const sums = new Map<string, number>();
    for (const { matched } of all()) for (const [key, count] of matched) add(sums, key, count);
    for (const [key, count] of sums) {
      const [detector_type = '', decision = '', reason = ''] = key.split(' ');
      set({ detector_type, decision, reason }, count);
    }
  });
  gauge(metrics, 'toolset_detectors_health_status', (set) => {
    for (const { works, detectors } of all().toSorted((a, b) => Number(b.works) - Number(a.works)))
      for (const detector_type of detectors) set({ detector_type }, works ? 1 : 0);
  });
  return { open: () => openDiscoveries(metrics, clusters) };
}

function openDiscoveries(metrics: Metrics, clusters: Set<ReadonlyMap<string, LastDiscovery>>): Discoveries {
  const last = new Map<string, LastDiscovery>();
  clusters.add(last);
  return {
    record: (configMap, discovery, seconds) => {
      const before = last.get(configMap) ?? noDiscovery;
      metrics.discoveries.observe({ status: discovery ? 'success' : 'failure' }, seconds);
      last.set(configMap, discovery ? after(before, discovery, metrics) : { ...before, works: false });
    },
    forget: (configMap) => {
      last.delete(configMap);
    },
    close: () => {
      clusters.delete(last);
    },
  };
}

function after(
  before: LastDiscovery,
  { detectors, conclusion, digest, file }: ObservedDiscovery,
  metrics: Metrics,
): LastDiscovery {
  const selected = new Set<string>();
  const counts = { selected: new Map<string, number>(), unhealthy: new Map<string, number>() };
  const matched = new Map<string, number>();
  for (const { service, decision, detector, reason } of conclusion.decisions) {
    if (detector === null) continue;
    const service_type = serviceType(detector.id);
    add(matched, `${service_type} ${decision} ${reason}`, 1);
    if (decision !== 'selected' && decision !== 'unhealthy') continue;
    add(counts[decision], service_type, 1);
    if (decision === 'unhealthy') continue;
    selected.add(keyOf(service));
    if (!before.selected.has(keyOf(service)))
      metrics.discovered.inc({ service_type, namespace: metrics.namespaceLabel(service.namespace) });
  }
  if (digest !== before.digest)
    for (const name of [...Object.keys(file.toolsets), ...Object.keys(file.mcp_servers)])
      metrics.generated.inc({ toolset_type: toolsetType(name) });
  return { works: true, detectors: new Set(detectors.map(serviceType)), digest, selected, matched, counts };
}

function add(sums: Map<string, number>, type: string, count: number): void {
  sums.set(type, (sums.get(type) ?? 0) + count);
}

/** Wraps a prober: counts its probes and results, measures their duration, and passes each result to `onResult`. */
export function instrumentProber(
  prober: Prober,
  { healthChecks, healthCheckFailures, healthCheckSeconds }: Metrics,
  onResult: (request: ProbeRequest, result: ProbeResult) => void,
): Prober {
  return async (request) => {
    const service_type = serviceType(request.detector);
    const end = healthCheckSeconds.startTimer({ service_type });
    const result = await prober(request);
    end();
    healthChecks.inc({ service_type, status: result.healthy ? 'healthy' : 'unhealthy' });
    if (!result.healthy) healthCheckFailures.inc({ service_type, reason: result.reason });
    onResult(request, result);
    return result;
  };
}
