import type { FieldValues } from '../../../detectors/types.ts';
import type { Json } from '../../lib/json.ts';
import { asObject, parseJson } from '../../lib/json.ts';
import { fieldValues, podView } from '../evidence-projections.ts';
import type { Answer, Cluster, PodKeys, PodRef, PodView, ResourceRef, Unread } from '../types.ts';
import type { Connection } from '../connection/connection.ts';
import type { ApiRequest } from './http-client.ts';
import { ResponseTooLargeError, sendRequest } from './http-client.ts';
import { objectPath } from './resource-path.ts';

/** Time limits for reading objects: evidence is optional and must not hold up the output. */
export interface EvidenceTimeouts {
  /** For one object. */
  readonly objectMs: number;
  /** For all objects together, counted from the first one; `null` for a process that keeps reading. */
  readonly allMs: number | null;
}

/**
 * Largest object that is read. The API server accepts 1.5 MB from a tenant, and lists of empty entries of that size
 * would take 30 MB in memory; objects that operators and their users write have 100 KB at most.
 */
export const maxObjectBytes = 256 * 1024;

/** For a single run. */
export const runTimeouts: EvidenceTimeouts = { objectMs: 2_000, allMs: 6_000 };

/** Reads custom resources and Pods. Never throws: anything not read before `signal` is aborted is unavailable. */
export function evidenceOf(
  connection: Connection,
  signal: AbortSignal,
  { objectMs, allMs }: EvidenceTimeouts,
): Pick<Cluster, 'customResource' | 'pod'> {
  let ended: AbortSignal | null = allMs === null ? signal : null;
  const get = (path: string): Promise<Json | Unread> => {
    ended ??= AbortSignal.any([signal, AbortSignal.timeout(allMs ?? 0)]);
    return getObject(connection, { method: 'GET', path, timeoutMs: objectMs, maxBytes: maxObjectBytes }, ended);
  };
  return {
    customResource: (ref) => getCustomResource(get, ref),
    pod: (ref, keys) => getPod(get, ref, keys),
  };
}

/** Gets the object at a path. */
type Get = (path: string) => Promise<Json | Unread>;

/** Reads the newest version that the API server serves. */
async function getCustomResource(get: Get, { type, namespace, name, uid }: ResourceRef): Promise<Answer<FieldValues>> {
  const { group, versions, resource, kind } = type;
  let last: Unread = 'NotServed';
  for (const version of versions) {
    const path = `/apis/${group}/${version}/namespaces/${encodeURIComponent(namespace)}/${resource}/${encodeURIComponent(name)}`;
    const object = await get(path);
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

async function getPod(get: Get, ref: PodRef, keys: PodKeys): Promise<Answer<PodView>> {
  if (ref.name === null) return { unread: 'NotFound' };
  const path = objectPath({ group: '', resource: 'pods', namespace: ref.namespace }, ref.name);
  const object = await get(path);
  if (typeof object === 'string') return { unread: object };
  if (object.kind !== 'Pod') return { unread: 'Unavailable' };
  const view = podView(object, ref, keys);
  return view === null ? { unread: 'NotItsOwn' } : { value: view };
}

async function getObject(connection: Connection, request: ApiRequest, signal: AbortSignal): Promise<Json | Unread> {
  const response = await sendRequest(connection, request, signal).catch(asError);
  if (response instanceof ResponseTooLargeError) return 'TooLarge';
  if (response instanceof Error) return 'Unavailable';
  const body = parseJson(response.text);
  if (response.status === 200) return body;
  if (response.status === 401 || response.status === 403) return 'Forbidden';
  if (response.status !== 404) return 'Unavailable';
  // A 404 without a Status means the path is unknown: the group or version is not served.
  return body.kind === 'Status' && asObject(body.details).name !== undefined ? 'NotFound' : 'NotServed';
}

/** Either the deadline passed, or there is no credential. */
function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause));
}
