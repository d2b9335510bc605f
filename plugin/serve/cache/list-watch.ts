import type { Connection } from '../../cluster/connection/connection.ts';
import { listWithVersion } from '../../cluster/http/list.ts';
import { resourceNotServed } from '../../cluster/http/request-errors.ts';
import type { RequestDescriptor } from '../../cluster/http/request-errors.ts';
import type { ApiReader } from '../../cluster/http/api-client.ts';
import { reader } from '../../cluster/http/api-client.ts';
import type { WatchEnd } from '../../cluster/watch/watch-errors.ts';
import { watch } from '../../cluster/watch/watch.ts';
import type { WatchEvent } from '../../cluster/watch/watch.ts';
import type { Collection, View } from './resources.ts';
import { entryOf, keyOfObject } from './entry.ts';
import type { Entry, WritableStore } from './store.ts';

/** Timeout of one page of a list. */
const pageMs = 60_000;

/** A store, and the collection that keeps it filled until the signal. */
export interface Subject<T> {
  readonly connection: Connection;
  readonly collection: Collection<T>;
  readonly labelSelector: string | undefined;
  readonly store: WritableStore<T>;
  readonly signal: AbortSignal;
}

/** How a watch ended, and the resource version that it reached. */
export interface WatchResult {
  readonly end: WatchEnd;
  readonly resourceVersion: string;
}

export interface WatchOptions {
  /** The watch reports events after this resource version. */
  readonly from: string;
  readonly timeoutSeconds: number;
  readonly silentMs: number;
  readonly onOpen: () => void;
}

/** Lists the collection into the store; returns the list's resource version. Rejects if the list fails. */
export async function listInto<T>(subject: Subject<T>): Promise<string> {
  const { connection, collection, labelSelector, store, signal } = subject;
  const { namespace, limit, accept, decode, view } = collection;
  const resource = descriptorOf(collection, 'list');
  const ask = reader(connection, signal, { accept: accept.list, timeoutMs: pageMs });
  const read: ApiReader = async (...request) => {
    const answer = await ask(...request);
    if (answer.status === 404) throw resourceNotServed(connection.server, resource);
    return answer;
  };
  const entry = (object: unknown): Entry<T> | null => entryOf(object, view, store.known);
  const query = { labelSelector, limit, metadataOnly: accept.metadataOnly, decode };
  const { items, resourceVersion } = await listWithVersion(read, resource, entry, query);
  store.replace(items, namespace);
  return resourceVersion;
}

/** Keeps the store up to date until the watch ends. */
export async function watchInto<T>(
  { connection, collection, labelSelector, store, signal }: Subject<T>,
  { from, timeoutSeconds, silentMs, onOpen }: WatchOptions,
): Promise<WatchResult> {
  const { accept, decode, view } = collection;
  let resourceVersion = from;
  const onEvent = (event: WatchEvent): void => {
    handleEvent(event, view, store);
    ({ resourceVersion } = event);
  };
  const resource = descriptorOf(collection, 'watch');
  const { watch: media, metadataOnly } = accept;
  const timing = { timeoutSeconds, silentMs };
  const query = { resource, labelSelector, accept: media, decode, metadataOnly, resourceVersion, ...timing };
  const end = await watch(connection, query, { onOpen, onEvent }, signal);
  return { end, resourceVersion };
}

/** For error messages: an RBAC rule must allow both verbs, list and watch. */
export function descriptorOf(
  { group, resource, namespace }: Collection<unknown>,
  verb: 'list' | 'watch',
): RequestDescriptor {
  return { group, resource, verb, needs: ['list', 'watch'], namespace };
}

function handleEvent<T>({ type, object }: WatchEvent, view: View<T>, store: WritableStore<T>): void {
  if (type === 'BOOKMARK') return;
  const entry = type === 'DELETED' ? null : entryOf(object, view, store.known);
  if (entry) store.put(entry);
  else store.remove(keyOfObject(object));
}
