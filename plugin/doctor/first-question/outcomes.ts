// Every result of a first question: the code of its reason with outcome and sentence. Codes and outcomes are stable and
// appear in `doctor --first-question -o json`; sentences are for people and may change.

import type { Reason } from '../../lib/reason.ts';
import { reasonsFrom } from '../../lib/reason.ts';

/** Outcome of a first question. */
export type Outcome = 'data' | 'empty' | 'tenant missing' | 'refused' | 'unreachable' | 'failed';

const entries = {
  Data: ['data', '{selector} returned data'],

  NameDiffers: ['empty', 'nothing by {selector}: the store calls a namespace {name}'],
  NameUnknown: ['empty', 'nothing by {selector}, and none of the names in the store is known to stand for a namespace'],
  IndexDiffers: ['empty', 'nothing by {selector} in index {indices}: the store has {found}'],
  ClusterDiffers: ['empty', 'nothing by {selector}: in this store {label} is {value} for this cluster'],
  TenantDiffers: ['empty', 'nothing by {selector} for tenant {tenant}: {found} has data'],
  NamespacesAbsent: [
    'empty',
    'nothing by {selector}, though the store has data: of other namespaces, or older than 4 h',
  ],
  StoreEmpty: ['empty', 'the store has no data yet: what writes to it does not'],
  NotLearned: ['empty', 'nothing by {selector}, and it did not tell its names: {why}'],

  TenantFound: ['tenant missing', 'it answers only for a tenant: {found} has data'],
  TenantMissing: ['tenant missing', 'it answers only for a tenant, and none of the usual ones has data'],
  Refused: ['refused', 'it answers only with a credential ({status}), and HolmesGPT has none'],
  CredentialNotSent: [
    'refused',
    'it answers only with a credential ({status}): HolmesGPT has one, and none is sent from here',
  ],
  Unreachable: [
    'unreachable',
    'no answer from where this runs ({why}): outside of the cluster its addresses lead nowhere, and the command asks from within',
  ],
  Failed: ['failed', 'it answered {status}'],
  OtherAnswer: ['failed', 'its answer is none of the product'],
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
