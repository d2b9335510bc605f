import type { StoreQuestion, StoreReader, NoFactsReason } from '../../cluster/stores/question.ts';
import type { EndpointsView } from '../../cluster/types.ts';
import { keyOf } from '../../lib/object-key.ts';
import { whenKnown } from '../../lib/when-known.ts';
import type { Spec } from '../../settings/schema/index.ts';
import type { Candidate } from '../decision.ts';
import { urlOf } from '../decision.ts';
import type { ConsumerCapabilities } from '../survey/evaluate-service.ts';
import { changedSince } from '../evidence/remembered.ts';
import type { Memory, PreviouslyAdmittedBackend } from '../selection/previous-sources.ts';
import { sourceKey } from '../selection/previous-sources.ts';
import type { Reason } from '../reasons.ts';
import { because } from '../reasons.ts';
import { learnedFrom } from './answer.ts';
import { declaredTenantsOf, storeFactsOf, namesManyTenants, namesOtherTenants } from './declared.ts';
import type { DeclaredTenants, LearnedFacts } from './facts.ts';
import { storeQuestionOf } from './question.ts';
import { plausibleFacts } from './remembered.ts';
import type { StoresWithoutFacts } from './stores-without-facts.ts';

/** Inputs of the search for store facts. */
export interface StoreInputs {
  readonly spec: Spec;
  readonly consumer: Pick<ConsumerCapabilities, 'usesLabels'>;
  /** `null` where no store is asked. */
  readonly stores: StoreReader | null;
  readonly memory: Memory;
  readonly endpoints: ReadonlyMap<string, EndpointsView>;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly isTrusted: (namespace: string) => boolean;
  /** Namespaces of this cluster that contain Services. */
  readonly namespaces: () => ReadonlySet<string>;
  /** Collects what could not be learned. */
  readonly noFacts: StoresWithoutFacts;
}

/** Maximum age of what was learned while the backend's Pods do not change. */
export const maxAgeMs = 24 * 60 * 60_000;

/**
 * The candidate with what a first query needs to return data. What was learned is kept until the Pods
 * change or a day has passed; where asking fails, known facts stay. A new backend whose answer is still
 * awaited in the background is not taken.
 */
export function withStoreFacts(
  candidate: Candidate,
  inputs: StoreInputs,
): Candidate | Reason | Promise<Candidate | Reason> {
  const { spec, memory, stores } = inputs;
  const isOn = spec.discovery.firstQuestion === 'auto';
  const before = memory.admitted.get(sourceKey(candidate));
  const remembered = isOn && before?.learned ? plausibleFacts(before.learned, candidate.detector) : null;
  const declared = declaredTenantsOf(candidate, inputs);
  if (namesOtherTenants(candidate, spec)) inputs.noFacts.note(candidate, 'TenantKind');
  if (namesManyTenants(candidate, inputs)) inputs.noFacts.note(candidate, 'ManyTenants');
  const known = {
    ...candidate,
    ...storeFactsOf(candidate, { declared, answered: remembered, origin: 'remembered' }, inputs),
  };
  if (remembered && before && !isStale(candidate, remembered, before, declared, inputs)) return known;
  const endpoints = inputs.endpoints.get(keyOf(candidate.service));
  const question =
    isOn && stores ? usedOf(storeQuestionOf(candidate, declared, spec, endpoints), candidate, inputs) : null;
  if (!question || !stores) return known;
  return whenKnown(stores(question), (answer): Candidate | Reason => {
    if (answer === 'pending') return before?.evicted === false ? known : because('FirstQuestionPending');
    if ('noFacts' in answer) return { ...known, noFacts: noteReason(answer.noFacts, known, inputs) };
    const { api } = question;
    const { namespaces } = inputs;
    const askedFor = spec.target.cluster?.label ?? '';
    const answered = learnedFrom(answer.content, { api, declared, askedFor, namespaces });
    return { ...candidate, ...storeFactsOf(candidate, { declared, answered, origin: 'asked' }, inputs) };
  });
}

/** A consumer without labels only gets the tenant, of stores that have tenants. */
function usedOf(
  question: StoreQuestion | null,
  { needsTenant }: Candidate,
  { consumer }: StoreInputs,
): StoreQuestion | null {
  if (question === null || consumer.usesLabels) return question;
  return needsTenant === true || question.listsTenants ? { ...question, comparesClusters: false } : null;
}

/** A store that requires a tenant and looks empty has no data for the tenants that were tried. */
function noteReason(reason: NoFactsReason, candidate: Candidate, inputs: StoreInputs): NoFactsReason {
  const isWithout = candidate.needsTenant === true && candidate.needsCredential;
  const noFacts = reason === 'Empty' && isWithout ? 'Tenant' : reason;
  inputs.noFacts.note(candidate, noFacts);
  return noFacts;
}

/** Whether the remembered facts may be out of date, or the settings have changed the question. */
function isStale(
  { service, endpoint }: Candidate,
  learned: LearnedFacts,
  before: PreviouslyAdmittedBackend,
  declared: DeclaredTenants | null,
  { spec, memory, endpoints, now }: StoreInputs,
): boolean {
  if (before.url !== urlOf(endpoint) || learned.askedFor !== (spec.target.cluster?.label ?? '')) return true;
  if (declared && !isAnsweredFor(declared.tenants, learned.tenants)) return true;
  if (memory.writtenAt !== null && now - memory.writtenAt > maxAgeMs) return true;
  return changedSince(memory.writtenAt, endpoints.get(keyOf(service)));
}

function isAnsweredFor(declared: readonly string[], learned: readonly string[]): boolean {
  return declared.length === 0 ? learned.length === 0 : declared.some((tenant) => learned.includes(tenant));
}
