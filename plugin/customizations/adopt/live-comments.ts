import type { Document, Node, Pair, YAMLMap } from 'yaml';
import { isCollection, isMap, isNode, isScalar, isSeq, parseDocument } from 'yaml';
import { styleOf } from '../../lib/data/yaml-edit.ts';
import { secretsIn } from '../../secrets/index.ts';
import { parseLiveYaml } from '../../settings/yaml/parse.ts';

/**
 * The text of new overrides with the comments that a handwritten live file has at the same places: they say why
 * something is so. A comment with what looks like a secret is left out.
 */
export function withLiveComments(text: string, live: string): string {
  const hasComments = live.includes('#') && live.length <= maxCommented;
  const source = hasComments ? parseLiveYaml({ name: '', text: live }) : null;
  if (!source) return text;
  const document = parseDocument(text, { merge: false, uniqueKeys: false });
  const head = joined(source.document.commentBefore, headOf(source.document));
  if (head !== null) document.commentBefore = head;
  copyComments(source.document.contents, document.contents);
  document.comment = joined(source.document.comment);
  return document.toString(styleOf(text));
}

/** Maximum length of a file whose comments are kept: each line of them is searched for secrets. */
const maxCommented = 64 * 1024;

/** The comment right above the first key of the file is about that key only where a blank line precedes it. */
function headOf({ contents, commentBefore }: Document): string | null {
  return isCollection(contents) && (commentBefore ?? null) === null ? (contents.commentBefore ?? null) : null;
}

function copyComments(from: unknown, to: unknown): void {
  if (isMap(from) && isMap(to)) copyOfMap(from, to);
  if (isSeq(from) && isSeq(to) && from.items.length === to.items.length) {
    for (const [index, item] of to.items.entries()) {
      const source = from.items[index];
      if (isNode(source) && isNode(item))
        item.commentBefore = joined(source.commentBefore, index === 0 ? from.commentBefore : null);
      copyTrailing(source, item);
      copyComments(source, item);
    }
  }
}

function copyOfMap(from: YAMLMap, to: YAMLMap): void {
  const pairs = new Map(to.items.map((pair) => [textOf(pair), pair]));
  for (const [index, source] of from.items.entries()) {
    const pair = pairs.get(textOf(source));
    if (!pair || !isNode(pair.key) || !isNode(source.key)) continue;
    // The library gives what is above the first key to the map.
    const above = joined(index === 0 ? from.commentBefore : null, source.key.commentBefore);
    if (above !== null) pair.key.commentBefore = above;
    copyTrailing(source.value, pair.value);
    copyComments(source.value, pair.value);
  }
}

/** The comment at the end of a value's line, or below a collection. */
function copyTrailing(from: unknown, to: unknown): void {
  const comment = isNode(from) ? joined(from.comment) : null;
  if (comment !== null && isNode(to) && isScalar(from) === isScalar(to)) to.comment = comment;
}

function textOf({ key }: Pair): unknown {
  return isScalar(key) ? key.value : null;
}

/** Comments below each other, without those that may hold a secret; `null` where there are none. */
function joined(...comments: readonly (Node['comment'] | undefined)[]): string | null {
  const kept = comments.flatMap((one) => (typeof one === 'string' && !holdsSecret(one) ? [one] : []));
  return kept.length === 0 ? null : kept.join('\n');
}

/** People comment out settings together with their values. */
function holdsSecret(comment: string): boolean {
  return comment.split('\n').some((line) => {
    const [, key = 'comment', value = line] = /^[\s-]*"?([\w./-]{1,100})"?:\s+(\S.*)$/.exec(line) ?? [];
    return secretsIn({ [key]: value.replace(/^(["'])(.*)\1$/, '$2'), line }).length > 0;
  });
}
