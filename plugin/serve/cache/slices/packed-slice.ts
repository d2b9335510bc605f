import type { SliceView } from '../../../cluster/slice-projections.ts';

/**
 * A slice as JSON text. When all slices of a cluster are kept, nearly all belong to Services that no rule points at,
 * and text takes a third of the memory.
 */
export type PackedSlice = string & { readonly packed: 'slice' };

type Fields = readonly [
  key: string,
  addressType: string,
  ready: number,
  notReady: number,
  changedAt: number | null,
  pod: string | null,
  ports: readonly (readonly [name: string, port: number])[] | null,
];

export function packSlice({ key, addressType, endpoints }: SliceView): PackedSlice {
  const { ready, notReady, changedAt, pod, ports } = endpoints;
  return JSON.stringify([
    key,
    addressType,
    ready,
    notReady,
    changedAt,
    pod,
    ports && [...ports],
  ] satisfies Fields) as PackedSlice;
}

export function unpackSlice(packed: PackedSlice): SliceView {
  const [key, addressType, ready, notReady, changedAt, pod, ports] = JSON.parse(packed) as Fields;
  return { key, addressType, endpoints: { ready, notReady, changedAt, pod, ports: ports && new Map(ports) } };
}
