import { isDeepStrictEqual } from 'node:util';
import type { EndpointsView } from '../../cluster/types.ts';
import type { SliceView } from '../../cluster/projections.ts';
import { mergeSlices } from '../../cluster/projections.ts';
import { compare } from '../../lib/object-key.ts';
import type { Change, KeysListener } from './store.ts';

/** The EndpointSlices of each Service, merged, and updated slice by slice. */
export interface Endpoints {
  readonly of: (service: string) => EndpointsView | undefined;
  /** Applies changes of slices. */
  readonly update: (changes: readonly Change<SliceView>[]) => void;
}

interface NamedSlice {
  readonly key: string;
  readonly slice: SliceView;
}

interface Service {
  readonly slices: readonly NamedSlice[];
  readonly merged: EndpointsView;
}

/** Calls `onChange` with the Services whose merged endpoints have changed. */
export function createEndpoints(onChange: KeysListener): Endpoints {
  const services = new Map<string, Service>();
  const merge = (service: string, slices: readonly NamedSlice[]): boolean => {
    const before = services.get(service)?.merged;
    const merged = mergeSlices(slices.toSorted(byKey).map(({ slice }) => slice)).get(service);
    if (!merged) return services.delete(service);
    const isSame = isDeepStrictEqual(before, merged);
    services.set(service, { slices, merged: isSame && before ? before : merged });
    return !isSame;
  };
  return {
    of: (service) => services.get(service)?.merged,
    update: (changes) => {
      const drafts = new Map<string, readonly NamedSlice[]>();
      const slicesOf = (service: string): readonly NamedSlice[] =>
        drafts.get(service) ?? services.get(service)?.slices ?? [];
      for (const { key, before, after } of changes) {
        if (before)
          drafts.set(
            before.key,
            slicesOf(before.key).filter((other) => other.key !== key),
          );
        if (after) drafts.set(after.key, [...slicesOf(after.key), { key, slice: after }]);
      }
      const keys = [...drafts].filter(([service, slices]) => merge(service, slices)).map(([service]) => service);
      if (keys.length > 0) onChange(keys);
    },
  };
}

/** The order of a list of the API server: if two slices disagree, serve and `generate` must merge them in the same order. */
function byKey(a: NamedSlice, b: NamedSlice): number {
  return compare(a.key, b.key);
}
