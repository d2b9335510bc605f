import { PluginError } from '../../lib/errors.ts';
import { asObject, asString } from '../../lib/json.ts';
import type { ApiReader } from './api-client.ts';

/**
 * Named in messages. Every authenticated account may read it (`system:public-info-viewer`) unless a cluster removes
 * that right.
 */
const version = { group: '', resource: 'version', verb: 'get', namespace: null } as const;
/**
 * Minor version of Kubernetes 1 from which every API server answers an unlimited list from its cache, consistent with
 * etcd, and writes it item by item: `ConsistentListFromCache` and `StreamingCollectionEncodingToProtobuf` can no longer
 * be switched off.
 */
const streamingMinor = 34;

/** Whether the API server streams whole lists, judged by its version; false if the version cannot be read. */
export async function streamsLists(read: ApiReader): Promise<boolean> {
  try {
    const { major, minor } = asObject((await read('/version', version, { attempts: 1 })).body);
    // Some providers append "+".
    return major === '1' && Number.parseInt(asString(minor), 10) >= streamingMinor;
  } catch (error) {
    if (error instanceof PluginError) return false;
    throw error;
  }
}
