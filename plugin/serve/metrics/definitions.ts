/** A metric as registered, and as documented in docs/metrics.md. */
export interface MetricSpec {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly LabelName[];
  readonly buckets?: readonly number[];
}

/** Every label and its values; each set is bounded, whatever the cluster holds. */
export const labels = {
  application: 'NAMESPACE/NAME of the Application of the ConfigMap; empty if it is unknown',
  cause:
    'of requests, what made the ConfigMap out of date: a collection that changed, or `start`, `time`, `probe`, `policy`, `request`, `generation`; of watches, how they ended',
  code: 'a code of docs/errors.md, or `other`',
  collection: '`services`, `endpoints`, `namespaces`, `configMaps`, `applications`',
  decision: '`selected`, `redundant`, `unhealthy`, `rejected`, `denied`',
  dest_cluster:
    'name of a cluster as `--clusters` or Argo CD has it, `in-cluster` for the one that Argo CD runs in; at most 201 of them. Of `toolset_configmap_generation_failed` also `other`, for a cluster that is not open',
  detector_type: 'id of a built-in detector, or `custom`',
  drift_type: '`missing`, `modified`, `extra`',
  endpoint: 'a path of the API as docs/api.md has it, or `other`',
  error_type: 'a code of docs/errors.md, or `other`',
  method: '`GET`, `HEAD`, `POST`, or `other`',
  needs_action: '`true` for a warning that a person must act on, else `false`',
  name: 'of a managed ConfigMap; at most 200 of them, those out of date the longest first, then those with a problem, then those that need action',
  namespace:
    'of `toolset_services_discovered_total`: the first 50 that were seen, then `other`. Otherwise that of the ConfigMap',
  operation: '`refresh`, `sync`, `update`',
  reason:
    'of `toolset_argocd_failures_total`: `GenerationFailed`, `RefreshHadNoEffect`, `SyncFailed`. Otherwise a code of docs/detection.md',
  request: '`refresh`, `sync`',
  result: '`accepted`, `changed`, `busy`, `deferred`, `failed`',
  service_type: 'id of a built-in detector, or `custom`',
  state: '`up-to-date`, `out-of-date`, `problem`, `empty`',
  status:
    '`success` or `failure`; of health checks `healthy` or `unhealthy`; of HTTP the code, 499 if the client disconnected first',
  toolset_type: 'name of a toolset that a built-in detector configures, else `custom`; `all` for a failed generation',
} as const;

export type LabelName = keyof typeof labels;

const seconds = {
  request: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
  discovery: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60],
  update: [0.25, 0.5, 1, 2, 5, 10, 30, 60, 300],
} as const;

