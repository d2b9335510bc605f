import type { ResourceRef, PodRef, Cluster } from '../../../../plugin/cluster/types.ts';
import { keyOf } from '../../../../plugin/lib/object-key.ts';
import type { Decision } from '../../../../plugin/discovery/decision.ts';
import { urlOf } from '../../../../plugin/discovery/decision.ts';
import type { Discovery } from '../../../../plugin/discovery/discover.ts';
import { sourcesAnnotation } from '../../../../plugin/cluster/sources-annotation.ts';
import { writeSources } from '../../../../plugin/discovery/selection/previous-sources.ts';
import type { KubeObject } from '../../../cluster/parts/objects.ts';
import type { PodOptions } from '../../../support/objects.ts';
import { pod, service, slice } from '../../../support/objects.ts';
import type { DiscoveryFixture } from '../fixture.ts';
import { discoverFixture } from '../fixture.ts';

/** Time of the last change of every EndpointSlice, unless a test says another. */
const changedAt = '2026-03-01T10:00:00Z';

export interface BackendOptions {
  readonly namespace?: string;
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly port?: { readonly name?: string; readonly port: number };
  /** `spec` of the Prometheus that owns the Service; nothing does without. */
  readonly spec?: unknown;
  /** The one Pod behind the Service; `null` for none. */
  readonly pod?: PodOptions | null;
  readonly changedAt?: string;
  readonly ready?: number;
}

/** A Service, its EndpointSlice, the Pod behind it and the Prometheus that its operator made it of. */
export function backend(options: BackendOptions = {}): KubeObject[] {
  const { namespace = 'monitoring', name = 'prometheus', port = { name: 'web', port: 9090 }, ready = 1 } = options;
  const { labels = options.spec === undefined ? {} : { 'app.kubernetes.io/name': 'prometheus' } } = options;
  const one = service({ namespace, name, labels, ports: [port] });
  const owner = { apiVersion: 'monitoring.coreos.com/v1', kind: 'Prometheus', name, uid: `${namespace}-${name}` };
  const owned = { ...one, metadata: { ...one.metadata, ownerReferences: [owner] } };
  const own = pod({
    namespace,
    name: `${name}-0`,
    labels: { app: name },
    ports: [{ containerPort: port.port }],
    ...options.pod,
  });
  return [
    options.spec === undefined ? one : owned,
    sliceOf(one, own.metadata.name, { ready, changedAt: options.changedAt ?? changedAt }),
    ...(options.pod === null ? [] : [own]),
    ...(options.spec === undefined ? [] : [prometheusResource(namespace, name, options.spec)]),
  ];
}

/** An EndpointSlice of which each endpoint is this Pod. */
export function sliceOf(of: KubeObject, podName: string, options: Parameters<typeof slice>[1] = {}): KubeObject {
  const { namespace } = of.metadata;
  const one = slice(of, options) as KubeObject & { readonly endpoints: readonly object[] };
  const targetRef = { kind: 'Pod', namespace, name: podName };
  return { ...one, endpoints: one.endpoints.map((endpoint) => ({ ...endpoint, targetRef })) };
}

export function prometheusResource(namespace: string, name: string, spec: unknown): KubeObject {
  const metadata = { namespace, name, uid: `${namespace}-${name}` };
  return { apiVersion: 'monitoring.coreos.com/v1', kind: 'Prometheus', metadata, spec };
}

/** One run, and what it asked for. */
export interface Run extends Discovery {
  /** `Kind namespace/name`, in order. */
  readonly asked: readonly string[];
}

export async function run(items: readonly KubeObject[], more: Omit<DiscoveryFixture, 'items'> = {}): Promise<Run> {
  const asked: string[] = [];
  const counting = (cluster: Cluster): Cluster => ({
    ...cluster,
    customResource: (ref: ResourceRef) => {
      asked.push(`${ref.type.kind} ${keyOf(ref)}`);
      return cluster.customResource(ref);
    },
    pod: (ref: PodRef, keys) => {
      asked.push(`Pod ${ref.namespace}/${String(ref.name)}`);
      return cluster.pod(ref, keys);
    },
  });
  const { change = (cluster: Cluster) => cluster } = more;
  const spec = { health: { check: more.prober ? 'http' : 'readiness' }, ...more.spec };
  const discovery = await discoverFixture({ items, ...more, spec, change: (cluster) => counting(change(cluster)) });
  return { ...discovery, asked };
}

/** The ConfigMap that remembers a run, written at this time. */
export function remembering({ sources }: Pick<Discovery, 'sources'>, time = '2026-03-01T10:01:00Z'): KubeObject {
  const fieldsV1 = { 'f:metadata': { 'f:annotations': { [`f:${sourcesAnnotation}`]: {} } } };
  const metadata = {
    namespace: 'holmesgpt',
    name: 'custom-toolsets-configmap',
    annotations: { [sourcesAnnotation]: writeSources(sources) },
    managedFields: [{ time, fieldsV1 }],
  };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata };
}

export function urlsOf({ admitted }: Pick<Discovery, 'admitted'>): string[] {
  return admitted.map(({ endpoint }) => urlOf(endpoint));
}

export function decisionOn({ decisions }: Pick<Discovery, 'decisions'>, key = 'monitoring/prometheus'): Decision {
  return decisions.find(({ service: one }) => keyOf(one) === key)!;
}
