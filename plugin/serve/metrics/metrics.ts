import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { collectionNames } from '../cache/index.ts';
import { driftTypes } from '../reconcile/drift.ts';
import { failures } from '../reasons.ts';
import { restartCauses } from '../cache/reflector-health.ts';
import { definitions } from './definitions.ts';
import type { LabelsOf, MetricName, NameOf } from './definitions.ts';
import { boundedNames, errorTypes, requestCauses } from './label-values.ts';

/** Counters and histograms of serve. */
export interface Metrics {
  readonly registry: Registry;
  readonly discovered: CounterOf<'toolset_services_discovered_total'>;
  readonly discoveries: HistogramOf<'toolset_discovery_duration_seconds'>;
  readonly healthChecks: CounterOf<'toolset_health_checks_total'>;
  readonly healthCheckFailures: CounterOf<'toolset_health_check_failures_total'>;
  readonly healthCheckSeconds: HistogramOf<'toolset_health_check_duration_seconds'>;
  readonly drift: CounterOf<'toolset_configmap_drift_detected_total'>;
  /** Counts an edit of a cluster's ConfigMap, `namespace/name`, if it is among the first `maxEdited`. */
  readonly countEdit: (cluster: string, configMap: string) => void;
  readonly reconciled: CounterOf<'toolset_configmap_reconcile_total'>;
  readonly updated: HistogramOf<'toolset_reconciliation_duration_seconds'>;
  readonly generated: CounterOf<'toolset_toolsets_generated_total'>;
  readonly generationFailures: CounterOf<'toolset_generation_failures_total'>;
  readonly httpRequests: CounterOf<'toolset_http_requests_total'>;
  readonly httpSeconds: HistogramOf<'toolset_http_request_duration_seconds'>;
  readonly requests: CounterOf<'toolset_argocd_requests_total'>;
  readonly failures: CounterOf<'toolset_argocd_failures_total'>;
  readonly watchRestarts: CounterOf<'toolset_watch_restarts_total'>;
  /** Value of the label `namespace` for a Service; at most `maxNamespaces` of them. */
  readonly namespaceLabel: (namespace: string) => string;
}

type CounterOf<Name extends NameOf<'counter'>> = Counter<LabelsOf<Name>>;
type HistogramOf<Name extends NameOf<'histogram'>> = Histogram<LabelsOf<Name>>;

/** Namespaces with their own series; further ones share `other`. */
const maxNamespaces = 50;

/**
 * Sampling interval of the event loop's lag, which is also the least lag it shows. Each sample wakes the process: the
 * 10 ms of prom-client take 1 % of a core, all that `serve` uses while idle.
 */
const lagSampleMs = 50;

/** Gauges of prom-client with counter names (`_total`), which promtool rejects; their sums can be computed instead. */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: lagSampleMs });
  for (const name of misnamed) registry.removeSingleMetric(name);
  const counter = <Name extends NameOf<'counter'>>(name: Name): CounterOf<Name> =>
    new Counter({ name, registers: [registry], ...settings(name) });
  const histogram = <Name extends NameOf<'histogram'>>(name: Name): HistogramOf<Name> =>
    new Histogram({ name, registers: [registry], ...settings(name), buckets: [...definitions[name].buckets] });
  const metrics: Metrics = {
    registry,
    discovered: counter('toolset_services_discovered_total'),
    discoveries: histogram('toolset_discovery_duration_seconds'),
    healthChecks: counter('toolset_health_checks_total'),
    healthCheckFailures: counter('toolset_health_check_failures_total'),
    healthCheckSeconds: histogram('toolset_health_check_duration_seconds'),
    drift: counter('toolset_configmap_drift_detected_total'),
    countEdit: editCounter(counter('toolset_configmap_edits_total')),
    reconciled: counter('toolset_configmap_reconcile_total'),
    updated: histogram('toolset_reconciliation_duration_seconds'),
    generated: counter('toolset_toolsets_generated_total'),
    generationFailures: counter('toolset_generation_failures_total'),
    httpRequests: counter('toolset_http_requests_total'),
    httpSeconds: histogram('toolset_http_request_duration_seconds'),
    requests: counter('toolset_argocd_requests_total'),
    failures: counter('toolset_argocd_failures_total'),
    watchRestarts: counter('toolset_watch_restarts_total'),
    namespaceLabel: boundedNames(maxNamespaces),
  };
  startAtZero(metrics);
  return metrics;
}

/** ConfigMaps with their own series: anyone who may create ConfigMaps determines their number. */
const maxEdited = 200;

function editCounter(edits: CounterOf<'toolset_configmap_edits_total'>): Metrics['countEdit'] {
  const bounded = boundedNames(maxEdited);
  return (dest_cluster, configMap) => {
    const [namespace = '', name = ''] = configMap.split('/');
    if (bounded(`${configMap} ${dest_cluster}`) !== 'other') edits.inc({ dest_cluster, namespace, name });
  };
}

/** A gauge computed at each scrape. */
export function gauge<Name extends NameOf<'gauge'>>(
  { registry }: Metrics,
  name: Name,
  read: (set: (labels: Partial<Record<LabelsOf<Name>, string>>, value: number) => void) => void,
): void {
  new Gauge<LabelsOf<Name>>({
    name,
    registers: [registry],
    ...settings(name),
    collect() {
      this.reset();
      read((labels, value) => {
        this.set(labels, value);
      });
    },
  });
}

function settings<Name extends MetricName>(name: Name): { help: string; labelNames: LabelsOf<Name>[] } {
  const { help, labels } = definitions[name];
  return { help, labelNames: [...labels] as LabelsOf<Name>[] };
}

/** Without a series at 0, `increase` would miss the first event of a counter. */
function startAtZero(metrics: Metrics): void {
  const { discoveries, drift, generationFailures, reconciled, failures: attempts, requests, watchRestarts } = metrics;
  for (const status of ['success', 'failure']) {
    discoveries.zero({ status });
    for (const operation of ['refresh', 'sync', 'update']) reconciled.inc({ operation, status }, 0);
  }
  for (const cause of requestCauses)
    for (const request of ['refresh', 'sync']) requests.inc({ request, result: 'failed', cause }, 0);
  for (const collection of collectionNames)
    for (const cause of restartCauses) watchRestarts.inc({ collection, cause }, 0);
  for (const error_type of errorTypes) generationFailures.inc({ toolset_type: 'all', error_type }, 0);
  for (const drift_type of driftTypes) drift.inc({ drift_type }, 0);
  for (const reason of Object.keys(failures)) attempts.inc({ reason }, 0);
}
