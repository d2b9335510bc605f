import { isDeepStrictEqual } from 'node:util';
import type { Data, Path } from '../../lib/json.ts';
import { getOwn, isList, isMap, partsOf } from '../../lib/json.ts';
import { differences, pathOf, pointerTo } from '../../lib/data/json-pointer.ts';
import type { Draft } from './draft.ts';
import type { Patches } from './patches-schema.ts';
import { typeWordOf } from '../../lib/messages/text.ts';

export type Operation = Patches[number]['patch'][number];

/** Not allowed as keys in files from Git either. */
const forbiddenKeys: readonly (string | undefined)[] = ['__proto__', 'constructor', 'prototype'];
const maxDepth = 64;

/** Paths to the smallest changed parts, or the reason why nothing changed. */
export type Result = readonly Path[] | string;

/** The value at a pointer, and its path with numbers for list indexes. */
interface ResolvedPointer {
  readonly path: Path;
  readonly value: Data;
}

/** Applies one operation of RFC 6902. After a failure the draft may be partly changed. */
export function applyOperation(draft: Draft, operation: Operation): Result {
  const { value: document = null } = draft;
  if (operation.op === 'add') return add(draft, pathOf(operation.path), operation.value);
  const found = resolve(document, pathOf('from' in operation ? operation.from : operation.path));
  if (typeof found === 'string') return found;
  switch (operation.op) {
    case 'test':
      return isDeepStrictEqual(found.value, operation.value) ? [] : differenceOf(found.value, operation.value);
    case 'remove':
      return [remove(draft, found.path)];
    case 'replace':
      return put(draft, found.path, found.value, operation.value);
    case 'copy':
      // Copied, because later operations may change one of the two.
      return add(draft, pathOf(operation.path), structuredClone(found.value));
    case 'move':
      return move(draft, operation, found);
  }
}

/** Never the value itself, which may be a secret. */
function differenceOf(actual: Data, expected: Data): string {
  const [is, not] = [typeWordOf(actual), typeWordOf(expected)];
  return is === not ? 'the value there is different' : `the value there is ${is}, not ${not}`;
}

function move(
  draft: Draft,
  { from, path }: { readonly from: string; readonly path: string },
  found: ResolvedPointer,
): Result {
  if (path === from) return [];
  if (path.startsWith(`${from}/`)) return 'nothing can be moved into itself';
  const over = from.startsWith(`${path}/`) ? resolve(draft.value ?? null, pathOf(path)) : null;
  // Moving a value onto its ancestor replaces the ancestor, unless that is a list item, which moves down instead.
  if (over !== null && typeof over !== 'string' && typeof over.path.at(-1) !== 'number')
    return put(draft, over.path, over.value, found.value);
  const around = found.path.slice(0, -1);
  const list = resolve(draft.value ?? null, around.map(String));
  const before = typeof list !== 'string' && isList(list.value) ? [...list.value] : null;
  const removed = remove(draft, found.path);
  const added = add(draft, pathOf(path), found.value);
  if (typeof added === 'string') return added;
  // Within one list, only the items with a new index have changed.
  if (before && isDeepStrictEqual(added, [around])) {
    const after = resolve(draft.value ?? null, around.map(String));
    if (typeof after !== 'string' && isList(after.value))
      return differences(before, after.value, 'items').map((inner) => [...around, ...inner]);
  }
  return joined(removed, added);
}

/** Returns the path of the change: for a list item, the whole list. */
function remove(draft: Draft, path: Path): Path {
  if (path.length === 0) draft.replaceWhole(undefined);
  else draft.remove(path);
  return typeof path.at(-1) === 'number' ? path.slice(0, -1) : path;
}

function add(draft: Draft, pointer: readonly string[], value: Data): Result {
  const key = pointer.at(-1);
  if (forbiddenKeys.includes(key)) return `the key ${String(key)} is refused`;
  const parent = resolve(draft.value ?? null, pointer.slice(0, -1));
  if (typeof parent === 'string') return parent;
  const where = pointerTo(pointer.slice(0, -1));
  if (key !== undefined && isList(parent.value)) {
    const { length } = parent.value;
    if (key !== '-' && !(isIndex(key) && Number(key) <= length))
      return `the list at ${where} takes 0 to ${String(length)}, or - for its end, not ${key}`;
    const path = [...parent.path, key === '-' ? length : Number(key)];
    const problem = problemOf(path, value);
    if (problem !== null) return problem;
    draft.insert(path, value);
    return [parent.path];
  }
  if (!isMap(parent.value)) return `${where} is neither a map nor a list`;
  const before = key === undefined ? parent.value : getOwn(parent.value, key);
  return put(draft, key === undefined ? [] : [...parent.path, key], before, value);
}

function put(draft: Draft, path: Path, before: Data | undefined, value: Data): Result {
  const problem = problemOf(path, value);
  if (problem !== null) return problem;
  if (path.length === 0) draft.replaceWhole(value);
  else draft.set(path, value);
  return differences(before, value, 'items').map((inner) => [...path, ...inner]);
}

function problemOf(path: Path, value: Data): string | null {
  if (path.length === 0 && !isMap(value)) return 'a toolset is a map';
  return path.length + depthOf(value) > maxDepth
    ? `it would be nested more than ${String(maxDepth)} levels deep`
    : null;
}

/** The changed places at both ends of a move, without those inside another: a longer list is one change. */
function joined(removed: Path, added: readonly Path[]): readonly Path[] {
  const others = added.filter((path) => !isWithin(path, removed));
  return others.some((other) => isWithin(removed, other)) ? others : [removed, ...others];
}

function isWithin(path: Path, other: Path): boolean {
  return other.length <= path.length && other.every((key, index) => key === path[index]);
}

/** The value at a path, or where the path ends. Indexes are digits without a leading zero (RFC 6901). */
function resolve(document: Data, pointer: readonly string[]): ResolvedPointer | string {
  let value = document;
  const path: (string | number)[] = [];
  for (const key of pointer) {
    const list = isList(value) && isIndex(key) ? value : null;
    const next = isMap(value) ? getOwn(value, key) : list?.[Number(key)];
    path.push(list ? Number(key) : key);
    if (next === undefined) return `there is nothing at ${pointerTo(path)}${itemsOf(value)}`;
    value = next;
  }
  return { path, value };
}

/** People write the name of an item in place of its index. */
function itemsOf(value: Data): string {
  if (!isList(value) || value.length === 0) return '';
  return `: the list has the items 0${value.length === 1 ? '' : ` to ${String(value.length - 1)}`}`;
}

function isIndex(key: string): boolean {
  return /^(?:0|[1-9]\d*)$/.test(key);
}

function depthOf(data: Data): number {
  if (typeof data !== 'object' || data === null) return 0;
  return 1 + partsOf(data).reduce((deepest, [, one]) => Math.max(deepest, depthOf(one)), 0);
}
