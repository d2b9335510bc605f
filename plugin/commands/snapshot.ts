import type { ServiceView } from '../../detectors/types.ts';
import type { EndpointsView, LiveConfigMap, NamespaceView } from '../cluster/state.ts';
import { changeTime, serviceName } from '../cluster/view.ts';
import { keyOf } from '../discovery/decision.ts';
import { servingCertificate } from '../discovery/endpoint.ts';
import { scopeOf } from '../discovery/limits.ts';
import { openFolder } from '../settings/file.ts';
import { loadSettings } from '../settings/settings.ts';
import type { Flags } from './flags.ts';
import { withCluster } from './pipeline.ts';

const ownPrefix = 'kubernaut.io/';

/**
 * What discovery reads of the cluster, as a List that `--snapshot` takes: one object a line, sorted, and nothing
 * that discovery does not read. Annotations of others and the ConfigMap's data stay behind: they may hold secrets.
 */
export async function snapshot(flags: Flags): Promise<string> {
  const { spec } = await loadSettings(await openFolder(flags.path));
  const scope = scopeOf(spec, null);
  const { configMap } = spec.target;
  const objects = await withCluster(flags, async (cluster) => {
    const [services, namespaces, live] = await Promise.all([
      cluster.services(scope),
      scope === 'cluster' ? cluster.namespaces() : [],
      cluster.configMap(configMap),
    ]);
    const endpoints = await cluster.endpoints(services, scope);
    return [
      ...namespaces.map(namespaceObject),
      ...services.map(serviceObject),
      ...services.flatMap((service) => sliceObject(service, endpoints.get(keyOf(service)))),
      ...(live ? [configMapObject(configMap, live)] : []),
    ];
  });
  const lines = objects.map((object) => JSON.stringify(object)).sort();
  return `{"apiVersion":"v1","kind":"List","items":[\n${lines.join(',\n')}\n]}\n`;
}

function namespaceObject({ name, labels }: NamespaceView): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

function serviceObject(service: ServiceView): object {
  const { namespace, name, labels, owners, type, clusterIP, externalName, ports, selector } = service;
  const annotations = own(service.annotations, servingCertificate);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name, labels, ...annotations, ...(owners.length > 0 ? { ownerReferences: owners } : {}) },
    spec: {
      type,
      ...(clusterIP === '' ? {} : { clusterIP }),
      ...(externalName === '' ? {} : { externalName }),
      ports,
      ...(selector ? { selector } : {}),
    },
  };
}

/** One slice for each Service: counts, ports and the time of the last change, without the pods' addresses. */
function sliceObject({ namespace, name }: ServiceView, endpoints: EndpointsView | undefined): object[] {
  if (!endpoints) return [];
  const { ready, notReady, changedAt, ports } = endpoints;
  const annotations = changedAt === null ? {} : { annotations: { [changeTime]: new Date(changedAt).toISOString() } };
  const endpoint = (isReady: boolean): object => ({ conditions: { ready: isReady } });
  return [
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { namespace, name, labels: { [serviceName]: name }, ...annotations },
      endpoints: [
        ...Array.from({ length: ready }, () => endpoint(true)),
        ...Array.from({ length: notReady }, () => endpoint(false)),
      ],
      ports: Object.entries(ports).map(([portName, port]) => ({ name: portName, port })),
    },
  ];
}

function configMapObject(name: { readonly namespace: string; readonly name: string }, live: LiveConfigMap): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...name, ...own(live.annotations) } };
}

function own(annotations: Readonly<Record<string, string>>, ...others: readonly string[]): object {
  const kept = Object.entries(annotations).filter(([key]) => key.startsWith(ownPrefix) || others.includes(key));
  return kept.length > 0 ? { annotations: Object.fromEntries(kept) } : {};
}
