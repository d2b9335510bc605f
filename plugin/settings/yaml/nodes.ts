import { isAlias, isMap, isScalar, visit } from 'yaml';
import type { Alias, Document, Node, Pair, ParsedNode, YAMLMap } from 'yaml';
import { memoize } from '../../lib/memoize.ts';

/** Offset of the value at the path, or of its key; of the nearest parent if it is absent. */
export function offsetOf(document: Document<ParsedNode>, path: readonly PropertyKey[], part: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = offsetOfNode(node);
  for (const [index, step] of path.entries()) {
    const last = index === path.length - 1;
    // A problem within an alias is located at the alias: each use of an anchor has its own line.
    if (isAlias(node)) return offset;
    const pair = isMap(node) ? pairsOf(node).get(step) : undefined;
    const next: unknown = pair ? pair.value : getItem(node, step);
    if (next === undefined && !pair) return offset;
    offset = last && part === 'key' && pair ? offsetOfNode(pair.key) : offsetOfNode(next ?? pair?.key);
    node = next;
  }
  return offset;
}

/** The target of each alias, found in one pass: the library searches the whole file for each alias. */
export const aliasTargets = memoize((document: Document): ReadonlyMap<Alias, Node> => {
  const anchors = new Map<string, Node>();
  const found = new Map<Alias, Node>();
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target) found.set(node, target);
        return;
      }
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return found;
});

/** Pairs of a map by key, built once per map: a linear search for each key would be quadratic. */
const pairsOf = memoize(
  (map: YAMLMap): ReadonlyMap<unknown, Pair<Node, Node | null>> =>
    new Map(
      (map as YAMLMap<Node, Node | null>).items.map((pair) => [isScalar(pair.key) ? pair.key.value : null, pair]),
    ),
);

function getItem(node: unknown, step: PropertyKey): unknown {
  return typeof node === 'object' && node !== null && 'get' in node && typeof node.get === 'function'
    ? (node as { get: (key: PropertyKey, keep: boolean) => unknown }).get(step, true)
    : undefined;
}

/** Where a node starts; 0 for one without a place. */
export function offsetOfNode(node: unknown): number {
  return (node as Node | null | undefined)?.range?.[0] ?? 0;
}
