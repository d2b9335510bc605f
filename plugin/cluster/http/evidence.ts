import type { FieldValues } from '../../../detectors/types.ts';
import { asObject, parseJson } from '../../lib/json.ts';
import { fieldValues, podView } from '../evidence-projections.ts';
import type { Answer, Cluster, PodKeys, PodRef, PodView, ResourceRef, Unread } from '../types.ts';
import type { Connection } from './connection.ts';
import { sendRequest } from './http-client.ts';
import { objectPath } from './resource-path.ts';

/** For one object: evidence is optional, and must not keep what is known from being printed. */
const timeoutMs = 2_000;

/** Reads custom resources and Pods. Never throws: what cannot be read until `signal` is aborted is unavailable. */
export function evidenceOf(connection: Connection, signal: AbortSignal): Pick<Cluster, 'customResource' | 'pod'> {
  return {
    customResource: (ref) => getCustomResource(connection, ref, signal),
    pod: (ref, keys) => getPod(connection, ref, keys, signal),
  };
}

/** In the newest version that the API server serves. */
async function getCustomResource(
  connection: Connection,
  { type, namespace, name, uid }: ResourceRef,
  signal: AbortSignal,
): Promise<Answer<FieldValues>> {
  const { group, versions, resource, kind } = type;
  let last: Unread = 'NotServed';
  for (const version of versions) {
    const path = `/apis/${group}/${version}/namespaces/${encodeURIComponent(namespace)}/${resource}/${encodeURIComponent(name)}`;
    const object = await get(connection, path, signal);
    if (typeof object !== 'string') {
      const metadata = asObject(object.metadata);
      if (object.kind !== kind || metadata.name !== name) return { unread: 'Unavailable' };
      return uid === null || metadata.uid === uid ? { value: fieldValues(object, type) } : { unread: 'NotItsOwn' };
    }
    last = object;
    if (last !== 'NotServed') break;
  }
  return { unread: last };
}

async function getPod(
  connection: Connection,
  ref: PodRef,
  keys: PodKeys,
  signal: AbortSignal,
): Promise<Answer<PodView>> {
  if (ref.name === null) return { unread: 'NotFound' };
  const path = objectPath({ group: '', resource: 'pods', namespace: ref.namespace }, ref.name);
  const object = await get(connection, path, signal);
  if (typeof object === 'string') return { unread: object };
  if (object.kind !== 'Pod') return { unread: 'Unavailable' };
  const view = podView(object, ref, keys);
  return view === null ? { unread: 'NotItsOwn' } : { value: view };
}

async function get(
  connection: Connection,
  path: string,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>> | Unread> {
  const response = await sendRequest(connection, { method: 'GET', path, timeoutMs }, signal).catch(asError);
  if (response instanceof Error) return 'Unavailable';
  const body = parseJson(response.text);
  if (response.status === 200) return body;
  if (response.status === 401 || response.status === 403) return 'Forbidden';
  if (response.status !== 404) return 'Unavailable';
  // A 404 without a Status is that of a path: the group or the version is not served.
  return body.kind === 'Status' && asObject(body.details).name !== undefined ? 'NotFound' : 'NotServed';
}

/** The deadline passed, or there is no credential. */
function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause));
}
