import { isDeepStrictEqual } from 'node:util';
import type { Connection } from '../../../cluster/http/connection.ts';
import { statusError, unreachable } from '../../../cluster/http/request-errors.ts';
import type { RequestDescriptor } from '../../../cluster/http/request-errors.ts';
import { collectionPath } from '../../../cluster/http/resource-path.ts';
import { sendRequest } from '../../../cluster/http/http-client.ts';
import type { LiveConfigMap } from '../../../cluster/types.ts';
import { configMapView } from '../../../cluster/projections.ts';
import { isObject, asObject, asObjects } from '../../../lib/json.ts';
import type { Caches } from '../../cache/index.ts';
import type { ManagedConfigMap } from '../../reconcile/managed-config-map.ts';
import { boundedCache, singleFlight } from './lru.ts';

/** A ConfigMap as it is in the cluster, by `namespace/name`; `null` where it is gone. Fails with CLUSTER_*. */
export type ReadConfigMap = (configMap: string) => Promise<LiveConfigMap | null>;

const timeoutMs = 5_000;
/** An edit by hand that leaves the annotations as they are tells nobody: it is seen after this. */
const freshMs = 2_000;
/** Characters of data that are kept at most. */
const maxKept = 4 * 1024 * 1024;

/** The data is in no cache, for it may be large: what was read is used again as long as it is young. */
export function configMapReader(
  connection: Connection,
  { configMaps }: Pick<Caches<unknown>, 'configMaps'>,
  signal: AbortSignal,
): ReadConfigMap {
  const kept = boundedCache<ManagedConfigMap, Promise<LiveConfigMap | null>>(maxKept);
  return async (key) => {
    const configMap = configMaps.get(key);
    if (!configMap) return null;
    const version = Math.floor(performance.now() / freshMs);
    return singleFlight(
      kept,
      { key: configMap, version },
      async () => {
        const last = kept.peek(configMap);
        const found = await read(connection, configMap, signal);
        const before = await last?.catch(() => undefined);
        // What was made from it holds on as long as it is the same.
        return before !== undefined && isDeepStrictEqual(before, found) ? before : found;
      },
      sizeOf,
    );
  };
}

/** As a list of one: whoever may list ConfigMaps, which serve has to, needs no other permission. */
async function read(
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

function sizeOf(found: LiveConfigMap | null): number {
  return Object.values(found?.data ?? {}).reduce((sum, text) => sum + text.length, 1);
}
