import { isDeepStrictEqual } from 'node:util';

/** The last known objects of one collection, by `namespace/name`, or by `name` if they are cluster-scoped. */
export interface Store<T> {
  readonly get: (key: string) => T | undefined;
  /** A live iterator: it may or may not include objects that are added meanwhile. */
  readonly values: () => Iterable<T>;
  readonly size: number;
}

/** Called with the changed keys after the store has changed, once per watch event or list. */
export type KeysListener = (keys: readonly string[]) => void;

/** One version of an object. */
export interface Entry<T> {
  readonly key: string;
  /** Unique among all versions of this object and of earlier objects with its name. */
  readonly version: string;
  readonly view: T;
}

/** An object before and after a change; `undefined` if it did not exist. */
export interface Change<T> {
  readonly key: string;
  readonly before: T | undefined;
  readonly after: T | undefined;
}

/** The interface through which a reflector writes a store. */
export interface WritableStore<T> extends Store<T> {
  /** The entry, if exactly this version is stored. */
  readonly known: (key: string, version: string) => Entry<T> | undefined;
  /** Makes each object be projected again when next seen, even if its version is the same. */
  readonly forgetVersions: () => void;
  readonly put: (entry: Entry<T>) => void;
  readonly remove: (key: string) => void;
  /** Replaces all objects of a namespace; of the whole cluster for `null`. */
  readonly replace: (entries: readonly Entry<T>[], namespace: string | null) => void;
}

/**
 * A store that reports only changes of a view: an object whose new view equals the old one keeps the old one, so that
 * results computed from a view stay valid while the view is the same (`===`).
 */
export function createStore<T>(onChange: (changes: readonly Change<T>[]) => void): WritableStore<T> {
  const entries = new Map<string, Entry<T>>();
  const notify = (changes: readonly Change<T>[]): void => {
    if (changes.length > 0) onChange(changes);
  };
  const set = (entry: Entry<T>): Change<T>[] => {
    const before = entries.get(entry.key);
    if (before === entry) return [];
    if (before && isDeepStrictEqual(before.view, entry.view)) {
      entries.set(entry.key, { ...entry, view: before.view });
      return [];
    }
    entries.set(entry.key, entry);
    return [{ key: entry.key, before: before?.view, after: entry.view }];
  };
  const unset = (key: string): Change<T>[] => {
    const before = entries.get(key);
    if (!before) return [];
    entries.delete(key);
    return [{ key, before: before.view, after: undefined }];
  };
  return {
    get: (key) => entries.get(key)?.view,
    values: () => viewsOf(entries),
    get size() {
      return entries.size;
    },
    known: (key, version) => {
      const entry = entries.get(key);
      return entry?.version === version ? entry : undefined;
    },
    forgetVersions: () => {
      for (const [key, entry] of entries) entries.set(key, { ...entry, version: '' });
    },
    put: (entry) => {
      notify(set(entry));
    },
    remove: (key) => {
      notify(unset(key));
    },
    replace: (listed, namespace) => {
      const present = new Set(listed.map(({ key }) => key));
      const isInNamespace = (key: string): boolean => namespace === null || key.startsWith(`${namespace}/`);
      const gone = [...entries.keys()].filter((key) => isInNamespace(key) && !present.has(key));
      notify([...gone.flatMap(unset), ...listed.flatMap(set)]);
    },
  };
}

function* viewsOf<T>(entries: ReadonlyMap<string, Entry<T>>): Iterable<T> {
  for (const { view } of entries.values()) yield view;
}
