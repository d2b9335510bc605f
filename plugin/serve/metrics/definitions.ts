/** A metric as it is registered and as docs/metrics.md tells of it. */
export interface MetricSpec {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly LabelName[];
  readonly buckets?: readonly number[];
}

/** Every label, and what keeps the number of its values small whatever the cluster holds. */
export const labels = {
  cause:
    'of requests what made the ConfigMap differ: a collection that changed, or `start`, `time`, `probe`, `policy`, `request`, `generation`; of watches how they ended',
  collection: '`services`, `endpoints`, `namespaces`, `configMaps`, `applications`',
  detector_type: 'id of a built-in detector, or `custom`',
  drift_type: '`missing`, `modified`, `extra`',
  endpoint: 'a path of the API as docs/serve.md has it, or `other`',
  error_type: 'a code of docs/errors.md, or `other`',
  method: '`GET`, `HEAD`, `POST`, or `other`',
  name: 'of a managed ConfigMap; at most 200 of them, those that are behind the longest first',
  namespace:
    'of `toolset_services_discovered_total`: the first 50 that were seen, then `other`. Else that of the ConfigMap',
  operation: '`refresh`, `sync`, `update`',
  request: '`refresh`, `sync`',
  result: '`asked`, `changed`, `busy`, `held`, `failed`',
  service_type: 'id of a built-in detector, or `custom`',
  setback: '`generation-failed`, `disagreement`, `sync-failed`',
  state: '`current`, `behind`, `problem`',
  status:
    '`success` or `failure`; of health checks `healthy` or `unhealthy`; of HTTP the code, 499 where the client went first',
  toolset_type: 'name of a toolset that a built-in detector configures, else `custom`; `all` where none was made',
} as const;

export type LabelName = keyof typeof labels;

const seconds = {
  request: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
  discovery: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60],
  update: [0.25, 0.5, 1, 2, 5, 10, 30, 60, 300],
} as const;

/** Every metric of its own, beside those of the process and of Node. */
export const catalogue = {
  toolset_services_discovered_total: {
    type: 'counter',
    help: 'Services that became part of a ConfigMap: counted once for each ConfigMap, and again after they had left it.',
    labels: ['service_type', 'namespace'],
  },
  toolset_selected_services: {
    type: 'gauge',
    help: 'Services that are in a ConfigMap, or would be in the one that is wanted; each counts for every ConfigMap.',
    labels: ['service_type'],
  },
  toolset_unhealthy_services: {
    type: 'gauge',
    help: 'Services that are kept out of a ConfigMap because they are not healthy; each counts for every ConfigMap.',
    labels: ['service_type'],
  },
  toolset_discovery_duration_seconds: {
    type: 'histogram',
    help: 'Finding out what a ConfigMap should say. failure: its settings cannot be used, it belongs to no Application, or a bug.',
    labels: ['status'],
    buckets: seconds.discovery,
  },
  toolset_detectors_health_status: {
    type: 'gauge',
    help: '1 where the last discovery that the detector took part in worked, 0 where it failed, in any ConfigMap.',
    labels: ['detector_type'],
  },
  toolset_health_checks_total: {
    type: 'counter',
    help: 'Backends that are not in a ConfigMap yet and were asked over HTTP. One with several attempts counts once.',
    labels: ['service_type', 'status'],
  },
  toolset_health_check_duration_seconds: {
    type: 'histogram',
    help: 'How long a backend took to answer, all attempts and the pauses between them included.',
    labels: ['service_type'],
    buckets: seconds.discovery,
  },
  toolset_configmap_drift_detected_total: {
    type: 'counter',
    help: 'Edits by others than Argo CD: keys that were taken away, changed or added, and ConfigMaps that were deleted.',
    labels: ['drift_type'],
  },
  toolset_configmap_drift: {
    type: 'gauge',
    help: 'ConfigMaps that are edited by others than Argo CD as of now.',
    labels: ['drift_type'],
  },
  toolset_configmap_reconcile_total: {
    type: 'counter',
    help: 'Steps towards the ConfigMap that is wanted, and how each ended; update: one that was behind is current again.',
    labels: ['operation', 'status'],
  },
  toolset_reconciliation_duration_seconds: {
    type: 'histogram',
    help: 'From noticing that a ConfigMap is behind until it is current again.',
    labels: [],
    buckets: seconds.update,
  },
  toolset_toolsets_generated_total: {
    type: 'counter',
    help: 'Toolsets of ConfigMaps that came to be wanted.',
    labels: ['toolset_type'],
  },
  toolset_generation_failures_total: {
    type: 'counter',
    help: 'Generations that failed in Argo CD. Each fails as a whole: no toolset of it is made.',
    labels: ['toolset_type', 'error_type'],
  },
  toolset_http_requests_total: {
    type: 'counter',
    help: 'Requests that were answered.',
    labels: ['endpoint', 'method', 'status'],
  },
  toolset_http_request_duration_seconds: {
    type: 'histogram',
    help: 'From a request until its answer was sent; event streams, which go on, are not in it.',
    labels: ['endpoint', 'method', 'status'],
    buckets: seconds.request,
  },
  toolset_argocd_requests_total: {
    type: 'counter',
    help: 'Requests to Argo CD: what came of them, and what made the ConfigMap fall behind.',
    labels: ['request', 'result', 'cause'],
  },
  toolset_argocd_setbacks_total: {
    type: 'counter',
    help: 'Refreshes and syncs after which the ConfigMap was not right.',
    labels: ['setback'],
  },
  toolset_watch_restarts_total: {
    type: 'counter',
    help: 'Watches and lists that ended, and why; closed and resync are as it should be.',
    labels: ['collection', 'cause'],
  },
  toolset_configmap_behind_seconds: {
    type: 'gauge',
    help: 'How long a managed ConfigMap has not said what the cluster says; 0 where it does.',
    labels: ['namespace', 'name'],
  },
  toolset_configmap_left: {
    type: 'gauge',
    help: '1 where a managed ConfigMap is behind and waits for people, as its Application has it: no selfHeal, or a sync window.',
    labels: ['namespace', 'name'],
  },
  toolset_configmap_problem: {
    type: 'gauge',
    help: '1 where nothing can be done about a managed ConfigMap: the log says why.',
    labels: ['namespace', 'name'],
  },
  toolset_configmaps: {
    type: 'gauge',
    help: 'All managed ConfigMaps.',
    labels: ['state'],
  },
  toolset_acting: {
    type: 'gauge',
    help: '1 where this replica is the one that asks Argo CD.',
    labels: [],
  },
  toolset_watch_up: {
    type: 'gauge',
    help: '1 where a collection is being watched.',
    labels: ['collection'],
  },
  toolset_cached_objects: {
    type: 'gauge',
    help: 'Objects in the caches.',
    labels: ['collection'],
  },
} as const satisfies Readonly<Record<string, MetricSpec>>;

export type MetricName = keyof typeof catalogue;
export type NameOf<Type extends MetricSpec['type']> = {
  [Name in MetricName]: (typeof catalogue)[Name]['type'] extends Type ? Name : never;
}[MetricName];
export type LabelsOf<Name extends MetricName> = (typeof catalogue)[Name]['labels'][number];
