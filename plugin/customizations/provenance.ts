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

/** Tells which file in Git wrote which part of the toolsets. All other parts are generated. */
export interface Provenance {
  /** Records that the source wrote this value at the path. Returns the sources whose values are lost. */
  readonly write: (path: Path, value: Data, source: Origin) => readonly Origin[];
  /** Records the removal of the part at the path. Returns the same. */
  readonly erase: (path: Path, source: Origin) => readonly Origin[];
  /** Records that the part moved from one path to the other. */
  readonly move: (from: Path, to: Path) => void;
  /** The source of the part at the path, or of the larger part that contained it; `null` where it is generated. */
  readonly sourceOf: (path: Path) => Origin | null;
  /** Whether Git wrote anything at or below the path. */
  readonly touches: (path: Path) => boolean;
  /** The sources of everything written or removed at and below the path. */
  readonly sourcesBelow: (path: Path) => readonly Origin[];
  /** The first of `sourcesBelow`; `null` where there is none. */
  readonly firstBelow: (path: Path) => Origin | null;
  readonly removals: () => readonly Removal[];
  /** The source that removed exactly this part; `null` where it exists, or was removed with a larger one. */
  readonly removalAt: (path: Path) => Origin | null;
}

interface Node {
  readonly source: Origin | null;
  /** Whether the source removed it. */
  readonly isGone: boolean;
  readonly children: Map<string | number, Node>;
}

/** Starts an empty provenance. */
export function startProvenance(): Provenance {
  const root = untouched();
  return {
    write: (path, value, source) => replace(root, path, provenanceTree(value, source)),
    erase: (path, source) => replace(root, path, { source, isGone: true, children: new Map() }),
    move: (from, to) => {
      const node = nodeAt(root, from);
      if (!node) return;
      nodeAt(root, from.slice(0, -1))?.children.delete(from.at(-1) ?? '');
      replace(root, to, node);
    },
    sourceOf: (path) => sourceOf(root, path),
    touches: (path) => firstBelow(root, path) !== null,
    sourcesBelow: (path) => [...sourcesBelow(root, path)],
    firstBelow: (path) => firstBelow(root, path),
    removals: () => [...removalsIn(root, [])],
    removalAt: (path) => removalAt(root, path),
  };
}

function untouched(): Node {
  return { source: null, isGone: false, children: new Map() };
}

/** Each key of a map from Git has its own line as origin; a list is one unit. */
function provenanceTree(value: Data, source: Origin): Node {
  const entries = isMap(value) ? Object.entries(value) : [];
  return {
    source,
    isGone: false,
    children: new Map(
      entries.map(([key, one]) => [key, provenanceTree(one, { ...source, path: [...source.path, key] })]),
    ),
  };
}

function replace(root: Node, path: Path, node: Node): readonly Origin[] {
  let parent = root;
  for (const step of path.slice(0, -1)) {
    const next = parent.children.get(step) ?? untouched();
    parent.children.set(step, next);
    parent = next;
  }
  const last = path.at(-1) ?? '';
  const before = parent.children.get(last);
  parent.children.set(last, node);
  return before ? [...sourcesOf(before)] : [];
}

function sourcesBelow(root: Node, path: Path): Iterable<Origin> {
  const node = nodeAt(root, path);
  return node ? sourcesOf(node) : [];
}

function nodeAt(root: Node, path: Path): Node | undefined {
  return path.reduce<Node | undefined>((parent, step) => parent?.children.get(step), root);
}

function firstBelow(root: Node, path: Path): Origin | null {
  for (const source of sourcesBelow(root, path)) return source;
  return null;
}

function* sourcesOf({ source, children }: Node): Iterable<Origin> {
  // Leaves are enough: a map above them has the source only because of them.
  if (source && children.size === 0) yield source;
  for (const child of children.values()) yield* sourcesOf(child);
}

function sourceOf(root: Node, path: Path): Origin | null {
  let found: Origin | null = null;
  let node: Node | undefined = root;
  for (const [index, step] of path.entries()) {
    node = node.children.get(step);
    if (!node || node.isGone) break;
    if (node.source) found = { ...node.source, path: [...node.source.path, ...path.slice(index + 1)] };
  }
  return found;
}

function* removalsIn({ source, isGone, children }: Node, path: Path): Iterable<Removal> {
  if (isGone && source) {
    yield { path, source };
    return;
  }
  for (const [step, child] of children) yield* removalsIn(child, [...path, step]);
}

function removalAt(root: Node, path: Path): Origin | null {
  let node: Node | undefined = root;
  for (const step of path) {
    if (node?.isGone) return null;
    node = node?.children.get(step);
  }
  return node?.isGone ? node.source : null;
}
