import type { KubeObject } from '../parts/objects.ts';

const changeTime = 'endpoints.kubernetes.io/last-change-trigger-time';

/** A Service whose product label identifies it. */
export function service(namespace: string, name: string, port: number, product = name): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name, labels: { 'app.kubernetes.io/name': product } },
    spec: { ports: [{ name: 'http', port }] },
  };
}

export interface Endpoints {
  readonly ready?: number;
  readonly notReady?: number;
  /** When they last changed; absent by default. */
  readonly changed?: Date;
}

/** The EndpointSlice that a controller would have written for a Service. */
export function endpointSlice(
  namespace: string,
  name: string,
  { ready = 0, notReady = 0, changed }: Endpoints,
): KubeObject {
  const pods = [...Array.from({ length: ready }, () => true), ...Array.from({ length: notReady }, () => false)];
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      namespace,
      name,
      labels: { 'kubernetes.io/service-name': name },
      ...(changed ? { annotations: { [changeTime]: changed.toISOString() } } : {}),
    },
    addressType: 'IPv4',
    endpoints: pods.map((isReady, index) => ({ addresses: [`192.0.2.${index + 1}`], conditions: { ready: isReady } })),
    ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
  };
}
