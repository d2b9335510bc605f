import type { KubeObject } from '../cluster/parts/objects.ts';

export interface ServiceOptions {
  readonly namespace?: string;
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ports?: readonly { readonly name?: string; readonly port: number }[];
  readonly selector?: Readonly<Record<string, string>>;
}

/** A Service in the API server's form. */
export function service(options: ServiceOptions = {}): KubeObject {
  const { namespace = 'monitoring', name = 'web', labels = {}, annotations = {}, ports = [{ port: 80 }] } = options;
  const { selector = { app: name } } = options;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name, labels, annotations },
    spec: { type: 'ClusterIP', clusterIP: '10.0.0.1', ports: [...ports], selector },
  };
}

/** A Prometheus with the usual labels. */
export function prometheus(namespace = 'monitoring', name = 'prometheus'): KubeObject {
  return service({
    namespace,
    name,
    labels: { 'app.kubernetes.io/name': 'prometheus' },
    ports: [{ name: 'web', port: 9090 }],
  });
}

/** A Grafana with the labels of its chart. */
export function grafana(namespace = 'monitoring', name = 'grafana'): KubeObject {
  return service({
    namespace,
    name,
    labels: { 'app.kubernetes.io/name': 'grafana' },
    ports: [{ name: 'service', port: 80 }],
  });
}

export interface SliceOptions {
  readonly ready?: number;
  readonly notReady?: number;
  readonly changedAt?: string;
  /** Ports of the Pods; unknown without. */
  readonly ports?: readonly { readonly name?: string; readonly port: number }[] | null;
  /** The Service publishes the addresses of Pods that are not ready. */
  readonly publishesNotReady?: boolean;
}

/** The EndpointSlice of a Service. */
export function slice(
  of: KubeObject,
  { ready = 1, notReady = 0, changedAt, ports, publishesNotReady = false }: SliceOptions = {},
): KubeObject {
  const { namespace = '', name } = of.metadata;
  const endpoint = (isReady: boolean): object => ({
    addresses: ['10.1.0.1'],
    conditions: publishesNotReady ? { ready: true, serving: isReady } : { ready: isReady },
  });
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      namespace,
      name: `${name}-x7k2p`,
      labels: { 'kubernetes.io/service-name': name },
      ...(changedAt === undefined
        ? {}
        : { annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': changedAt } }),
    },
    endpoints: [
      ...Array.from({ length: ready }, () => endpoint(true)),
      ...Array.from({ length: notReady }, () => endpoint(false)),
    ],
    ...(ports === undefined ? {} : { ports }),
  };
}

export interface PodOptions {
  readonly namespace?: string;
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly image?: string;
  readonly args?: readonly string[];
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
  readonly readiness?: object;
}

/** A Pod with one container. */
export function pod(options: PodOptions = {}): KubeObject {
  const {
    namespace = 'monitoring',
    name = 'web-0',
    labels = { app: 'web' },
    image = 'web',
    args = [],
    ports = [],
  } = options;
  const probe = options.readiness === undefined ? {} : { readinessProbe: { httpGet: options.readiness } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, labels },
    spec: { containers: [{ name: 'main', image, args, ports, ...probe }] },
  };
}

/** A recorded cluster for `--snapshot`. */
export function recording(...items: readonly KubeObject[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}
