import type { YamlFile } from '../settings/yaml/parse.ts';
import type { Data, Path } from '../lib/json.ts';
import { isMap } from '../lib/json.ts';
import type { SourceLocation } from '../lib/diagnostic.ts';

/** The source in Git of a part of the toolsets: the value at a path of a file. */
export interface Origin {
  readonly kind: 'override' | 'patch';
  readonly file: YamlFile;
  readonly path: Path;
}

/** Position of an origin in its file. */
export function locationOf({ file, path }: Origin): SourceLocation {
  return file.locate(path, 'key');
}

/** A part that Git removed, and the source that removed it. */
export interface Removal {
  readonly path: Path;
  readonly source: Origin;
}

interface Node {
  readonly source: Origin | null;
  /** Whether the source removed it. */
  readonly isGone: boolean;
  readonly children: Map<string | number, Node>;
}

/** Tells which file in Git wrote which part of the toolsets. All other parts are generated. */
export class Provenance {
  readonly #root = untouched();

  /** Records that the source wrote this value at the path. Returns the sources whose values are lost. */
  write(path: Path, value: Data, source: Origin): readonly Origin[] {
    return this.#replace(path, treeOf(value, source));
  }

  /** Records the removal of the part at the path. Returns the same. */
  erase(path: Path, source: Origin): readonly Origin[] {
    return this.#replace(path, { source, isGone: true, children: new Map() });
  }

  /** Records that the part moved from one path to the other. */
  move(from: Path, to: Path): void {
    const node = this.#nodeAt(from);
    if (!node) return;
    this.#nodeAt(from.slice(0, -1))?.children.delete(from.at(-1) ?? '');
    this.#replace(to, node);
  }

  /** The source of the part at the path, or of the larger part that contained it; `null` where it is generated. */
  sourceOf(path: Path): Origin | null {
    let found: Origin | null = null;
    let node: Node | undefined = this.#root;
    for (const [index, step] of path.entries()) {
      node = node.children.get(step);
      if (!node || node.isGone) break;
      if (node.source) found = { ...node.source, path: [...node.source.path, ...path.slice(index + 1)] };
    }
    return found;
  }

  /** Whether Git wrote anything at or below the path. */
  touches(path: Path): boolean {
    return this.firstBelow(path) !== null;
  }

  /** The sources of everything written or removed at and below the path. */
  sourcesBelow(path: Path): readonly Origin[] {
    const node = this.#nodeAt(path);
    return node ? [...sourcesIn(node)] : [];
  }

  /** The first of `sourcesBelow`; `null` where there is none. */
  firstBelow(path: Path): Origin | null {
    const node = this.#nodeAt(path);
    return (node && sourcesIn(node).next().value) ?? null;
  }

  removals(): readonly Removal[] {
    return [...removalsIn(this.#root, [])];
  }

  /** The source that removed exactly this part; `null` where it exists, or was removed with a larger one. */
  removalAt(path: Path): Origin | null {
    let node: Node | undefined = this.#root;
    for (const step of path) {
      if (node?.isGone) return null;
      node = node?.children.get(step);
    }
    return node?.isGone ? node.source : null;
  }

  #replace(path: Path, node: Node): readonly Origin[] {
    let parent = this.#root;
    for (const step of path.slice(0, -1)) {
      const next = parent.children.get(step) ?? untouched();
      parent.children.set(step, next);
      parent = next;
    }
    const last = path.at(-1) ?? '';
    const before = parent.children.get(last);
    parent.children.set(last, node);
    return before ? [...sourcesIn(before)] : [];
  }

  #nodeAt(path: Path): Node | undefined {
    return path.reduce<Node | undefined>((parent, step) => parent?.children.get(step), this.#root);
  }
}

function untouched(): Node {
  return { source: null, isGone: false, children: new Map() };
}

/** Each key of a map from Git has its own line as origin; a list is one unit. */
function treeOf(value: Data, source: Origin): Node {
  const entries = isMap(value) ? Object.entries(value) : [];
  return {
    source,
    isGone: false,
    children: new Map(entries.map(([key, one]) => [key, treeOf(one, { ...source, path: [...source.path, key] })])),
  };
}

function* sourcesIn({ source, children }: Node): Generator<Origin, void> {
  // Leaves are enough: a map above them has the source only because of them.
  if (source && children.size === 0) yield source;
  for (const child of children.values()) yield* sourcesIn(child);
}

function* removalsIn({ source, isGone, children }: Node, path: Path): Generator<Removal, void> {
  if (isGone && source) {
    yield { path, source };
    return;
  }
  for (const [step, child] of children) yield* removalsIn(child, [...path, step]);
}