/** Every metric of serve, in addition to those of the process and of Node. */
export const definitions = {
  toolset_services_discovered_total: {
    type: 'counter',
    help: 'Services that became part of a ConfigMap: counted once for each ConfigMap, and again after the Service had left it.',
    labels: ['service_type', 'namespace'],
  },
  toolset_selected_services: {
    type: 'gauge',
    help: 'Services in the desired state of a ConfigMap; a Service counts once for each ConfigMap.',
    labels: ['service_type'],
  },
  toolset_unhealthy_services: {
    type: 'gauge',
    help: 'Services left out of the desired state of a ConfigMap because they are not healthy; a Service counts once for each ConfigMap.',
    labels: ['service_type'],
  },
  toolset_discovery_duration_seconds: {
    type: 'histogram',
    help: 'Duration of one discovery for a ConfigMap. failure: invalid settings, no Application, or a bug.',
    labels: ['status'],
    buckets: seconds.discovery,
  },
  toolset_detectors_health_status: {
    type: 'gauge',
    help: '0 if the last discovery with this detector failed for any ConfigMap, else 1.',
    labels: ['detector_type'],
  },
  toolset_detector_services: {
    type: 'gauge',
    help: 'Backends that a detector found in the last discovery of each ConfigMap, by decision and reason: selected, or skipped and why.',
    labels: ['detector_type', 'decision', 'reason'],
  },
  toolset_health_checks_total: {
    type: 'counter',
    help: 'HTTP health checks of backends that are not in a ConfigMap yet. A check with several attempts counts once.',
    labels: ['service_type', 'status'],
  },
  toolset_health_check_failures_total: {
    type: 'counter',
    help: 'HTTP health checks that failed, by reason.',
    labels: ['service_type', 'reason'],
  },
  toolset_health_check_duration_seconds: {
    type: 'histogram',
    help: 'Duration of one HTTP health check, including all attempts and the pauses between them.',
    labels: ['service_type'],
    buckets: seconds.discovery,
  },
  toolset_configmap_drift_detected_total: {
    type: 'counter',
    help: 'Edits of ConfigMaps by others than Argo CD: keys removed, changed or added, and ConfigMaps deleted.',
    labels: ['drift_type'],
  },
  toolset_configmap_edits_total: {
    type: 'counter',
    help: 'Edits by others than Argo CD for each ConfigMap; the first 200 that were edited.',
    labels: ['dest_cluster', 'namespace', 'name'],
  },
  toolset_configmap_drift: {
    type: 'gauge',
    help: 'ConfigMaps that currently differ from what Argo CD applied.',
    labels: ['drift_type'],
  },
  toolset_configmap_reconcile_total: {
    type: 'counter',
    help: 'Steps of reconciliation by outcome; update: an out-of-date ConfigMap is up to date again.',
    labels: ['operation', 'status'],
  },
  toolset_reconciliation_duration_seconds: {
    type: 'histogram',
    help: 'Time from noticing that a ConfigMap is out of date until it is up to date again.',
    labels: [],
    buckets: seconds.update,
  },
  toolset_toolsets_generated_total: {
    type: 'counter',
    help: 'Toolsets in each new desired state of a ConfigMap.',
    labels: ['toolset_type'],
  },
  toolset_generation_failures_total: {
    type: 'counter',
    help: 'Manifest generations that failed in Argo CD. A generation fails as a whole: it yields no toolset.',
    labels: ['toolset_type', 'error_type'],
  },
  toolset_http_requests_total: {
    type: 'counter',
    help: 'HTTP requests, counted when the response has ended.',
    labels: ['endpoint', 'method', 'status'],
  },
  toolset_http_request_duration_seconds: {
    type: 'histogram',
    help: 'Time from an HTTP request until the end of its response, without event streams.',
    labels: ['endpoint', 'method', 'status'],
    buckets: seconds.request,
  },
  toolset_argocd_requests_total: {
    type: 'counter',
    help: 'Requests to Argo CD, by result and by what made the ConfigMap out of date.',
    labels: ['request', 'result', 'cause'],
  },
  toolset_argocd_failures_total: {
    type: 'counter',
    help: 'Refreshes and syncs that ended without bringing the ConfigMap up to date.',
    labels: ['reason'],
  },
  toolset_watch_restarts_total: {
    type: 'counter',
    help: 'Watches and lists that ended, by cause; closed, resync and widened are expected.',
    labels: ['collection', 'cause'],
  },
  toolset_configmap_out_of_date_seconds: {
    type: 'gauge',
    help: 'How long a managed ConfigMap has been out of date; 0 if it is not. A problem in between does not reset it.',
    labels: ['dest_cluster', 'namespace', 'name', 'application'],
  },
  toolset_configmap_needs_action: {
    type: 'gauge',
    help: '1 if a managed ConfigMap is out of date and serve may not sync it: no selfHeal, a sync window, or an Application that is being deleted.',
    labels: ['dest_cluster', 'namespace', 'name', 'application'],
  },
  toolset_configmap_problem: {
    type: 'gauge',
    help: '1 if the desired state of a managed ConfigMap cannot be computed; the event configmap-problem has the reason.',
    labels: ['dest_cluster', 'namespace', 'name', 'application'],
  },
  toolset_configmap_selected_services: {
    type: 'gauge',
    help: 'Services in the desired state of a managed ConfigMap; absent if its settings say that none is to be discovered.',
    labels: ['dest_cluster', 'namespace', 'name', 'application'],
  },
  toolset_configmap_unhealthy_services: {
    type: 'gauge',
    help: 'Services left out of the desired state of a managed ConfigMap because they are not healthy.',
    labels: ['dest_cluster', 'namespace', 'name', 'application'],
  },
  toolset_configmap_warnings: {
    type: 'gauge',
    help: 'Warnings of the generation of a managed ConfigMap, and of its current discovery; absent if there are none.',
    labels: ['dest_cluster', 'namespace', 'name', 'application', 'code', 'needs_action'],
  },
  toolset_configmap_generation_failed: {
    type: 'gauge',
    help: '1 if the last generation by Argo CD failed, for each ConfigMap of the Application; one without namespace and name if it has none yet.',
    labels: ['dest_cluster', 'namespace', 'name', 'application', 'error_type'],
  },
  toolset_configmaps: {
    type: 'gauge',
    help: 'Managed ConfigMaps of all clusters, by state.',
    labels: ['state'],
  },
  toolset_leader: {
    type: 'gauge',
    help: '1 if this replica is the leader, which sends the requests to Argo CD.',
    labels: [],
  },
  toolset_cluster_up: {
    type: 'gauge',
    help: '1 if a cluster that Applications deploy to is listed completely and watched. 0: its Applications are left as they are.',
    labels: ['dest_cluster'],
  },
  toolset_clusters_unopened: {
    type: 'gauge',
    help: 'Names of clusters in Applications that could not be opened, or that are left out because there are too many.',
    labels: [],
  },
  toolset_watch_up: {
    type: 'gauge',
    help: '1 if the collection is being watched. Applications are only watched in `in-cluster`.',
    labels: ['dest_cluster', 'collection'],
  },
  toolset_cached_objects: {
    type: 'gauge',
    help: 'Objects in the caches of a cluster.',
    labels: ['dest_cluster', 'collection'],
  },
} as const satisfies Readonly<Record<string, MetricSpec>>;

export type MetricName = keyof typeof definitions;
export type NameOf<Type extends MetricSpec['type']> = {
  [Name in MetricName]: (typeof definitions)[Name]['type'] extends Type ? Name : never;
}[MetricName];
export type LabelsOf<Name extends MetricName> = (typeof definitions)[Name]['labels'][number];
