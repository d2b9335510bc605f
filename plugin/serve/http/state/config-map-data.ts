import { isDeepStrictEqual } from 'node:util';
import { LRUCache } from 'lru-cache';
import type { Connection } from '../../../cluster/connection/connection.ts';
import { statusError, unreachable } from '../../../cluster/http/request-errors.ts';
import type { RequestDescriptor } from '../../../cluster/http/request-errors.ts';
import { collectionPath } from '../../../cluster/http/resource-path.ts';
import { sendRequest } from '../../../cluster/http/http-client.ts';
import type { LiveConfigMap } from '../../../cluster/types.ts';
import { configMapView } from '../../../cluster/projections.ts';
import type { Clock } from '../../../lib/clock.ts';
import { isObject, asObject, asObjects } from '../../../lib/json.ts';
import type { Caches } from '../../cache/index.ts';
import type { ManagedConfigMap } from '../../reconcile/managed-config-map.ts';
import { singleFlight } from './single-flight.ts';
import type { Computation } from './single-flight.ts';

/** A live ConfigMap by `namespace/name`; `null` where it does not exist. Fails with CLUSTER_*. */
export type ReadConfigMap = (configMap: string) => Promise<LiveConfigMap | null>;

export interface ConfigMapReaderOptions {
  readonly caches: Pick<Caches<unknown>, 'configMaps'>;
  readonly read: (configMap: ManagedConfigMap) => Promise<LiveConfigMap | null>;
  readonly clock: Pick<Clock, 'now'>;
}

/** An edit by hand that keeps the annotations causes no event: it becomes visible after this. */
const dataTtlMs = 2_000;
/** Characters of data in the cache. */
const maxSize = 4 * 1024 * 1024;
const timeoutMs = 5_000;

/** Reads data on demand, for it may be too large to watch, and caches it briefly. */
export function configMapReader({ caches, read, clock }: ConfigMapReaderOptions): ReadConfigMap {
  const cache = new LRUCache<ManagedConfigMap, Computation<LiveConfigMap | null>>({
    maxSize,
    ttl: dataTtlMs,
    // Without a resolution, `perf` is asked for the time at each access, so that an entry lives exactly its TTL.
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
      // The same object for the same content: what was derived from it stays valid.
      return last !== undefined && isDeepStrictEqual(last, current) ? last : current;
    };
    return singleFlight(cache, { key: configMap, version: 0 }, load, sizeOf);
  };
}

/** Reads a ConfigMap as a list with one item: `serve` has the right to list ConfigMaps, and needs no other one. */
export async function readConfigMap(
  connection: Connection,
  { namespace, name }: ManagedConfigMap,
  signal: AbortSignal,
): Promise<LiveConfigMap | null> {
  const resource: RequestDescriptor = { group: '', resource: 'configmaps', verb: 'list', namespace };
  const query = new URLSearchParams({ fieldSelector: `metadata.name=${name}` }).toString();
  const path = `${collectionPath(resource)}?${query}`;
  const reply = await sendRequest(connection, { method: 'GET', path, timeoutMs }, signal);
  if (reply instanceof Error) throw unreachable(reply, connection.server, resource);
  if (reply.status !== 200) throw statusError(reply, connection.server, resource);
  const [item] = asObjects(asObject(JSON.parse(reply.text)).items);
  return isObject(item) ? configMapView(item) : null;
}

function sizeOf(configMap: LiveConfigMap | null): number {
  return Object.values(configMap?.data ?? {}).reduce((sum, text) => sum + text.length, 1);
}
