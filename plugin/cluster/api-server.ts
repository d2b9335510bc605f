import type { ServiceView } from '../../detectors/types.ts';
import { systemClock } from '../lib/clock.ts';
import { PluginError } from '../lib/errors.ts';
import { asObject } from '../lib/json.ts';
import type { Connection } from './connection/connection.ts';
import { evidenceOf, runTimeouts } from './http/evidence.ts';
import { list } from './http/list.ts';
import type { ApiReader } from './http/api-client.ts';
import type { RequestDescriptor } from './http/request-errors.ts';
import { reader } from './http/api-client.ts';
import { objectPath } from './http/resource-path.ts';
import { decodeNamespace, decodeSlice, serviceDecoder } from './protobuf/objects.ts';
import type { Cluster, ConfigMapName, EndpointsView, NamespaceScope } from './types.ts';
import { configMapView, namespaceView, serviceView } from './projections.ts';
import { mergeSlices, selectorOfServices, sliceView } from './slice-projections.ts';

/** Service names per label selector: keeps the URL of a request below 8 KB. */
const namesPerList = 100;
/** Beyond this many selectors, one list of all EndpointSlices is cheaper. */
const maxSelectors = 10;

/** The live cluster behind an API server. `signal` carries the deadline shared by all requests. */
export function apiServer(connection: Connection, signal: AbortSignal, clock = systemClock): Cluster {
  const read = reader(connection, signal, { clock });
  return {
    services: (scope, keys) => {
      const services = { group: '', resource: 'services', verb: 'list' } as const;
      const decode = serviceDecoder(() => keys.annotations);
      return inScope(scope, (namespace) =>
        list(read, { ...services, namespace }, (object) => serviceView(object, keys), { decode }),
      );
    },
    namespaces: (keys) => {
      const namespaces = { group: '', resource: 'namespaces', verb: 'list', namespace: null } as const;
      return list(read, namespaces, (object) => namespaceView(object, keys), { decode: decodeNamespace });
    },
    endpoints: (services, scope) => endpoints(read, services, scope),
    configMap: (name) => getConfigMap(read, name, configMapView),
    ...evidenceOf(connection, signal, runTimeouts),
    now: clock.epochMs,
  };
}

async function inScope<T>(scope: NamespaceScope, listOne: (namespace: string | null) => Promise<T[]>): Promise<T[]> {
  if (scope === 'cluster') return listOne(null);
  return (await Promise.all(scope.map(listOne))).flat();
}

/** Lists only the EndpointSlices of these Services: a handful among thousands in a large cluster. */
async function endpoints(
  read: ApiReader,
  services: readonly ServiceView[],
  scope: NamespaceScope,
): Promise<ReadonlyMap<string, EndpointsView>> {
  if (services.length === 0) return new Map();
  const slices = { group: 'discovery.k8s.io', resource: 'endpointslices', verb: 'list' } as const;
  const lists = selectorsOf(services).map((selector) =>
    inScope(scope, (namespace) =>
      list(read, { ...slices, namespace }, sliceView, { labelSelector: selector, decode: decodeSlice }),
    ),
  );
  return mergeSlices((await Promise.all(lists)).flat());
}

function selectorsOf(services: readonly ServiceView[]): string[] {
  const names = [...new Set(services.map(({ name }) => name))].sort();
  const count = Math.ceil(names.length / namesPerList);
  if (count > maxSelectors) return [''];
  return Array.from({ length: count }, (_, index) => {
    return selectorOfServices(names.slice(index * namesPerList, (index + 1) * namesPerList));
  });
}

/** The view of one ConfigMap; `null` if it does not exist. */
export async function getConfigMap<T>(
  read: ApiReader,
  { namespace, name }: ConfigMapName,
  view: (object: unknown) => T,
): Promise<T | null> {
  const resource: RequestDescriptor = { group: '', resource: 'configmaps', verb: 'get', namespace, name };
  const { status, body } = await read(objectPath(resource, name), resource);
  const { kind, reason } = asObject(body);
  // Any other 404 comes from a proxy or a wrong address and says nothing about the ConfigMap.
  if (status === 404 && kind === 'Status' && reason === 'NotFound') return null;
  if (status === 200 && kind === 'ConfigMap') return view(body);
  throw new PluginError(
    'CLUSTER_RESPONSE_INVALID',
    `get configmap ${namespace}/${name} failed: the API server answered ${String(status)} without a ConfigMap`,
    {
      hint: 'check that the address is that of a Kubernetes API server',
    },
  );
}
