import { isDeepStrictEqual } from 'node:util';
import type { EndpointsView } from '../../../cluster/types.ts';
import { mergeSlices } from '../../../cluster/slice-projections.ts';
import { compare } from '../../../lib/object-key.ts';
import { unpackSlice } from './packed-slice.ts';
import type { PackedSlice } from './packed-slice.ts';
import type { Change, KeysListener } from '../store.ts';

/** EndpointSlices by Service, updated slice by slice and merged on demand. */
export interface Endpoints {
  readonly of: (service: string) => EndpointsView | undefined;
  /** Applies changes of slices. */
  readonly update: (changes: readonly Change<PackedSlice>[]) => void;
}

interface NamedSlice {
  readonly key: string;
  readonly slice: PackedSlice;
}

/** Nearly all Services have one slice, whose text the store holds anyway. */
type Slices = NamedSlice | readonly NamedSlice[];

/** Calls `onChange` with the Services whose merged endpoints have changed. */
export function createEndpoints(onChange: KeysListener): Endpoints {
  const services = new Map<string, Slices>();
  const merged = (service: string): EndpointsView | undefined => mergedOf(service, listOf(services.get(service)));
  return {
    of: merged,
    update: (changes) => {
      const drafts = new Map<string, readonly NamedSlice[]>();
      const slicesOf = (service: string): readonly NamedSlice[] => drafts.get(service) ?? listOf(services.get(service));
      for (const { key, before, after } of changes) {
        if (before !== undefined) {
          const service = serviceOf(before);
          drafts.set(
            service,
            slicesOf(service).filter((other) => other.key !== key),
          );
        }
        if (after !== undefined) {
          const service = serviceOf(after);
          drafts.set(service, [...slicesOf(service), { key, slice: after }]);
        }
      }
      const keys = [...drafts].flatMap(([service, slices]) => {
        const isSame = isDeepStrictEqual(merged(service), mergedOf(service, slices));
        const [first, ...others] = slices;
        if (first) services.set(service, others.length === 0 ? first : slices);
        else services.delete(service);
        return isSame ? [] : [service];
      });
      if (keys.length > 0) onChange(keys);
    },
  };
}

function listOf(slices: Slices | undefined): readonly NamedSlice[] {
  return slices === undefined ? [] : 'key' in slices ? [slices] : slices;
}

function serviceOf(slice: PackedSlice): string {
  return unpackSlice(slice).key;
}

/** Merges in the order of an API server's list: if two slices disagree, serve and `generate` must merge them alike. */
function mergedOf(service: string, slices: readonly NamedSlice[]): EndpointsView | undefined {
  const sorted = slices.length < 2 ? slices : slices.toSorted((a, b) => compare(a.key, b.key));
  return mergeSlices(sorted.map(({ slice }) => unpackSlice(slice))).get(service);
}
