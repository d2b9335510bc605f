import type { ServiceView } from '../../../../detectors/types.ts';
import type { LiveConfigMap } from '../../../cluster/types.ts';
import type { Candidate, Decision } from '../../../discovery/decision.ts';
import { urlOf } from '../../../discovery/decision.ts';
import { readMemory, sourceKey } from '../../../discovery/selection/previous-sources.ts';
import type { SelectionResult } from '../../../discovery/selection/select-backends.ts';
import { compare, keyOf } from '../../../lib/object-key.ts';
import type { Services } from '../../cache/service-store.ts';
import { sourceReason } from '../../reasons.ts';
import type { Candidates } from '../candidates.ts';
import type { ConfigMapMetadata } from '../config-map-metadata.ts';
import { addressFields } from '../status.ts';
import type { DesiredState } from './desired-state.ts';

/** One part of a backend's address, in the live ConfigMap and now. */
export interface FieldChange {
  readonly field: (typeof addressFields)[number];
  readonly before: string;
  readonly after: string;
}

/** A Service by which a desired state differs from what the live ConfigMap was generated from. */
export interface SourceChange {
  /** `namespace/name` */
  readonly service: string;
  readonly toolset: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** Changed parts of its address; empty unless it is `changed`. */
  readonly fields: readonly FieldChange[];
  /** Code and sentence of the current decision about it. */
  readonly reason: string;
  /** At most 200 characters. */
  readonly message: string;
}

/** The first of these changes, by toolset and Service, and the number of all. */
export interface SourceChanges {
  readonly items: readonly SourceChange[];
  readonly total: number;
}

/** Most changes that are listed; of the rest only the number is known. */
export const maxSourceChanges = 20;
const maxMessage = 200;

export const noSourceChanges: SourceChanges = { items: [], total: 0 };

/** How the desired state differs from what the live ConfigMap was generated from; empty if the digests are equal. */
export function changesOf(
  { live, digest }: ConfigMapMetadata,
  desired: Pick<DesiredState, 'digest' | 'conclusion'>,
  reasonOf: Parameters<typeof sourceChanges>[2],
): SourceChanges {
  return desired.digest === digest ? noSourceChanges : sourceChanges(live, desired.conclusion, reasonOf);
}

/**
 * Compares the Services in the live ConfigMap's annotation with those it would have after a discovery: from the
 * annotation alone, so that a restart forgets nothing. Both have in-cluster addresses, whatever URLs the consumer gets.
 * `reasonOf` says why a Service without a decision is not selected.
 */
export function sourceChanges(
  live: LiveConfigMap,
  { sources, decisions }: Pick<SelectionResult, 'sources' | 'decisions'>,
  reasonOf: (service: string) => Pick<SourceChange, 'reason' | 'message'>,
): SourceChanges {
  const before = new Map([...readMemory(live).admitted].filter(([, { evicted }]) => !evicted));
  const after = new Map(
    sources.flatMap(({ candidate, state }) => (state === 'in' ? [[sourceKey(candidate), candidate] as const] : [])),
  );
  const keys = [...new Set([...before.keys(), ...after.keys()])].filter((key) => {
    const candidate = after.get(key);
    return before.get(key)?.url !== (candidate && urlOf(candidate.endpoint));
  });
  const items = keys
    .sort(compare)
    .slice(0, maxSourceChanges)
    .map((key) => changeOf(key, before.get(key)?.url, after.get(key), decisions, reasonOf));
  return { items, total: keys.length };
}

function changeOf(
  key: string,
  url: string | undefined,
  candidate: Candidate | undefined,
  decisions: readonly Decision[],
  reasonOf: Parameters<typeof sourceChanges>[2],
): SourceChange {
  const [toolset, service] = [key.slice(0, key.lastIndexOf(' ')), key.slice(key.lastIndexOf(' ') + 1)];
  const about = decisions.filter((one) => keyOf(one.service) === service);
  const { reason, message } = about.find((one) => one.toolset === toolset) ?? about[0] ?? reasonOf(service);
  const change = candidate === undefined ? 'removed' : url === undefined ? 'added' : 'changed';
  const fields = candidate && url !== undefined ? fieldChanges(url, urlOf(candidate.endpoint)) : [];
  return { service, toolset, change, fields, reason, message: message.slice(0, maxMessage) };
}

function fieldChanges(before: string, after: string): readonly FieldChange[] {
  const [was, is] = [partsOf(before), partsOf(after)];
  return addressFields.flatMap((field) =>
    was[field] === is[field] ? [] : [{ field, before: was[field], after: is[field] }],
  );
}

/** Parts of a URL as written by `urlOf`. The annotation is untrusted: anything but a URL counts as a host. */
function partsOf(url: string): Readonly<Record<FieldChange['field'], string>> {
  const [, scheme = '', host = url, port = '', path = ''] = /^(\w+):\/\/([^/]*?)(?::(\d+))?(\/.*)?$/.exec(url) ?? [];
  return { scheme, host, port, path };
}

/** Why a Service that is not a candidate is not selected, as far as its ConfigMap may see it. */
export function leftOutReason(
  candidates: Pick<Candidates, 'evaluate'>,
  services: Pick<Services, 'get' | 'others'>,
): (service: string) => Pick<SourceChange, 'reason' | 'message'> {
  // Nearly all Services are among the others: they are scanned once, and only if one is missing.
  let others: ReadonlyMap<string, ServiceView> | undefined;
  return (key) => {
    const service =
      services.get(key) ?? (others ??= new Map([...services.others()].map((one) => [keyOf(one), one]))).get(key);
    return (service && candidates.evaluate(service)?.decision) ?? sourceReason('ServiceGone');
  };
}
