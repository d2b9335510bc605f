import { isDeepStrictEqual } from 'node:util';

/** Objects of one collection as they were last heard of, by `namespace/name`, or by `name` of what has no namespace. */
export interface Store<T> {
  readonly get: (key: string) => T | undefined;
  /** No copy: what is put meanwhile may or may not be seen. */
  readonly values: () => Iterable<T>;
  readonly size: number;
}

/** Told after the store has changed, once for each watch event or list: which keys, never what: look at the store. */
export type KeysListener = (keys: readonly string[]) => void;

/** An object, and which state of it this is. */
export interface Entry<T> {
  readonly key: string;
  /** Differs between any two states of the object, and from those of an earlier one of this name. */
  readonly version: string;
  readonly view: T;
}

/** How one object of a store differs from what it was; `undefined` where there is none. */
export interface Change<T> {
  readonly key: string;
  readonly before: T | undefined;
  readonly after: T | undefined;
}

/** The side of a store that a reflector fills. */
export interface WritableStore<T> extends Store<T> {
  /** The entry, if this is the very state that is stored: its view need not be made again. */
  readonly known: (key: string, version: string) => Entry<T> | undefined;
  readonly put: (entry: Entry<T>) => void;
  readonly remove: (key: string) => void;
  /** Takes a list for the whole truth about a namespace, or about everything where it is `null`. */
  readonly replace: (entries: readonly Entry<T>[], namespace: string | null) => void;
}

/**
 * A store that tells what really differs: an object whose view equals the one before keeps it, so that whatever was
 * computed from a view holds as long as the view is the same (`===`).
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
    put: (entry) => {
      notify(set(entry));
    },
    remove: (key) => {
      notify(unset(key));
    },
    replace: (listed, namespace) => {
      const there = new Set(listed.map(({ key }) => key));
      const mine = (key: string): boolean => namespace === null || key.startsWith(`${namespace}/`);
      const gone = [...entries.keys()].filter((key) => mine(key) && !there.has(key));
      notify([...gone.flatMap(unset), ...listed.flatMap(set)]);
    },
  };
}

function* viewsOf<T>(entries: ReadonlyMap<string, Entry<T>>): Iterable<T> {
  for (const { view } of entries.values()) yield view;
}
