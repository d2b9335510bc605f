import { isAlias, isMap, isScalar, isSeq, visit } from 'yaml';
import type { Alias, Node, Scalar, YAMLMap } from 'yaml';
import type { FileDiagnostic } from '../lib/diagnostic.ts';
import type { YamlFile } from '../settings/yaml/parse.ts';
import { hasRandomWord } from './entropy.ts';
import { allowlistMatcher } from './allow-comments.ts';
import { describesCredential, credentialNoun } from './key-names.ts';
import { shapeOf } from './token-formats.ts';
import { secretReason } from './values.ts';

/**
 * Values that look like a secret that was written into Git: by their key, by their shape, or for they are as random as
 * keys are. References to the environment are none, nor is what a comment allows. No message holds any of the value.
 */
export function inlineSecrets(file: YamlFile): readonly FileDiagnostic[] {
  const isAllowed = allowlistMatcher(file);
  const found = new Map<Scalar, FileDiagnostic>();
  walk(file.document.contents, root, targetsOf(file), (node, spot) => {
    if (found.has(node)) return;
    const why = secretReason(node, spot.key, spot.noun);
    if (why === null || isAllowed(node)) return;
    found.set(node, {
      code: 'SECRET_INLINE',
      severity: 'warning',
      location: file.placeAt(node.range?.[0] ?? 0),
      message: `${pathOf(spot)} looks like a secret: ${why}`,
      hint: "put it into the consumer's environment and write `{{ env.NAME }}`, or end the line with `# pragma: allowlist secret` if it is none",
    });
  });
  return [...found.values()];
}

/** Where a value stands: the keys that lead to it, and the credential that they say it is. */
interface KeyContext {
  readonly parent: KeyContext | null;
  readonly key: string;
  /** The word of the key that names a credential. */
  readonly noun: string | null;
}

const root: KeyContext = { parent: null, key: '', noun: null };

/** Written out, for `visit` would have to search a list for the index of each finding in it. */
function walk(node: unknown, spot: KeyContext, targets: Targets, seen: (node: Scalar, spot: KeyContext) => void): void {
  if (isScalar(node)) seen(node, spot);
  // The anchored value was seen where it stands; here its key may say more of it.
  if (isAlias(node) && spot.noun !== null) walk(targets.get(node), spot, targets, seen);
  if (isSeq(node)) {
    for (const [index, item] of node.items.entries())
      walk(item, { parent: spot, key: String(index), noun: spot.noun }, targets, seen);
  }
  if (!isMap(node)) return;
  for (const { key, value } of node.items) {
    const name = textOf(key) ?? '';
    walk(value, { parent: spot, key: name, noun: nounIn(node, name, spot.noun) }, targets, seen);
  }
}

type Targets = ReadonlyMap<Alias, Node>;

/** What each alias stands for: the library would search the whole file for each of them. */
function targetsOf({ document }: YamlFile): Targets {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target) targets.set(node, target);
        return;
      }
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

/** What a key says of its value: by itself, as one of several (`tokens: {a: …}`), or as the value of a named thing. */
function nounIn(map: YAMLMap, key: string, outer: string | null): string | null {
  const own = credentialNoun(key);
  if (own !== null) return own;
  if (outer !== null && /[^s]s$/.test(outer)) return describesCredential(key) ? null : outer;
  if (!/^(?:value|data|plain)$/i.test(key)) return null;
  return outer ?? credentialNoun(textOf(map.get('name', true)) ?? '');
}

/** Without a key that is a secret itself, and none longer than a message can be. */
function pathOf(spot: KeyContext): string {
  const keys: string[] = [];
  for (let at = spot; at.parent !== null; at = at.parent) keys.push(shown(at.key));
  return keys.reverse().join('.') || 'the file';
}

function shown(key: string): string {
  const start = key.slice(0, 80);
  if (shapeOf(start) !== null || hasRandomWord(start)) return '…';
  return start === key ? key : `${start.toWellFormed()}…`;
}

function textOf(node: unknown): string | null {
  return isScalar(node) && typeof node.value === 'string' ? node.value : null;
}
