import { Document, isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Alias, Node, Scalar, YAMLMap } from 'yaml';
import type { FileDiagnostic } from '../lib/diagnostic.ts';
import type { Data, Path } from '../lib/json.ts';
import type { YamlText } from '../settings/yaml/parse.ts';
import { aliasTargets } from '../settings/yaml/nodes.ts';
import { hasRandomWord } from './entropy.ts';
import { allowlistMatcher } from './allow-comments.ts';
import { describesCredential, credentialNoun } from './key-names.ts';
import { tokenFormatOf } from './token-formats.ts';
import { secretReason } from './values.ts';

/**
 * Values in a file from Git that look like secrets: by their key, by the format of a known token, or because they
 * are as random as generated keys. References to the environment, and values that a comment allows, are skipped. No
 * message contains any part of the value.
 */
export function inlineSecrets(file: YamlText): readonly FileDiagnostic[] {
  const isAllowed = allowlistMatcher(file);
  const found = [...secretNodes(file)].filter(([node]) => !isAllowed(node));
  return found.map(([node, { context, why }]) => ({
    code: 'SECRET_INLINE',
    severity: 'warning',
    location: file.placeAt(node.range?.[0] ?? 0),
    message: `${pathOf(context)} looks like a secret: ${why}`,
    hint: "put it into the consumer's environment and write `{{ env.NAME }}`, or end the line with `# pragma: allowlist secret` if it is not one",
  }));
}

/** The values in a file that look like secrets. */
export function secretValues(file: YamlText): ReadonlySet<unknown> {
  return new Set([...secretNodes(file).keys()].map(({ value }) => value));
}

/** The text of a file with `***` for each value that looks like a secret, except known ones. */
export function withoutSecrets(file: YamlText, known: ReadonlySet<unknown>): string {
  const unknown = [...secretNodes(file).keys()].filter(({ value }) => !known.has(value));
  const ranges = unknown.flatMap(({ range }) => (range ? [range] : [])).sort(([a], [b]) => b - a);
  return ranges.reduce((text, [start, end]) => {
    const isBlock = text.slice(start, end).endsWith('\n');
    return `${text.slice(0, start)}'***'${isBlock ? '\n' : ''}${text.slice(end)}`;
  }, file.text);
}

interface SecretNode {
  readonly context: KeyContext;
  readonly why: string;
}

function secretNodes({ document }: YamlText): ReadonlyMap<Scalar, SecretNode> {
  const found = new Map<Scalar, SecretNode>();
  walk(document.contents, root, aliasTargets(document), (node, context) => {
    if (found.has(node)) return;
    const why = secretReason(node, context.key, context.noun);
    if (why !== null) found.set(node, { context, why });
  });
  return found;
}

/** Paths to the strings in the data that look like secrets. */
export function secretsIn(data: Data): Path[] {
  const found: Path[] = [];
  walk(new Document(data).contents, root, new Map(), (node, context) => {
    if (secretReason(node, context.key, context.noun) !== null) found.push(keysTo(context));
  });
  return found;
}

function keysTo(context: KeyContext): string[] {
  const keys: string[] = [];
  for (let current = context; current.parent !== null; current = current.parent) keys.push(current.key);
  return keys.reverse();
}

/** The keys that lead to a value, and the credential that they name. */
interface KeyContext {
  readonly parent: KeyContext | null;
  readonly key: string;
  /** The word in the keys that names a credential; `null` if there is none. */
  readonly noun: string | null;
}

const root: KeyContext = { parent: null, key: '', noun: null };

/** Visits every scalar with its keys. The library's `visit` does not pass the index in a list. */
function walk(
  node: unknown,
  context: KeyContext,
  targets: ReadonlyMap<Alias, Node>,
  onScalar: (node: Scalar, context: KeyContext) => void,
): void {
  if (isScalar(node)) onScalar(node, context);
  // The anchored value is visited in its own place as well; here, another key may name a credential.
  if (isAlias(node) && context.noun !== null) walk(targets.get(node), context, targets, onScalar);
  if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) {
      const noun = context.noun ?? nounOfFlag(textOf(node.items[index - 1]));
      walk(item, { parent: context, key: String(index), noun }, targets, onScalar);
    }
  }
  if (!isMap(node)) return;
  for (const { key, value } of node.items) {
    const name = textOf(key) ?? '';
    walk(value, { parent: context, key: name, noun: nounIn(node, name, context.noun) }, targets, onScalar);
  }
}

/**
 * The credential that a key names: by itself, as one of several (`tokens: {a: …}`), or with `name`
 * (`{name: token, value: …}`).
 */
function nounIn(map: YAMLMap, key: string, outer: string | null): string | null {
  const own = credentialNoun(key);
  if (own !== null) return own;
  if (outer !== null && selectsServices(map, key)) return null;
  if (outer !== null && /[^s]s$/.test(outer)) return describesCredential(key) ? null : outer;
  if (!/^(?:value|data|plain)$/i.test(key)) return null;
  return credentialNoun(textOf(map.get('name', true)) ?? '') ?? outer;
}

/** The Services that one of several `spec.credentials` is for. */
function selectsServices(map: YAMLMap, key: string): boolean {
  const value = key === 'services' ? map.get(key, true) : null;
  return isMap(value) && value.items.every((one) => /^(?:names|namespaces|selector)$/.test(textOf(one.key) ?? ''));
}

/** The credential that an argument of a command names, such as `--api-key`: the next one is its value. */
function nounOfFlag(argument: string | null): string | null {
  return argument !== null && /^--?[A-Za-z][\w-]*$/.test(argument) ? credentialNoun(argument) : null;
}

/** The keys joined by dots, each cut to 80 characters; a key that looks like a secret is replaced. */
function pathOf(context: KeyContext): string {
  return keysTo(context).map(shown).join('.') || 'the file';
}

function shown(key: string): string {
  const start = key.slice(0, 80);
  if (tokenFormatOf(start) !== null || hasRandomWord(start)) return '…';
  return start === key ? key : `${start.toWellFormed()}…`;
}

function textOf(node: unknown): string | null {
  return isScalar(node) && typeof node.value === 'string' ? node.value : null;
}
