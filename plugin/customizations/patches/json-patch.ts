import jsonpatch from 'fast-json-patch';
import { isDeepStrictEqual } from 'node:util';
import type { Data, DataMap } from '../../lib/json.ts';
import { isMap } from '../../lib/json.ts';
import { getOwn, pathOf, pointerTo } from '../../lib/json-pointer.ts';
import type { Patches } from './patches-schema.ts';

export type Operation = Patches[number]['patch'][number];

/** No key of a file from Git either. */
const forbiddenKeys: readonly (string | undefined)[] = ['__proto__', 'constructor', 'prototype'];
const maxDepth = 64;

/** What becomes of the document, or why nothing does. */
export type Result = { readonly after: Data | undefined } | string;

interface PatchedValue {
  readonly op: 'add' | 'replace';
  readonly path: string;
  readonly value: Data;
}
type Edit = PatchedValue | { readonly op: 'remove'; readonly path: string };

/**
 * Applies one operation of RFC 6902. Whether there is such a place is found out here: the library takes what objects
 * inherit for keys of theirs, 4294967296 for 0, and moves the whole into a part of it.
 */
export function applyOperation(document: Data, operation: Operation): Result {
  if (operation.op === 'add') return add(document, operation.path, operation.value);
  const found = resolvePointer(document, pathOf('from' in operation ? operation.from : operation.path));
  if (typeof found === 'string') return found;
  switch (operation.op) {
    case 'test':
      return isDeepStrictEqual(found.value, operation.value) ? { after: document } : 'another value stands there';
    case 'remove':
      return operation.path === '' ? { after: undefined } : edited(document, operation);
    case 'replace':
      return put(document, operation);
    case 'copy':
      return add(document, operation.path, found.value);
    case 'move':
      return move(document, operation, found.value);
  }
}

function move(document: Data, { from, path }: { readonly from: string; readonly path: string }, value: Data): Result {
  if (path === from) return { after: document };
  if (path.startsWith(`${from}/`)) return 'nothing can be moved into itself';
  return add(edited(document, { op: 'remove', path: from }).after, path, value);
}

function add(document: Data, pointer: string, value: Data): Result {
  const path = pathOf(pointer);
  const key = path.at(-1);
  if (forbiddenKeys.includes(key)) return `the key ${String(key)} is refused`;
  const parent = resolvePointer(document, path.slice(0, -1));
  if (typeof parent === 'string') return parent;
  const where = pointerTo(path.slice(0, -1));
  if (key !== undefined && Array.isArray(parent.value)) {
    const { length } = parent.value;
    if (key !== '-' && !(isIndex(key) && Number(key) <= length))
      return `the list at ${where} takes 0 to ${String(length)}, or - for its end, not ${key}`;
  } else if (!isMap(parent.value)) return `${where} is neither a map nor a list`;
  return put(document, { op: 'add', path: pointer, value });
}

function put(document: Data, write: PatchedValue): Result {
  const { path, value } = write;
  if (path === '' && !isMap(value)) return 'a toolset is a map';
  if (pathOf(path).length + depthOf(value) > maxDepth)
    return `it would be nested more than ${String(maxDepth)} levels deep`;
  return edited(document, write);
}

function edited(document: Data, edit: Edit): { readonly after: Data } {
  // The library writes into the document, and the value itself into it, and later operations into that value.
  const { newDocument } = jsonpatch.applyOperation<unknown>(structuredClone(document), structuredClone(edit));
  return { after: newDocument as Data };
}

/** What stands at a path, or where it ends. Only digits without a zero in front are an index (RFC 6901). */
function resolvePointer(document: Data, path: readonly string[]): { readonly value: Data } | string {
  let value = document;
  for (const [depth, key] of path.entries()) {
    const list = Array.isArray(value) && isIndex(key) ? (value as readonly Data[]) : [];
    const next = isMap(value) ? getOwn(value, key) : list[Number(key)];
    if (next === undefined) return `nothing stands at ${pointerTo(path.slice(0, depth + 1))}`;
    value = next;
  }
  return { value };
}

function isIndex(key: string): boolean {
  return /^(?:0|[1-9]\d*)$/.test(key);
}

function depthOf(data: Data): number {
  if (typeof data !== 'object' || data === null) return 0;
  return 1 + Object.values(data as DataMap).reduce<number>((deepest, one) => Math.max(deepest, depthOf(one)), 0);
}
