import type { Detector } from '../../detectors/types.ts';
import type { ProbeResult, Prober } from '../cluster/probe.ts';
import type { Cluster, EndpointsView, LiveConfigMap } from '../cluster/state.ts';
import type { ToolsetConfig } from '../settings/schema.ts';
import type { Warning } from '../warning.ts';
import type { Admission, Denial } from './admit.ts';
import { admit, byPreference, withoutCrowds } from './admit.ts';
import type { Candidate, Decision } from './decision.ts';
import { decide, keyOf } from './decision.ts';
import { withPodPort } from './endpoint.ts';
import { checkHealth } from './health.ts';
import type { Consumer } from './judge.ts';
import { judgeWith } from './judge.ts';
import type { Fence } from './limits.ts';
import { inFence, limitsOf, scopeOf } from './limits.ts';
import type { Selection } from './select.ts';
import { byKey, select } from './select.ts';
import { readSources } from './sources.ts';
import { specialPurposeOf } from './special-purpose.ts';

export interface DiscoveryInputs {
  readonly spec: ToolsetConfig['spec'];
  /** The built-in ones; those of the settings go before them. */
  readonly detectors: readonly Detector[];
  readonly cluster: Cluster;
  readonly prober: Prober;
  readonly consumer: Consumer;
  /** `null` where no policy is set. */
  readonly fence: Fence | null;
  /** Whether Services of a namespace may receive credentials; they also win every tie. */
  readonly isTrusted: (namespace: string) => boolean;
}

/** One answer about a cluster: every Service's decision, and what goes into the ConfigMap. */
export interface Discovery {
  readonly decisions: readonly Decision[];
  /** In the order in which the consumer is told of them. */
  readonly admitted: readonly Candidate[];
  readonly live: LiveConfigMap | null;
  readonly warnings: readonly Warning[];
}

/** detect, then select, then health: from all Services to those that the consumer will be told of. */
export async function discover({
  spec,
  detectors,
  cluster,
  prober,
  consumer,
  fence,
  isTrusted,
}: DiscoveryInputs): Promise<Discovery> {
  const scope = scopeOf(spec, fence);
  const [all, namespaces, live] = await Promise.all([
    cluster.services(scope),
    scope === 'cluster' ? cluster.namespaces() : [],
    cluster.configMap(spec.target.configMap),
  ]);
  const services = fence ? all.filter(({ namespace }) => inFence(fence, namespace)) : all;
  const judge = judgeWith(spec, detectors, limitsOf(spec, namespaces, isTrusted), consumer);
  const judged = services.map(judge);
  const memory = readSources(live);
  const preference = { memory, isTrusted };
  const crowds = withoutCrowds(
    judged.flatMap(({ candidate }) => candidate ?? []),
    preference,
  );
  // Whom people rely on is asked first, whoever else there is to ask.
  const claimed = crowds.kept.toSorted(byPreference(preference));

  const endpoints =
    spec.health.check === 'none'
      ? nothing
      : await cluster.endpoints(
          claimed.map(({ service }) => service),
          scope,
        );
  const candidates = claimed.map((candidate) => ({
    ...candidate,
    endpoint: withPodPort(candidate.endpoint, candidate.service, endpoints.get(keyOf(candidate.service))?.ports ?? {}),
  }));
  const inputs = { spec, endpoints, memory, now: cluster.now(), prober };
  const settled = await settle(candidates, (candidate) => checkHealth(candidate, inputs));
  const admission = admit(settled.selection, preference, consumer.several);

  const decisions = [
    ...judged.flatMap(({ decision }) => decision ?? []),
    ...crowds.denied.map(({ candidate, reason }) => decide(candidate, 'denied', reason)),
    ...conclude(admission, settled.health),
  ];
  return {
    decisions: decisions.toSorted(byKey),
    admitted: admission.backends.map((candidate) => learned(candidate, settled.health)),
    live,
    warnings: [...admission.warnings, ...crowdWarnings(crowds.denied)],
  };
}

const nothing: ReadonlyMap<string, EndpointsView> = new Map();

type Health = ReadonlyMap<Candidate, ProbeResult>;

/** Where the best door of a backend is unhealthy, the next one gets its turn. Only doors that were chosen are asked. */
async function settle(
  candidates: readonly Candidate[],
  check: (candidate: Candidate) => Promise<ProbeResult>,
): Promise<{ readonly selection: Selection; readonly health: Health }> {
  const health = new Map<Candidate, ProbeResult>();
  for (;;) {
    const selection = select(candidates.filter((candidate) => health.get(candidate)?.healthy !== false));
    const open = selection.backends.filter((candidate) => !health.has(candidate));
    if (open.length === 0) return { selection, health };
    const results = await Promise.all(open.map(async (candidate) => [candidate, await check(candidate)] as const));
    for (const [candidate, result] of results) health.set(candidate, result);
  }
}

/** A candidate with what its probe found out. */
function learned(candidate: Candidate, health: Health): Candidate {
  const { scheme, needsCredential = false } = health.get(candidate) ?? {};
  if (scheme === undefined) return { ...candidate, needsCredential };
  return { ...candidate, needsCredential, endpoint: { ...candidate.endpoint, scheme, schemeFrom: 'the probe' } };
}

function conclude({ backends, redundant, denied }: Admission, health: Health): Decision[] {
  const told = (candidate: Candidate): string => `${candidate.service.name} ${health.get(candidate)?.reason ?? ''}`;
  const unhealthy = [...health.keys()].filter((candidate) => health.get(candidate)?.healthy === false);
  return [
    ...backends.map((candidate) => {
      const known = learned(candidate, health);
      const { scheme, schemeFrom } = known.endpoint;
      return decide(known, 'selected', [told(candidate), `${scheme} by ${schemeFrom}`, ...purpose(known)].join('; '));
    }),
    ...redundant.map(({ candidate, reason }) => decide(candidate, 'redundant', reason)),
    ...denied.map(({ candidate, reason }) => decide(candidate, 'denied', reason)),
    ...unhealthy.map((candidate) => decide(candidate, 'unhealthy', told(candidate))),
  ];
}

/** One for each namespace that has too many. */
function crowdWarnings(denied: readonly Denial[]): Warning[] {
  return [...new Set(denied.map(({ reason }) => reason))].map((message) => ({ code: 'NAMESPACE_CROWDED', message }));
}

function purpose({ service }: Candidate): string[] {
  const host = specialPurposeOf(service);
  return host === null ? [] : [`special-purpose (${host}), never the default`];
}
