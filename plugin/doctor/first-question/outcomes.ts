// Every result of a first question: the code of its reason with outcome and sentence. Codes and outcomes are stable and
// appear in `doctor --first-question -o json`; sentences are for people and may change.

import type { Reason } from '../../lib/messages/reason.ts';
import { reasonsFrom } from '../../lib/messages/reason.ts';

/** Outcome of a first question. */
export type Outcome = 'data' | 'empty' | 'tenant missing' | 'refused' | 'unreachable' | 'failed';

const entries = {
  Data: ['data', '{selector} returned data'],

  NameDiffers: ['empty', 'no data for {selector}: the store calls a namespace {name}'],
  NameUnknown: ['empty', 'no data for {selector}, and none of the names in the store is a known name for a namespace'],
  IndexDiffers: ['empty', 'no data for {selector} in index {indices}: the store has {found}'],
  ClusterDiffers: ['empty', 'no data for {selector}: in this store {label} is {value} for this cluster'],
  TenantDiffers: ['empty', 'no data for {selector} with tenant {tenant}: {found} has data'],
  NamespacesAbsent: [
    'empty',
    'no data for {selector}, though the store has data: of other namespaces, or older than 4 h',
  ],
  StoreEmpty: ['empty', 'the store has no data yet: nothing is written to it'],
  NotLearned: ['empty', 'no data for {selector}, and its names are not known: {why}'],

  TenantFound: ['tenant missing', 'it answers only for a tenant: {found} has data'],
  TenantMissing: ['tenant missing', 'it answers only for a tenant, and none of the usual ones has data'],
  Refused: ['refused', 'it answers only with a credential ({status}), but HolmesGPT has none'],
  CredentialNotSent: [
    'refused',
    'it answers only with a credential ({status}): HolmesGPT has one, but none is sent from here',
  ],
  Unreachable: [
    'unreachable',
    'no answer from where this runs ({why}): its addresses do not work outside the cluster; the command asks from within',
  ],
  Failed: ['failed', 'it answered {status}'],
  OtherAnswer: ['failed', 'its answer is not that of the product'],
} as const satisfies Readonly<Record<string, readonly [Outcome, string]>>;

type Entries = typeof entries;
export type OutcomeReason = keyof Entries;

const sentences = Object.fromEntries(Object.entries(entries).map(([reason, [, sentence]]) => [reason, sentence])) as {
  readonly [R in OutcomeReason]: Entries[R][1];
};
export const because = reasonsFrom(sentences);

export type Because = Reason<OutcomeReason>;

export function outcomeOf(reason: OutcomeReason): Outcome {
  return entries[reason][0];
}

/** Every reason with its outcome, for the documentation. */
export const outcomes: readonly { readonly reason: string; readonly outcome: Outcome }[] = Object.entries(entries).map(
  ([reason, [outcome]]) => ({ reason, outcome }),
);
