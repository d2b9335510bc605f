import type { StoreApi } from './types.ts';

type Labels = Pick<StoreApi, 'labels' | 'clusterLabels'>;

/**
 * Names of letters, digits and `_` only: Promtail, Alloy and the Prometheus operator, OpenTelemetry as Loki and
 * Prometheus write it, Fluent Bit and Fluentd, Vector, and a second `namespace` beside that of the scraped target.
 */
export const underscored: Labels = {
  labels: {
    namespace: [
      'namespace',
      'k8s_namespace_name',
      'kubernetes_namespace_name',
      'kubernetes_namespace',
      'kubernetes_pod_namespace',
      'pod_namespace',
      'namespace_name',
      'exported_namespace',
    ],
    pod: [
      'pod',
      'k8s_pod_name',
      'kubernetes_pod_name',
      'kubernetes_pod',
      'pod_name',
      'exported_pod',
      'instance_pod_name',
    ],
    container: [
      'container',
      'k8s_container_name',
      'kubernetes_container_name',
      'kubernetes_container',
      'container_name',
      'exported_container',
    ],
    service: [
      'service',
      // Loki derives service_name from such labels, and sets unknown_service where there are none.
      'app',
      'service_name',
      'app_kubernetes_io_name',
      'kubernetes_labels_app',
      'kubernetes_labels_app_kubernetes_io_name',
      'exported_service',
    ],
    node: [
      'node',
      'node_name',
      'k8s_node_name',
      'kubernetes_host',
      'kubernetes_node_name',
      'kubernetes_pod_node_name',
      'exported_node',
      'host',
    ],
    deployment: ['deployment', 'k8s_deployment_name', 'kubernetes_deployment_name'],
  },
  clusterLabels: ['cluster', 'k8s_cluster_name', 'cluster_name', 'k8s_cluster', 'kubernetes_cluster', 'clusterName'],
};

/** Resource attributes as named by OpenTelemetry, Fluent Bit, Fluentd and Vector, and tags as people name their own. */
export const attributes: Labels = {
  labels: {
    namespace: [
      'k8s.namespace.name',
      'namespace',
      'kubernetes.namespace_name',
      'kubernetes.pod_namespace',
      'kubernetes.namespace',
      'k8s.namespace',
      'namespace_name',
    ],
    pod: ['k8s.pod.name', 'pod', 'kubernetes.pod_name', 'kubernetes.pod.name', 'k8s.pod', 'pod_name'],
    container: ['k8s.container.name', 'container', 'kubernetes.container_name', 'container.name', 'container_name'],
    service: ['service.name', 'service'],
    node: [
      'k8s.node.name',
      'node',
      'kubernetes.host',
      'kubernetes.pod_node_name',
      'kubernetes.node.name',
      'host.name',
      'node_name',
    ],
    deployment: ['k8s.deployment.name', 'deployment'],
  },
  clusterLabels: ['k8s.cluster.name', 'cluster'],
};

/**
 * Fields of logs: Fluent Bit and Fluentd, Vector, Elastic's own collectors, OpenTelemetry as written to Elasticsearch
 * and OpenSearch, and the stream labels in between.
 */
export const fields: Labels = {
  labels: {
    namespace: [
      'kubernetes.namespace_name',
      'kubernetes.pod_namespace',
      'kubernetes.namespace',
      'resource.attributes.k8s.namespace.name',
      'k8s.namespace.name',
      'Resource.k8s.namespace.name',
      'resource.k8s.namespace.name',
      ...(underscored.labels.namespace ?? []),
    ],
    pod: [
      'kubernetes.pod_name',
      'kubernetes.pod.name',
      'resource.attributes.k8s.pod.name',
      'k8s.pod.name',
      'Resource.k8s.pod.name',
      'resource.k8s.pod.name',
      ...(underscored.labels.pod ?? []),
    ],
    container: [
      'kubernetes.container_name',
      'kubernetes.container.name',
      'resource.attributes.k8s.container.name',
      'k8s.container.name',
      'Resource.k8s.container.name',
      'resource.k8s.container.name',
      ...(underscored.labels.container ?? []),
    ],
    service: [
      'kubernetes.labels.app_kubernetes_io/name',
      'kubernetes.labels.app',
      'kubernetes.pod_labels.app',
      'service.name',
      'resource.attributes.service.name',
      'Resource.service.name',
      'resource.service.name',
      ...(underscored.labels.service ?? []),
    ],
    node: [
      'kubernetes.host',
      'kubernetes.pod_node_name',
      'kubernetes.node.name',
      'resource.attributes.k8s.node.name',
      'k8s.node.name',
      'Resource.k8s.node.name',
      'resource.k8s.node.name',
      ...(underscored.labels.node ?? []),
    ],
    deployment: [
      'kubernetes.deployment.name',
      'resource.attributes.k8s.deployment.name',
      'k8s.deployment.name',
      ...(underscored.labels.deployment ?? []),
    ],
  },
  clusterLabels: [
    'kubernetes.cluster_name',
    'orchestrator.cluster.name',
    'resource.attributes.k8s.cluster.name',
    'k8s.cluster.name',
    ...underscored.clusterLabels,
  ],
};
