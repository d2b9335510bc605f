import { asObject, asString } from '../../lib/json.ts';
import type { Json } from '../../lib/json.ts';
import type { Entry } from './store.ts';

/** What a store keeps of an object; `null` where `view` keeps nothing. A state that is stored already is not viewed again. */
export function entryOf<T>(
  object: unknown,
  view: (object: unknown) => T | null,
  known: (key: string, version: string) => Entry<T> | undefined,
): Entry<T> | null {
  const { uid, resourceVersion } = metadataOf(object);
  const key = keyOfObject(object);
  // The resource version alone could come again for another object of this name, once etcd was restored.
  const version = `${asString(uid)}/${asString(resourceVersion)}`;
  const stored = known(key, version);
  if (stored) return stored;
  const seen = view(object);
  return seen === null ? null : { key, version, view: seen };
}

/** `namespace/name`, or `name` of what has no namespace. */
export function keyOfObject(object: unknown): string {
  const { namespace, name } = metadataOf(object);
  return typeof namespace === 'string' && namespace !== '' ? `${namespace}/${asString(name)}` : asString(name);
}

function metadataOf(object: unknown): Json {
  return asObject(asObject(object).metadata);
}
