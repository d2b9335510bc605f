import { PluginError } from '../../lib/errors.ts';
import { asObject, asString } from '../../lib/json.ts';
import type { ApiReader } from './api-client.ts';

/** In messages; every authenticated account may read it (`system:public-info-viewer`) unless a cluster takes that away. */
const version = { group: '', resource: 'version', verb: 'get', namespace: null } as const;
/**
 * Of Kubernetes 1: since then every API server answers a list without a limit from its cache, with what etcd has by now, and
 * writes it item by item. `ConsistentListFromCache` and `StreamingCollectionEncodingToProtobuf` cannot be switched off any more.
 */
const streamingMinor = 34;

/** Whether the API server streams a whole list, by its version; false where that cannot be read. */
export async function streamsLists(read: ApiReader): Promise<boolean> {
  try {
    const { major, minor } = asObject((await read('/version', version, { attempts: 1 })).body);
    // Of some providers it ends with "+".
    return major === '1' && Number.parseInt(asString(minor), 10) >= streamingMinor;
  } catch (error) {
    if (error instanceof PluginError) return false;
    throw error;
  }
}
