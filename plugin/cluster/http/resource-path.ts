/** The API groups that the program reads or writes, with the version it uses. */
const versions = {
  '': 'v1',
  apps: 'v1',
  'argoproj.io': 'v1alpha1',
  'authentication.k8s.io': 'v1',
  'authorization.k8s.io': 'v1',
  'coordination.k8s.io': 'v1',
  'discovery.k8s.io': 'v1',
  'grafana.integreatly.org': 'v1beta1',
  'kubernaut.ai': 'v1alpha2',
} as const;

export type ApiGroup = keyof typeof versions;

/** A resource of the API, such as `services`, in one namespace or in all. */
export interface ResourceLocation {
  readonly group: ApiGroup;
  readonly resource: string;
  /** `null` for the whole cluster, and for resources without namespaces. */
  readonly namespace: string | null;
}

/** Discovery document of a group: `/api/v1` or `/apis/GROUP/VERSION`. */
export function groupPath(group: ApiGroup): string {
  return `${group === '' ? '/api' : '/apis'}/${apiVersionOf(group)}`;
}

/** `apiVersion` of the group's objects: `v1` or `GROUP/VERSION`. */
export function apiVersionOf(group: ApiGroup): string {
  return group === '' ? versions[group] : `${group}/${versions[group]}`;
}

/** Kinds of the collections that are listed or watched. */
const kinds: ReadonlyMap<string, string> = new Map([
  ['applications', 'Application'],
  ['configmaps', 'ConfigMap'],
  ['deployments', 'Deployment'],
  ['endpointslices', 'EndpointSlice'],
  ['grafanadatasources', 'GrafanaDatasource'],
  ['kubernauts', 'Kubernaut'],
  ['namespaces', 'Namespace'],
  ['pods', 'Pod'],
  ['services', 'Service'],
  ['statefulsets', 'StatefulSet'],
]);

/** Kind and version of an object. */
export interface ObjectType {
  readonly kind: string;
  readonly apiVersion: string;
}

const metadataType: ObjectType = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' };

/** Types that the objects of a collection may have; metadata alone only if it was requested. */
export function objectTypesOf({ group, resource }: ResourceLocation, metadataOnly: boolean): readonly ObjectType[] {
  const type = { kind: kinds.get(resource) ?? '', apiVersion: apiVersionOf(group) };
  return metadataOnly ? [metadataType, type] : [type];
}

/** Path to list, watch and create objects. */
export function collectionPath({ group, resource, namespace }: ResourceLocation): string {
  const scope = namespace === null ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${groupPath(group)}${scope}/${resource}`;
}

/** Path to read, replace and patch one object. */
export function objectPath(location: ResourceLocation, name: string): string {
  return `${collectionPath(location)}/${encodeURIComponent(name)}`;
}
