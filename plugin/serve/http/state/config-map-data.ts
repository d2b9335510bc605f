import { isDeepStrictEqual } from 'node:util';
import { LRUCache } from 'lru-cache';
import type { Connection } from '../../../cluster/connection/connection.ts';
import { statusError } from '../../../cluster/http/request-errors.ts';
import type { RequestDescriptor } from '../../../cluster/http/request-errors.ts';
import { reader } from '../../../cluster/http/api-client.ts';
import { collectionPath } from '../../../cluster/http/resource-path.ts';
import type { LiveConfigMap } from '../../../cluster/types.ts';
import { configMapView } from '../../../cluster/projections.ts';
import type { Clock } from '../../../lib/clock.ts';
import { isObject, asObject, asObjects } from '../../../lib/json.ts';
import type { Caches } from '../../cache/index.ts';
import type { ManagedConfigMap } from '../../reconcile/managed-config-map.ts';
import { singleFlight } from './single-flight.ts';
import type { Computation } from './single-flight.ts';

/** Reads a live ConfigMap, given its `namespace/name`; `null` if it does not exist. Fails with CLUSTER_*. */
export type ReadConfigMap = (configMap: string) => Promise<LiveConfigMap | null>;

export interface ConfigMapReaderOptions {
  readonly caches: Pick<Caches<unknown>, 'configMaps'>;
  readonly read: (configMap: ManagedConfigMap) => Promise<LiveConfigMap | null>;
  readonly clock: Pick<Clock, 'now'>;
}

/** A manual edit that keeps the annotations causes no event: it becomes visible after this time. */
const dataTtlMs = 2_000;
/** Characters of data in the cache. */
const maxSize = 4 * 1024 * 1024;
const timeoutMs = 5_000;

/** Reads data on demand, since it may be too large to watch, and caches it briefly. */
export function configMapReader({ caches, read, clock }: ConfigMapReaderOptions): ReadConfigMap {
  const cache = new LRUCache<ManagedConfigMap, Computation<LiveConfigMap | null>>({
    maxSize,
    ttl: dataTtlMs,
    // A resolution of 0 makes lru-cache ask `perf` for the time at each access, so that an entry lives exactly its TTL.
    ttlResolution: 0,
    perf: clock,
    noDeleteOnStaleGet: true,
  });
  return async (key) => {
    const configMap = caches.configMaps.get(key);
    if (!configMap) return null;
    const load = async (): Promise<LiveConfigMap | null> => {
      const previous = cache.peek(configMap, { allowStale: true })?.value;
      const current = await read(configMap);
      const last = await previous?.catch(() => undefined);
      // Returns the same object for the same content, so that results derived from it stay valid.
      return last !== undefined && isDeepStrictEqual(last, current) ? last : current;
    };
    return singleFlight(cache, { key: configMap, version: 0 }, load, sizeOf);
  };
}

/** Reads a ConfigMap as a list of one item: `serve` has the right to list ConfigMaps, and needs no other. */
export async function readConfigMap(
  connection: Connection,
  { namespace, name }: ManagedConfigMap,
  signal: AbortSignal,
): Promise<LiveConfigMap | null> {
  const resource: RequestDescriptor = { group: '', resource: 'configmaps', verb: 'list', namespace };
  const query = new URLSearchParams({ fieldSelector: `metadata.name=${name}` }).toString();
  const path = `${collectionPath(resource)}?${query}`;
  const { status, body } = await reader(connection, signal, { timeoutMs, attempts: 1 })(path, resource);
  if (status !== 200) throw statusError({ status, text: JSON.stringify(body) }, connection.server, resource);
  const [item] = asObjects(asObject(body).items);
  return isObject(item) ? configMapView(item) : null;
}

function sizeOf(configMap: LiveConfigMap | null): number {
  return Object.values(configMap?.data ?? {}).reduce((sum, text) => sum + text.length, 1);
}
