import { digestAnnotation } from '../../customizations/discovery-settings.ts';
import type { ManagedConfigMap } from './managed-config-map.ts';

export const driftTypes = ['missing', 'modified', 'extra'] as const;
/**
 * How a ConfigMap differs from what Argo CD applied, by somebody else's hand:
 * - `missing`: a key was taken away, or the whole ConfigMap was deleted
 * - `modified`: a key, or a label or annotation that the plugin prints, was written by another
 * - `extra`: a key was added
 */
export type DriftType = (typeof driftTypes)[number];

/** One such difference; `key` is empty where it is not about one key of the data. */
export interface Drift {
  readonly type: DriftType;
  readonly key: string;
}

/** Keys as Argo CD applied them last, for what was applied server-side, which records them nowhere. */
export interface AppliedKeys {
  readonly digest: string;
  readonly keys: readonly string[];
}

/** What differs in a ConfigMap now, and what is known to be clean of it. `before` is what was, the last time. */
export function driftOf(
  { ownership, annotations }: ManagedConfigMap,
  before: AppliedKeys | null,
): { readonly drifts: readonly Drift[]; readonly clean: AppliedKeys | null } {
  if (!ownership) return { drifts: [], clean: before };
  const { keys, applied, foreignMetadata } = ownership;
  const digest = annotations[digestAnnotation] ?? '';
  const own = Object.keys(keys).filter((key) => keys[key]);
  const foreign = Object.keys(keys).filter((key) => !keys[key]);
  const isSuccessor = before?.digest !== digest || own.some((key) => !before.keys.includes(key));
  const clean = isSuccessor && foreign.length === 0 ? { digest, keys: own } : before;
  const expected = applied ?? clean?.keys ?? null;
  return {
    drifts: [
      ...(expected ?? []).filter((key) => !(key in keys)).map((key) => ({ type: 'missing', key }) as const),
      ...foreign.map((key) => ({ type: expected?.includes(key) === false ? 'extra' : 'modified', key }) as const),
      ...(foreignMetadata ? [{ type: 'modified', key: '' } as const] : []),
    ],
    clean,
  };
}
