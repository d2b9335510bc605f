import type { ServiceView } from '../../../detectors/types.ts';
import type { EndpointsView } from '../../cluster/types.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { warning } from '../../lib/diagnostic.ts';
import { keyOf } from '../../lib/object-key.ts';
import type { BackendCheck, CheckInputs } from './check-backend.ts';
import { checkBackend, identify } from './check-backend.ts';
import type { Candidate, Decision, Suspect } from '../decision.ts';
import { consumerEndpoint, reachableOf } from '../consumer-url.ts';
import { decide } from '../decision.ts';
import { withPodPort } from '../endpoint.ts';
import type { ConsumerCapabilities } from '../survey/evaluate-service.ts';
import { openSuspects, proveSuspects } from '../evidence/suspects.ts';
import { UnreadEvidence } from '../evidence/unread.ts';
import { StoresWithoutFacts } from '../first-question/stores-without-facts.ts';
import { hostProductOf } from '../host-product.ts';
import type { Memory, Source } from './previous-sources.ts';
import { limitLearnedFacts } from './learned-room.ts';
import { sourceKey, limitToRoom } from './previous-sources.ts';
import type { Admission } from './rank-and-limit.ts';
import { capPerNamespace, rankAndLimit } from './rank-and-limit.ts';
import type { RankingContext } from './ranking.ts';
import { byPreference, roundRobin, withInheritedPlaces } from './ranking.ts';
import { settle } from './settle.ts';
import type { Reason } from '../reasons.ts';
import { notes } from '../reasons.ts';

/** What decides between candidates besides their own properties. */
export interface SelectionContext extends Omit<CheckInputs, 'endpoints' | 'unread' | 'noFacts'> {
  readonly memory: Memory;
  /** By `namespace/name`; read only for the Services of candidates and suspects. */
  readonly endpointsOf: (
    services: readonly ServiceView[],
  ) => ReadonlyMap<string, EndpointsView> | Promise<ReadonlyMap<string, EndpointsView>>;
  readonly consumer: ConsumerCapabilities;
}

/** Result for the candidates. */
export interface SelectionResult {
  readonly decisions: readonly Decision[];
  /** In the order for the consumer. */
  readonly admitted: readonly Candidate[];
  /** What the ConfigMap remembers: admitted backends, evicted ones that keep their place, and unproved suspects. */
  readonly sources: readonly Source[];
  readonly warnings: readonly Diagnostic[];
}

/**
 * Proves suspects, reads what candidates' Services do not tell, checks health, then ranks and
 * limits. The rest is what the consumer gets.
 */
export async function selectBackends(
  candidates: readonly Candidate[],
  suspects: readonly Suspect[],
  context: SelectionContext,
): Promise<SelectionResult> {
  const { consumer, spec } = context;
  const { reachable, decisions: unreachable } = reachableOf(candidates, spec);
  const { known, capped, ranked, open, closed } = toExamine(reachable, suspects, context);
  const endpoints = await context.endpointsOf(
    [...ranked, ...open.map((one) => one.candidate)].map((one) => one.service),
  );
  const inputs = { ...context, ...known, endpoints, unread: new UnreadEvidence(), noFacts: new StoresWithoutFacts() };
  const { proved, unproved, decisions } = await proveSuspects(
    open.map(({ candidate, others = [], decision }) => ({
      candidate: withPort(candidate, endpoints),
      others: others.map((one) => withPort(one, endpoints)),
      decision,
    })),
    { ...inputs, identify: (suspect) => identify(suspect, inputs) },
  );
  const all = [...ranked.map((candidate) => withPort(candidate, endpoints)), ...proved];
  const settled = await settle(all, (candidate) => checkBackend(candidate, inputs));
  const ranking = withInheritedPlaces(known, settled.redundant);
  const admission = rankAndLimit(settled, ranking, consumer.supportsMultiple);
  const evicted = evictedFrom(settled.checks, ranking);
  // Excludes checks of alternative entry points, which may or may not have finished by now.
  const checked = [...settled.checks, ...open].map(({ candidate }) => candidate.service);
  const services = new Set(checked.map(keyOf));
  return {
    decisions: [
      ...[...decisions, ...closed.map(({ decision }) => decision)],
      ...unreachable,
      ...capped.denied.map((denial) => decide(denial.candidate, 'denied', denial.because)),
      ...decisionsOf(admission, settled.checks).map((one) => withConsumerUrl(one, spec)),
      ...notHealthyDecisions(settled.checks, evicted),
    ],
    admitted: admission.backends.map((one) => ({ ...one, endpoint: consumerEndpoint(one, spec) })),
    sources: sourcesOf(admission.backends, evicted, unproved, ranking),
    warnings: [
      ...emptinessWarnings(admission.backends, context.spec),
      ...[...admission.warnings, ...capped.warnings],
      ...[...inputs.unread.warnings(services), ...inputs.noFacts.warnings(services)],
    ],
  };
}

/** Selected Services are reported with the consumer's URL; the ConfigMap remembers the URL in the cluster. */
function withConsumerUrl(decision: Decision, spec: SelectionContext['spec']): Decision {
  const { service, endpoint } = decision;
  if (decision.decision !== 'selected' || endpoint === null) return decision;
  return { ...decision, endpoint: consumerEndpoint({ service, endpoint }, spec) };
}

