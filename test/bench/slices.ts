import { createHash } from 'node:crypto';
import type { Cluster } from '../cluster/parts/cluster.ts';
import type { KubeObject } from '../cluster/parts/objects.ts';
import { realisticServices } from './services.ts';

/** So many Services of a busy cluster, with their EndpointSlices. */
export async function seedRealistic(cluster: Cluster, count: number): Promise<void> {
  const services = realisticServices(count);
  await cluster.seedServices(services);
  await cluster.apply(realisticSlices(services));
}

/** The EndpointSlice of each Service that selects pods, with two ready pods, as the controller of a cluster writes it. */
export function realisticSlices(services: readonly KubeObject[]): KubeObject[] {
  return services.filter(({ spec }) => (spec as { readonly selector?: object }).selector !== undefined).map(sliceOf);
}

function sliceOf(service: KubeObject): KubeObject {
  const { name, namespace = 'default', labels = {} } = service.metadata;
  const { ports = [] } = service.spec as { readonly ports?: readonly ServicePort[] };
  const id = createHash('sha256').update(`${namespace}/${name}`).digest('hex');
  const controller = { 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' };
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      namespace,
      name: `${name.slice(0, 50)}-${id.slice(0, 5)}`,
      labels: { ...labels, ...controller, 'kubernetes.io/service-name': name },
      annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': '2026-01-01T00:00:00Z' },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name, uid: uuid(id), controller: true }],
    },
    addressType: 'IPv4',
    endpoints: [0, 1].map((index) => pod(`${name}-${id.slice(5, 14)}-${String(index)}`, namespace, id, index)),
    ports: ports.map(({ name: port = '', port: number, protocol = 'TCP' }) => ({ name: port, port: number, protocol })),
  };
}

interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly protocol?: string;
}

function pod(name: string, namespace: string, id: string, index: number): object {
  return {
    addresses: [`10.${String(index)}.${String(parseInt(id.slice(0, 2), 16))}.${String(parseInt(id.slice(2, 4), 16))}`],
    conditions: { ready: true, serving: true, terminating: false },
    nodeName: `node-${String(parseInt(id.slice(4, 6), 16))}`,
    targetRef: { kind: 'Pod', namespace, name, uid: uuid(id.slice(index)) },
    zone: `zone-${String(index)}`,
  };
}

function uuid(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
