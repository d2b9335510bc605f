import { isDeepStrictEqual } from 'node:util';
import type { Alias, Document, Node } from 'yaml';
import { isAlias, isCollection, isDocument, isPair, isScalar, isSeq, visit } from 'yaml';
import type { Data, Path } from '../../lib/json.ts';
import { valueAt } from '../../lib/data/json-pointer.ts';

/**
 * Expands aliases in the document: those whose new value differs from their anchor's, or all of them with
 * `null`. The copy keeps the alias's comment.
 */
export function writeOutAliases(document: Document, intended: Data | null): void {
  const anchors = new Map<string, { readonly node: Node; readonly ancestors: readonly unknown[] }>();
  visit(document, {
    Node: (_, node, ancestors) => {
      if (!isAlias(node) && node.anchor !== undefined) anchors.set(node.anchor, { node, ancestors });
    },
    Alias: (_, alias, ancestors) => {
      const anchor = anchors.get(alias.source);
      if (!anchor) return undefined;
      const paths = [pathOf(alias, ancestors), pathOf(anchor.node, anchor.ancestors)];
      const [own, shared] = paths.map((path) => valueAt(intended ?? undefined, path));
      const isKept = intended !== null && (own === undefined || isDeepStrictEqual(own, shared));
      return isKept ? undefined : copyOf(anchor.node, alias);
    },
  });
}

/** Whether an alias has lost its anchor. */
export function hasOpenAlias(document: Document): boolean {
  const anchors = new Set<string>();
  let isOpen = false;
  visit(document, {
    Node: (_, node) => {
      if (!isAlias(node) && node.anchor !== undefined) anchors.add(node.anchor);
    },
    Alias: (_, { source }) => {
      isOpen ||= !anchors.has(source);
    },
  });
  return isOpen;
}

function copyOf(node: Node, alias: Alias): Node {
  const copy = node.clone() as Node;
  visit(copy, {
    Node: (_, one) => {
      if (!isAlias(one)) delete one.anchor;
    },
  });
  const isBlock = isCollection(copy) && copy.flow !== true;
  const comment = alias.comment ?? null;
  copy.comment = isBlock ? null : comment;
  copy.commentBefore = isBlock ? comment : null;
  return copy;
}

/** Keys and indexes from the document to the node. */
function pathOf(node: Node, ancestors: readonly unknown[]): Path {
  const nodes = [...ancestors, node];
  return nodes.flatMap((one, index): (string | number)[] => {
    if (isPair(one)) return isScalar(one.key) ? [String(one.key.value)] : [];
    const next = nodes[index + 1];
    return isSeq(one) && !isDocument(next) ? [one.items.indexOf(next)] : [];
  });
}
