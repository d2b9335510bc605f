import { asObject, asString } from '../../lib/json.ts';
import type { Json } from '../../lib/json.ts';
import type { View } from './resources.ts';
import type { Entry } from './store.ts';

/**
 * Projects an object to its entry; `null` if `view` drops it. A version that is already stored is not projected again.
 */
export function entryOf<T>(
  object: unknown,
  view: View<T>,
  known: (key: string, version: string) => Entry<T> | undefined,
): Entry<T> | null {
  const { uid, resourceVersion } = metadataOf(object);
  const key = keyOfObject(object);
  // After a restore of etcd, the same resource version can belong to another object of this name.
  const version = joined(asString(uid), asString(resourceVersion));
  const stored = known(key, version);
  if (stored) return stored;
  const projected = view(object);
  return projected === null ? null : { key, version, view: projected };
}

/** `namespace/name`, or `name` of a cluster-scoped object. */
export function keyOfObject(object: unknown): string {
  const { namespace, name } = metadataOf(object);
  return typeof namespace === 'string' && namespace !== '' ? joined(namespace, asString(name)) : asString(name);
}

/** Joins into one flat text: for a template, V8 keeps all parts, which costs 1 MB more for 10,000 EndpointSlices. */
function joined(...parts: readonly string[]): string {
  return parts.join('/');
}

function metadataOf(object: unknown): Json {
  return asObject(asObject(object).metadata);
}
