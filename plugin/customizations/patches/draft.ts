import jsonpatch from 'fast-json-patch';
import type { Data, DataMap, Path } from '../../lib/json.ts';
import { getOwn, isList, setOwn } from '../../lib/json.ts';
import { pointerTo } from '../../lib/data/json-pointer.ts';

type Container = Data[] | Record<string, Data>;

/** Charges work, in characters, to the `PatchBudget`. */
export type Spend = (characters: number) => void;

/**
 * A toolset while patches change it. Each map or list is copied before its first change and then changed in place: many
 * operations cost only one copy of what they touch, and the original stays unchanged.
 */
export class Draft {
  readonly #spend: Spend;
  #value: Data | undefined;
  #copied = new WeakSet<Container>();

  constructor(value: Data, spend: Spend) {
    this.#value = value;
    this.#spend = spend;
  }

  /** `undefined` where the whole toolset was removed. */
  get value(): Data | undefined {
    return this.#value;
  }

  replaceWhole(value: Data | undefined): void {
    this.#value = value;
  }

  /** Sets the value at a key or index; the path has to exist, except for its last step. */
  set(path: Path, value: Data): void {
    const isOfList = Array.isArray(this.#parentOf(path));
    this.#edit({ op: isOfList ? 'replace' : 'add', path: pointerTo(path), value });
  }

  /** Inserts into the list around the path. */
  insert(path: Path, value: Data): void {
    this.#spend((this.#parentOf(path) as Data[]).length / itemsPerCharacter);
    this.#edit({ op: 'add', path: pointerTo(path), value });
  }

  remove(path: Path): void {
    const parent = this.#parentOf(path);
    if (Array.isArray(parent)) this.#spend(parent.length / itemsPerCharacter);
    this.#edit({ op: 'remove', path: pointerTo(path) });
  }

  /** Tries something and reverts it. */
  trial<T>(attempt: () => T): T {
    const before = this.#value;
    this.#copied = new WeakSet();
    try {
      return attempt();
    } finally {
      this.#value = before;
      this.#copied = new WeakSet();
    }
  }

  /** Changes the value in place: every map and list on the path is a copy by now. */
  #edit(operation: jsonpatch.Operation): void {
    jsonpatch.applyOperation(this.#value, operation);
  }

  #parentOf(path: Path): Container {
    let parent = this.#own(this.#value as Data);
    this.#value = parent;
    for (const key of path.slice(0, -1)) {
      const child = this.#own(getOwn(parent as Record<string, Data>, String(key)) ?? null);
      setOwn(parent as Record<string, Data>, String(key), child);
      parent = child;
    }
    return parent;
  }

  #own(data: Data): Container {
    if (this.#copied.has(data as Container)) return data as Container;
    const copy: Container = isList(data) ? [...data] : { ...(data as DataMap) };
    this.#spend(Object.keys(copy).length);
    this.#copied.add(copy);
    return copy;
  }
}

/** Moving items of a list is cheap: the engine moves many at once. */
const itemsPerCharacter = 16;
