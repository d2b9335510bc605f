import { isDeepStrictEqual } from 'node:util';
import type { EndpointsView } from '../cluster/state.ts';
import type { SliceView } from '../cluster/view.ts';
import { mergeSlices } from '../cluster/view.ts';
import type { Change, Changed } from './store.ts';

/** The EndpointSlices of each Service as one, kept up to date slice by slice. */
export interface Endpoints {
  readonly of: (service: string) => EndpointsView | undefined;
  /** Takes what has changed of the slices. */
  readonly update: (changes: readonly Change<SliceView>[]) => void;
}

interface Slices {
  readonly slices: readonly SliceView[];
  readonly merged: EndpointsView;
}

/** `onChange` is told of the Services whose slices together say something else than before. */
export function endpointsBy(onChange: Changed): Endpoints {
  const services = new Map<string, Slices>();
  const set = (service: string, slices: readonly SliceView[]): boolean => {
    const before = services.get(service);
    const merged = mergeSlices(slices).get(service);
    if (!merged) return services.delete(service);
    const isSame = isDeepStrictEqual(before?.merged, merged);
    services.set(service, { slices, merged: isSame && before ? before.merged : merged });
    return !isSame;
  };
  const replace = ({ before, after }: Change<SliceView>): string[] => {
    const touched = new Set([before, after].flatMap((slice) => slice?.key ?? []));
    return [...touched].filter((service) => {
      const others = (services.get(service)?.slices ?? []).filter((slice) => slice !== before);
      return set(service, after?.key === service ? [...others, after] : others);
    });
  };
  return {
    of: (service) => services.get(service)?.merged,
    update: (changes) => {
      const keys = [...new Set(changes.flatMap(replace))];
      if (keys.length > 0) onChange(keys);
    },
  };
}
