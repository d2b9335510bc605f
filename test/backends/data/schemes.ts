/** What a first query names, and what a store calls it. */
export type Meaning = 'namespace' | 'pod' | 'container' | 'service' | 'node';
export type Names = Readonly<Partial<Record<Meaning, string>>>;

/** What runs in a cluster and writes. */
export type Pod = Readonly<Record<Meaning, string>>;

/** How one shipper names what it knows of a pod, in each kind of store that it writes to; `null` where it writes to none. */
export interface Scheme {
  readonly id: string;
  readonly title: string;
  /** Labels of Loki; `otlp` where Loki itself makes them out of what OpenTelemetry sends. */
  readonly loki: Names | 'otlp';
  /** Fields of VictoriaLogs, all of them of the stream. */
  readonly victorialogs: Names;
  readonly metrics: Names;
  /** Attributes of the resource of a span; OpenTelemetry's libraries themselves name the service. */
  readonly traces: Names;
  readonly elasticsearch: { readonly index: string; readonly names: Names } | null;
  /** Labels that all that it writes has besides. */
  readonly constant: Readonly<Record<string, string>>;
  /** Where it writes from several clusters: by the value of the label `cluster`, whose pods. */
  readonly clusters?: Readonly<Record<string, readonly Pod[]>>;
}

const plain = {
  namespace: 'namespace',
  pod: 'pod',
  container: 'container',
  service: 'app',
  node: 'node_name',
} as const satisfies Names;

/** Attribute names with a dot, as a store without dots writes them. */
export function underscored(names: Names): Names {
  return Object.fromEntries(Object.entries(names).map(([meaning, name]) => [meaning, name.replaceAll('.', '_')]));
}

export const semantic = {
  namespace: 'k8s.namespace.name',
  pod: 'k8s.pod.name',
  container: 'k8s.container.name',
  service: 'service.name',
  node: 'k8s.node.name',
} as const satisfies Names;

const fluentBit = {
  namespace: 'kubernetes.namespace_name',
  pod: 'kubernetes.pod_name',
  container: 'kubernetes.container_name',
  node: 'kubernetes.host',
} as const satisfies Names;

const vector = {
  namespace: 'kubernetes.pod_namespace',
  pod: 'kubernetes.pod_name',
  container: 'kubernetes.container_name',
  node: 'kubernetes.pod_node_name',
} as const satisfies Names;

const fluentd = {
  namespace: 'namespace_name',
  pod: 'pod_name',
  container: 'container_name',
  node: 'host',
} as const satisfies Names;

const alloy = {
  namespace: 'namespace',
  pod: 'pod',
  container: 'container',
  service: 'service_name',
  node: 'k8s_node_name',
} as const satisfies Names;

/** No name of a namespace, pod or container anywhere: an application's own logger. */
const app = { service: 'app' } as const satisfies Names;

export const schemes = [
  {
    id: 'promtail',
    title: 'Promtail, kube-prometheus-stack',
    loki: plain,
    victorialogs: plain,
    metrics: plain,
    traces: { ...plain, service: 'service.name' },
    elasticsearch: null,
    constant: {},
  },
  {
    id: 'opentelemetry',
    title: 'OpenTelemetry Collector',
    loki: 'otlp',
    victorialogs: semantic,
    metrics: underscored(semantic),
    traces: semantic,
    elasticsearch: { index: 'logs-generic.otel-default', names: prefixed('resource.attributes.', semantic) },
    constant: {},
  },
  {
    id: 'fluent-bit',
    title: 'Fluent Bit',
    loki: underscored(fluentBit),
    victorialogs: fluentBit,
    metrics: underscored(fluentBit),
    traces: { ...fluentBit, service: 'service.name' },
    elasticsearch: { index: 'logstash-2026.11.28', names: fluentBit },
    constant: { job: 'fluent-bit' },
  },
  {
    id: 'vector',
    title: 'Vector',
    loki: underscored(vector),
    victorialogs: vector,
    metrics: underscored(vector),
    traces: { ...vector, service: 'service.name' },
    elasticsearch: { index: 'vector-2026.11.28', names: vector },
    constant: {},
  },
  {
    id: 'alloy',
    title: 'Grafana Alloy, k8s-monitoring',
    loki: alloy,
    victorialogs: alloy,
    metrics: alloy,
    traces: semantic,
    elasticsearch: null,
    constant: { cluster: 'prod-eu' },
  },
  {
    id: 'fluentd',
    title: 'Fluentd',
    loki: fluentd,
    victorialogs: fluentd,
    metrics: fluentd,
    traces: { ...fluentd, service: 'service.name' },
    elasticsearch: { index: 'fluentd-2026.11.28', names: prefixed('kubernetes.', fluentd) },
    constant: {},
  },
  {
    id: 'app',
    title: "An application's own labels",
    loki: app,
    victorialogs: app,
    metrics: app,
    traces: { service: 'service.name' },
    elasticsearch: { index: 'app-logs', names: app },
    constant: { env: 'prod' },
  },
] as const satisfies readonly Scheme[];

function prefixed(prefix: string, names: Names): Names {
  return Object.fromEntries(Object.entries(names).map(([meaning, name]) => [meaning, `${prefix}${name}`]));
}

/** What runs in the cluster: each writes logs, metrics and traces. */
export const pods = [
  { namespace: 'shop', pod: 'cart-7c9d8b5f6-x2km9', container: 'cart', service: 'cart', node: 'worker-1' },
  { namespace: 'shop', pod: 'checkout-5f4d3b2a1-abc12', container: 'checkout', service: 'checkout', node: 'worker-2' },
  {
    namespace: 'kube-system',
    pod: 'coredns-6d4b75cb6d-9xkzv',
    container: 'coredns',
    service: 'coredns',
    node: 'worker-1',
  },
] as const satisfies readonly Pod[];

const otherPods = [
  { namespace: 'billing', pod: 'ledger-6b7c8d9e0-qqq11', container: 'ledger', service: 'ledger', node: 'worker-7' },
  {
    namespace: 'kube-system',
    pod: 'coredns-5c6d7e8f9-zzz22',
    container: 'coredns',
    service: 'coredns',
    node: 'worker-7',
  },
] as const satisfies readonly Pod[];

/** A central store: it holds this cluster, `prod-eu`, and another one, in which there is a kube-system too. */
export const central: Scheme = {
  ...{ id: 'central', title: 'Two clusters in one store', loki: alloy, victorialogs: alloy, metrics: alloy },
  ...{ traces: semantic, elasticsearch: null, constant: {} },
  clusters: { 'prod-eu': pods, 'prod-us': otherPods },
};

/** Each pod that writes under the scheme, with its labels that are constant. */
export function writersOf({ constant, clusters }: Scheme): readonly Writer[] {
  if (clusters === undefined) return pods.map((pod) => ({ pod, constant }));
  return Object.entries(clusters).flatMap(([cluster, own]) =>
    own.map((pod) => ({ pod, constant: { ...constant, cluster } })),
  );
}

interface Writer {
  readonly pod: Pod;
  readonly constant: Scheme['constant'];
}

/** The labels of one pod under these names. */
export function labelsOf(
  pod: Pod,
  names: Names,
  constant: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const own = Object.entries(names) as readonly (readonly [Meaning, string])[];
  return { ...Object.fromEntries(own.map(([meaning, name]) => [name, pod[meaning]])), ...constant };
}
