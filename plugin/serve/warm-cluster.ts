import type { ServiceView } from '../../detectors/types.ts';
import type { Cluster, EndpointsView, NamespaceScope } from '../cluster/types.ts';
import { PluginError } from '../lib/errors.ts';
import { keyOf } from '../lib/object-key.ts';
import type { Caches } from './cache/index.ts';

type Answers = Pick<Caches<unknown>, 'scope' | 'services' | 'endpointsOf' | 'namespaces' | 'configMaps' | 'health'>;

const read = ['services', 'endpoints', 'namespaces', 'configMaps'] as const;

/**
 * `Cluster` answered from the caches. As the API server it answers whole or throws: what is not synced yet, or is
 * outside of what is watched, would read as gone. The data of a ConfigMap is not there.
 */
export function warmCluster(caches: Answers, now: () => number): Cluster {
  const whole = <T>(scope: NamespaceScope, answer: () => T): Promise<T> =>
    Promise.resolve().then(() => {
      assertWhole(caches, scope);
      return answer();
    });
  return {
    services: (scope) => whole(scope, () => servicesIn(caches, scope)),
    namespaces: () => whole('cluster', () => [...caches.namespaces.values()]),
    endpoints: (services, scope) => whole(scope, () => endpointsOf(caches, services)),
    configMap: (name) =>
      whole([], () => {
        const known = caches.configMaps.get(keyOf(name));
        return known ? { annotations: known.annotations, data: {} } : null;
      }),
    now,
  };
}

function servicesIn({ services }: Answers, scope: NamespaceScope): ServiceView[] {
  const all = [...services.values()];
  if (scope === 'cluster') return all;
  const namespaces = new Set(scope);
  return all.filter(({ namespace }) => namespaces.has(namespace));
}

function endpointsOf(caches: Answers, services: readonly ServiceView[]): ReadonlyMap<string, EndpointsView> {
  const found = new Map<string, EndpointsView>();
  for (const service of services) {
    const key = keyOf(service);
    const endpoints = caches.endpointsOf(key);
    if (endpoints) found.set(key, endpoints);
  }
  return found;
}

function assertWhole(caches: Answers, scope: NamespaceScope): void {
  const { scope: watched } = caches;
  if (watched !== 'cluster') {
    const outside = scope === 'cluster' ? ['the whole cluster'] : scope.filter((one) => !watched.includes(one));
    if (outside.length > 0) {
      throw new PluginError('CLUSTER_FORBIDDEN', `serve does not watch ${outside.join(', ')}`, {
        hint: 'add it to the namespaces that serve watches, with the permissions there',
      });
    }
  }
  const unknown = read.map(caches.health).find(({ synced }) => !synced);
  if (!unknown) return;
  const { lastError } = unknown;
  throw new PluginError(
    'CLUSTER_UNREACHABLE',
    `the cluster is not known whole yet${lastError ? `: ${lastError}` : ''}`,
    {
      hint: 'it is answered as soon as every collection was listed once',
    },
  );
}
