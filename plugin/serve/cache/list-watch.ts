import type { Connection } from '../../cluster/http/connection.ts';
import { listWithVersion } from '../../cluster/http/list.ts';
import { resourceNotServed } from '../../cluster/http/request-errors.ts';
import type { RequestDescriptor } from '../../cluster/http/request-errors.ts';
import type { ApiReader } from '../../cluster/http/api-client.ts';
import { reader } from '../../cluster/http/api-client.ts';
import type { WatchEnd } from '../../cluster/http/watch-errors.ts';
import { watch } from '../../cluster/http/watch.ts';
import type { WatchEvent } from '../../cluster/http/watch.ts';
import type { Collection } from './resources.ts';
import { entryOf, keyOfObject } from './entry.ts';
import type { WritableStore } from './store.ts';

/** One page of a list. */
const pageMs = 60_000;

/** What is kept up to date from where, as long as the signal is not aborted. */
export interface Subject<T> {
  readonly connection: Connection;
  readonly collection: Collection<T>;
  readonly store: WritableStore<T>;
  readonly signal: AbortSignal;
}

/** One watch, and where it got to. */
export interface Watched {
  readonly end: WatchEnd;
  readonly resourceVersion: string;
}

export interface WatchOptions {
  /** The resource version after which it begins. */
  readonly from: string;
  readonly timeoutSeconds: number;
  readonly silentMs: number;
  readonly onOpen: () => void;
}

/** Makes the store as the collection is, and answers as of which resource version. Throws what the list failed of. */
export async function listInto<T>({ connection, collection, store, signal }: Subject<T>): Promise<string> {
  const { namespace, labelSelector, limit, accept, view } = collection;
  const resource = askFor(collection, 'list');
  const ask = reader(connection, signal, { accept: accept.list, timeoutMs: pageMs });
  const read: ApiReader = async (...request) => {
    const answer = await ask(...request);
    if (answer.status === 404) throw resourceNotServed(connection.server, resource);
    return answer;
  };
  const handleEvent = (object: unknown): ReturnType<typeof entryOf<T>> => entryOf(object, view, store.known);
  const { items, resourceVersion } = await listWithVersion(read, resource, handleEvent, { labelSelector, limit });
  store.replace(items, namespace);
  return resourceVersion;
}

/** Keeps the store up to date until the watch ends. */
export async function watchInto<T>(
  { connection, collection, store, signal }: Subject<T>,
  { from, timeoutSeconds, silentMs, onOpen }: WatchOptions,
): Promise<Watched> {
  const { labelSelector, accept, view } = collection;
  let resourceVersion = from;
  const onEvent = (event: WatchEvent): void => {
    take(event, view, store);
    ({ resourceVersion } = event);
  };
  const resource = askFor(collection, 'watch');
  const query = { resource, labelSelector, accept: accept.watch, resourceVersion, timeoutSeconds, silentMs };
  const end = await watch(connection, query, { onOpen, onEvent }, signal);
  return { end, resourceVersion };
}

/** How the requests for a collection are told of: a rule that allows only one of both is of no use. */
export function askFor({ group, resource, namespace }: Collection<unknown>, verb: 'list' | 'watch'): RequestDescriptor {
  return { group, resource, verb, needs: ['list', 'watch'], namespace };
}

function take<T>({ type, object }: WatchEvent, view: Collection<T>['view'], store: WritableStore<T>): void {
  if (type === 'BOOKMARK') return;
  const entry = type === 'DELETED' ? null : entryOf(object, view, store.known);
  if (entry) store.put(entry);
  else store.remove(keyOfObject(object));
}
