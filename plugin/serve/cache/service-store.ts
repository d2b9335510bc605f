import type { ServiceView } from '../../../detectors/types.ts';
import { nameOnly } from '../../cluster/projections.ts';
import { createStore } from './store.ts';
import type { Change, Entry, KeysListener, Store, WritableStore } from './store.ts';

/** A Service that no rule points at. */
export interface ServiceName {
  readonly namespace: string;
  readonly name: string;
}

/** Services that a rule points at, and the names of all others. */
export interface Services extends Store<ServiceView> {
  /** Number of all Services; `get` and `values` cover only those that a rule points at. */
  readonly size: number;
  /** Namespaces of all Services. */
  readonly namespaces: () => ReadonlySet<string>;
  /** The other Services, reduced to their names. */
  readonly others: () => Iterable<ServiceView>;
}

export type ServiceStore = Services & WritableStore<ServiceView | ServiceName>;

/** No detector matches nearly all Services of a cluster: about 70 bytes are kept of each of them. */
export function createServiceStore(notify: KeysListener): ServiceStore {
  /** Names by namespace. */
  const others = new Map<string, Set<string>>();
  let changed: string[] = [];
  const kept = createStore<ServiceView>((changes: readonly Change<ServiceView>[]) => {
    for (const { key } of changes) changed.push(key);
  });
  const flush = (): void => {
    const keys = [...new Set(changed)];
    changed = [];
    if (keys.length > 0) notify(keys);
  };
  const forget = (key: string): void => {
    const [namespace, name] = split(key);
    const names = others.get(namespace);
    if (names?.delete(name) !== true) return;
    if (names.size === 0) others.delete(namespace);
    changed.push(key);
  };
  const note = ({ key, view: { namespace, name } }: Entry<ServiceName>): void => {
    const names = others.get(namespace) ?? new Set();
    others.set(namespace, names);
    if (names.has(name)) return;
    names.add(name);
    changed.push(key);
  };
  const put = (entry: Entry<ServiceView | ServiceName>): void => {
    if (isKept(entry)) {
      forget(entry.key);
      kept.put(entry);
    } else {
      kept.remove(entry.key);
      note(entry);
    }
  };
  return {
    get: kept.get,
    values: kept.values,
    get size() {
      return others.values().reduce((sum, names) => sum + names.size, kept.size);
    },
    namespaces: () => new Set([...others.keys(), ...[...kept.values()].map(({ namespace }) => namespace)]),
    others: () => viewsOf(others),
    known: kept.known,
    forgetVersions: kept.forgetVersions,
    put: (entry) => {
      put(entry);
      flush();
    },
    remove: (key) => {
      forget(key);
      kept.remove(key);
      flush();
    },
    replace: (listed, namespace) => {
      const present = new Map(listed.flatMap((entry) => (isKept(entry) ? [] : [[entry.key, entry]])));
      for (const { namespace: of, name } of viewsOf(others))
        if ((namespace === null || of === namespace) && !present.has(`${of}/${name}`)) forget(`${of}/${name}`);
      kept.replace(listed.filter(isKept), namespace);
      for (const entry of present.values()) note(entry);
      flush();
    },
  };
}

function isKept(entry: Entry<ServiceView | ServiceName>): entry is Entry<ServiceView> {
  return 'labels' in entry.view;
}

function split(key: string): [namespace: string, name: string] {
  const at = key.indexOf('/');
  return [key.slice(0, at), key.slice(at + 1)];
}

function* viewsOf(others: ReadonlyMap<string, ReadonlySet<string>>): Iterable<ServiceView> {
  for (const [namespace, names] of others) for (const name of names) yield nameOnly({ namespace, name });
}
