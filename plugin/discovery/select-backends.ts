import type { ServiceView } from '../../detectors/types.ts';
import type { Prober } from '../cluster/probe.ts';
import type { EndpointsView } from '../cluster/types.ts';
import { keyOf } from '../lib/object-key.ts';
import type { ToolsetConfig } from '../settings/schema/index.ts';
import type { Diagnostic } from '../lib/diagnostic.ts';
import type { Admission } from './rank-and-limit.ts';
import { capPerNamespace, rankAndLimit } from './rank-and-limit.ts';
import type { RankingContext } from './ranking.ts';
import { hostProductOf } from './host-product.ts';
import { byPreference, inTurns, withInheritedPlaces } from './ranking.ts';
import type { Candidate, Decision } from './decision.ts';
import { decide, probedParts } from './decision.ts';
import { withPodPort } from './endpoint.ts';
import type { HealthResult } from './health.ts';
import type { Source } from './previous-sources.ts';
import { sourceKey } from './previous-sources.ts';
import { checkHealth } from './health.ts';
import type { Reason } from './reasons.ts';
import { notes } from './reasons.ts';
import type { ConsumerCapabilities } from './evaluate-service.ts';
import type { Selection } from './deduplicate.ts';
import { deduplicate } from './deduplicate.ts';

/** What decides between candidates besides what they are. */
export interface SelectionContext extends RankingContext {
  readonly spec: ToolsetConfig['spec'];
  /** By `namespace/name`; asked for the Services of candidates alone. */
  readonly endpointsOf: (
    services: readonly ServiceView[],
  ) => ReadonlyMap<string, EndpointsView> | Promise<ReadonlyMap<string, EndpointsView>>;
  /** `null` where nothing is probed. */
  readonly prober: Prober | null;
  readonly consumer: ConsumerCapabilities;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What became of candidates. */
export interface SelectionResult {
  readonly decisions: readonly Decision[];
  /** In the order in which the consumer is told of them. */
  readonly admitted: readonly Candidate[];
  /** What the ConfigMap remembers: these, and those that get their place back once they are healthy. */
  readonly sources: readonly Source[];
  readonly warnings: readonly Diagnostic[];
}

/** Caps the candidates, checks their health, then ranks and limits them: what is left is what the consumer gets. */
export async function selectBackends(
  candidates: readonly Candidate[],
  context: SelectionContext,
): Promise<SelectionResult> {
  const { spec, prober, consumer, previouslyAdmitted, now, isTrusted } = context;
  const capped = capPerNamespace(candidates, context);
  // Probes of one namespace do not hold up those of another.
  const ranked = inTurns(byPreference(capped.kept, context));
  const endpoints = await context.endpointsOf(ranked.map(({ service }) => service));
  const resolved = ranked.map((candidate) => ({
    ...candidate,
    endpoint: withPodPort(candidate.endpoint, candidate.service, endpoints.get(keyOf(candidate.service))?.ports),
  }));
  const inputs = { spec, endpoints, previouslyAdmitted, now, prober, isTrusted };
  const settled = await settle(resolved, (candidate) => checkHealth(candidate, inputs));
  const ranking = withInheritedPlaces(context, settled.selection.redundant);
  const admission = rankAndLimit(settled.selection, ranking, consumer.supportsMultiple);
  const admitted = admission.backends.map((candidate) => withProbeResult(candidate, settled.health));
  const evicted = evictedFrom(settled.health, ranking);
  return {
    decisions: [
      ...capped.denied.map((denial) => decide(denial.candidate, 'denied', denial.because)),
      ...decisionsOf(admission, settled.health),
      ...unhealthyOf(settled.health, evicted),
    ],
    admitted,
    sources: byPreference([...admitted, ...evicted], ranking).map((candidate) => ({
      candidate,
      evicted: evicted.includes(candidate),
    })),
    warnings: [...admission.warnings, ...capped.warnings],
  };
}

type Health = ReadonlyMap<Candidate, HealthResult>;
type Check = (candidate: Candidate) => HealthResult | Promise<HealthResult>;

/** So many evicted backends are remembered, the namespaces in turns: the annotation stays below its 256 KB. */
const maxEvicted = 100;

/** Unhealthy ones that are, or were, in the ConfigMap: each has its place for as long as its Service exists. */
function evictedFrom(health: Health, context: RankingContext): readonly Candidate[] {
  const unhealthy = [...health].filter(([, { healthy }]) => !healthy).map(([candidate]) => candidate);
  const known = unhealthy.filter((candidate) => context.previouslyAdmitted.has(sourceKey(candidate)));
  return inTurns(byPreference(known, context)).slice(0, maxEvicted);
}

/** Takes the best entry point of each backend that is healthy. */
async function settle(
  candidates: readonly Candidate[],
  check: Check,
): Promise<{ readonly selection: Selection; readonly health: Health }> {
  const started = startChecks(candidates, check);
  const health = new Map<Candidate, HealthResult>();
  for (;;) {
    const selection = deduplicate(candidates.filter((candidate) => health.get(candidate)?.healthy !== false));
    const open = selection.backends.filter((candidate) => !health.has(candidate));
    if (open.length === 0) return { selection, health };
    for (const candidate of open) health.set(candidate, await (started.get(candidate) ?? check(candidate)));
  }
}

/**
 * Checks the best entry point of each backend, and the next best where that is unhealthy or not known yet: no backend
 * waits until the probe of another one, or of its own better entry point, has ended.
 */
function startChecks(
  candidates: readonly Candidate[],
  check: Check,
): ReadonlyMap<Candidate, HealthResult | Promise<HealthResult>> {
  const started = new Map<Candidate, HealthResult | Promise<HealthResult>>();
  const isOpen = (candidate: Candidate): boolean => {
    const result = started.get(candidate);
    return result === undefined || (!(result instanceof Promise) && result.healthy);
  };
  for (;;) {
    const open = deduplicate(candidates.filter(isOpen)).backends.filter((candidate) => !started.has(candidate));
    if (open.length === 0) return started;
    for (const candidate of open) started.set(candidate, check(candidate));
  }
}

/** A candidate with what its probe found out. */
function withProbeResult(candidate: Candidate, health: Health): Candidate {
  const { scheme, prefix, host, needsCredential = false } = health.get(candidate) ?? {};
  const { endpoint } = candidate;
  const found = { path: prefix !== undefined, host: host !== undefined };
  const probed = probedParts.filter((part) => found[part]);
  return {
    ...candidate,
    needsCredential,
    endpoint: {
      ...endpoint,
      ...(scheme === undefined ? {} : { scheme, schemeFrom: 'the probe' }),
      host: host ?? endpoint.host,
      path: `${prefix ?? ''}${endpoint.path}`,
      ...(probed.length > 0 ? { probed } : {}),
    },
  };
}

function decisionsOf({ backends, redundant, denied }: Admission, health: Health): Decision[] {
  return [
    ...backends.flatMap((candidate) => {
      const result = health.get(candidate);
      return result ? [selected(withProbeResult(candidate, health), result)] : [];
    }),
    ...redundant.map((one) => decide(one.candidate, 'redundant', one.because)),
    ...denied.map((one) => decide(one.candidate, 'denied', one.because)),
  ];
}

function unhealthyOf(health: Health, evicted: readonly Candidate[]): Decision[] {
  return [...health].flatMap(([candidate, result]) => {
    if (result.healthy) return [];
    const { reason, message } = named(candidate, result);
    const note = evicted.includes(candidate) ? `; ${notes('PlaceKept').message}` : '';
    return decide(candidate, 'unhealthy', { reason, message: `${message}${note}` });
  });
}

function selected(candidate: Candidate, result: HealthResult): Decision {
  const { scheme, schemeFrom } = candidate.endpoint;
  const { reason, message } = named(candidate, result);
  const { prefix, host, certificateNames } = result;
  const product = hostProductOf(candidate);
  const more = [
    notes('Scheme', { scheme, from: schemeFrom }),
    ...(prefix === undefined ? [] : [notes('RoutePrefix', { prefix })]),
    ...(host === undefined ? [] : [notes('HostName', { host })]),
    ...(certificateNames === undefined ? [] : [notes('CertificateNames', { names: certificateNames })]),
    ...(product === null ? [] : [notes('SpecialPurpose', { product })]),
  ];
  return decide(candidate, 'selected', { reason, message: [message, ...more.map((note) => note.message)].join('; ') });
}

/** What a health check says, as a sentence about its Service. */
function named({ service }: Candidate, { reason, message }: HealthResult): Reason {
  return { reason, message: `${service.name} ${message}` };
}