/**
 * Warns that no backend is left, unless the settings exclude everything. No counts: the text
 * changes only with its meaning.
 */
export function emptinessWarnings(
  admitted: readonly Candidate[],
  { discovery: { namespaces } }: SelectionContext['spec'],
): readonly Diagnostic[] {
  if (admitted.length > 0 || namespaces.exclude.includes('*')) return [];
  const message = 'no backend is discovered: the consumer gets no data source from this cluster';
  return [{ ...warning('NOTHING_DISCOVERED', message), hint: emptinessHint }];
}

const emptinessHint =
  '`dynamic-toolset explain` says why for each Service; correct spec.discovery.namespaces or the policy, or set spec.discovery.namespaces.exclude to ["*"] where nothing is to be discovered';

/**
 * The candidates and suspects to examine; namespaces take turns, so that the probes and reads of
 * one do not delay another.
 */
export function toExamine(
  candidates: readonly Candidate[],
  suspects: readonly Suspect[],
  { memory, isTrusted }: Pick<SelectionContext, 'memory' | 'isTrusted'>,
): ToExamine {
  const known: RankingContext = { previouslyAdmitted: memory.admitted, isTrusted };
  const capped = capPerNamespace(candidates, known);
  const ranked = roundRobin(byPreference(capped.kept, known));
  return { known, capped, ranked, ...openSuspects(suspects, ranked, { memory, ...known }) };
}

interface ToExamine extends ReturnType<typeof openSuspects> {
  readonly known: RankingContext;
  readonly capped: ReturnType<typeof capPerNamespace>;
  readonly ranked: readonly Candidate[];
}

function withPort(candidate: Candidate, endpoints: ReadonlyMap<string, EndpointsView>): Candidate {
  const { endpoint, service } = candidate;
  return { ...candidate, endpoint: withPodPort(endpoint, service, endpoints.get(keyOf(service))?.ports) };
}

/** In the order of preference; backends that are not admitted share the remaining room, namespaces in turns. */
function sourcesOf(
  admitted: readonly Candidate[],
  evicted: readonly Candidate[],
  unproved: readonly Candidate[],
  ranking: RankingContext,
): readonly Source[] {
  const sources = new Map([
    ...admitted.map((candidate): [Candidate, Source] => [candidate, { candidate, state: 'in' }]),
    ...evicted.map((candidate): [Candidate, Source] => [candidate, { candidate, state: 'evicted' }]),
    ...unproved.map((candidate): [Candidate, Source] => [candidate, { candidate, state: 'unproved' }]),
  ]);
  const of = (some: readonly Candidate[]): Source[] => some.flatMap((candidate) => sources.get(candidate) ?? []);
  const kept = limitToRoom(of(admitted), of([...evicted, ...roundRobin(unproved)]));
  const ordered = of([...byPreference([...admitted, ...evicted], ranking), ...unproved]);
  return limitLearnedFacts(
    ordered.filter((source) => kept.has(source)),
    ranking.isTrusted,
  );
}

/** Maximum number of evicted backends to remember; namespaces take turns. */
const maxEvicted = 100;

/** Unhealthy backends that are or were in the ConfigMap: each keeps its place as long as its Service exists. */
function evictedFrom(checks: readonly BackendCheck[], context: RankingContext): readonly Candidate[] {
  const unhealthy = checks.filter(({ verdict }) => verdict === 'unhealthy').map(({ candidate }) => candidate);
  const known = unhealthy.filter((candidate) => context.previouslyAdmitted.has(sourceKey(candidate)));
  return roundRobin(byPreference(known, context)).slice(0, maxEvicted);
}

function decisionsOf({ backends, redundant, denied }: Admission, checks: readonly BackendCheck[]): Decision[] {
  const byCandidate = new Map(checks.map((one) => [one.candidate, one]));
  return [
    ...backends.flatMap((candidate) => {
      const check = byCandidate.get(candidate);
      return check ? [selectedDecision(check)] : [];
    }),
    ...redundant.map((one) => decide(one.candidate, 'redundant', one.because)),
    ...denied.map((one) => decide(one.candidate, 'denied', one.because)),
  ];
}

function notHealthyDecisions(checks: readonly BackendCheck[], evicted: readonly Candidate[]): Decision[] {
  return checks.flatMap((check) => {
    const { candidate, verdict } = check;
    if (verdict === 'healthy') return [];
    const note = evicted.includes(candidate) ? `; ${notes('PlaceKept').message}` : '';
    const { reason, message } = reasonWithName(check);
    return decide(candidate, verdict, { reason, message: `${message}${note}` });
  });
}

function selectedDecision(check: BackendCheck): Decision {
  const { candidate } = check;
  const { scheme, schemeFrom } = candidate.endpoint;
  const { reason, message } = reasonWithName(check);
  const host = hostProductOf(candidate);
  const more = [
    message,
    notes('Scheme', { scheme, from: schemeFrom }).message,
    ...(check.notes ?? []),
    ...(host === null ? [] : [notes('SpecialPurpose', { product: host }).message]),
  ];
  return decide(candidate, 'selected', { reason, message: more.join('; ') });
}

/** The reason of a check as a sentence about its Service. */
function reasonWithName({ candidate: { service }, verdict, because: { reason, message } }: BackendCheck): Reason {
  const continues = verdict === 'healthy' || verdict === 'unhealthy';
  return { reason, message: continues ? `${service.name} ${message}` : message };
}
