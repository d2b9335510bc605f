import { digestAnnotation } from '../../customizations/discovery-settings.ts';
import type { ManagedConfigMap } from './managed-config-map.ts';
import { getOwn } from '../../lib/json.ts';

export const driftTypes = ['missing', 'modified', 'extra'] as const;
/**
 * How a ConfigMap differs from what Argo CD applied, through another writer:
 * - `missing`: a key was removed, or the whole ConfigMap was deleted
 * - `modified`: another writer owns a key, or a label or annotation that the plugin prints
 * - `extra`: a key was added
 */
export type DriftType = (typeof driftTypes)[number];

/** One difference; `key` is empty if it does not concern one key of the data. */
export interface Drift {
  readonly type: DriftType;
  readonly key: string;
}

/**
 * Fallback for server-side apply, which leaves no last-applied annotation: the keys at the last state without drift.
 */
export interface AppliedKeys {
  readonly digest: string;
  readonly keys: readonly string[];
}

/** The current drift of a ConfigMap, and its last state without drift. `before` is that state from the previous call. */
export function driftOf(
  { managedFields, annotations }: ManagedConfigMap,
  before: AppliedKeys | null,
): { readonly drifts: readonly Drift[]; readonly clean: AppliedKeys | null } {
  if (!managedFields) return { drifts: [], clean: before };
  const { keys, applied, foreignMetadata } = managedFields;
  const digest = annotations[digestAnnotation] ?? '';
  const own = Object.keys(keys).filter((key) => getOwn(keys, key));
  const foreign = Object.keys(keys).filter((key) => !getOwn(keys, key));
  const isSuccessor = before?.digest !== digest || own.some((key) => !before.keys.includes(key));
  const clean = isSuccessor && foreign.length === 0 ? { digest, keys: own } : before;
  const expected = applied ?? clean?.keys ?? null;
  return {
    drifts: [
      ...(expected ?? []).filter((key) => !Object.hasOwn(keys, key)).map((key) => ({ type: 'missing', key }) as const),
      ...foreign.map((key) => ({ type: expected?.includes(key) === false ? 'extra' : 'modified', key }) as const),
      ...(foreignMetadata ? [{ type: 'modified', key: '' } as const] : []),
    ],
    clean,
  };
}
