import type { Detector } from '../../detectors/types.ts';
import type { ProbeResult, Prober } from '../cluster/probe.ts';
import type { Cluster, EndpointsView, LiveConfigMap } from '../cluster/state.ts';
import type { ToolsetConfig } from '../settings/schema.ts';
import type { Candidate, Decision } from './decision.ts';
import { decide } from './decision.ts';
import { checkHealth } from './health.ts';
import type { Consumer } from './judge.ts';
import { judgeWith } from './judge.ts';
import type { Fence } from './limits.ts';
import { inFence, limitsOf, scopeOf } from './limits.ts';
import type { Selection } from './select.ts';
import { byKey, byPreference, keepBest, select } from './select.ts';
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
  const candidates = judged.flatMap(({ candidate }) => candidate ?? []);

  const endpoints =
    spec.health.check === 'none'
      ? nothing
      : await cluster.endpoints(
          candidates.map(({ service }) => service),
          scope,
        );
  const memory = readSources(live);
  const inputs = { spec, endpoints, memory, now: cluster.now(), prober };
  const settled = await settle(candidates, (candidate) => checkHealth(candidate, inputs));
  const selection = keepBest(settled.selection, { memory, isTrusted }, consumer.several);

  const decisions = [...judged.flatMap(({ decision }) => decision ?? []), ...conclude(selection, settled.health)];
  return {
    decisions: decisions.toSorted(byKey),
    admitted: selection.backends
      .map((candidate) => learned(candidate, settled.health))
      .toSorted(byPreference({ memory, isTrusted })),
    live,
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

function conclude({ backends, redundant }: Selection, health: Health): Decision[] {
  const told = (candidate: Candidate): string => `${candidate.service.name} ${health.get(candidate)?.reason ?? ''}`;
  const unhealthy = [...health.keys()].filter((candidate) => health.get(candidate)?.healthy === false);
  return [
    ...backends.map((candidate) => {
      const known = learned(candidate, health);
      const { scheme, schemeFrom } = known.endpoint;
      return decide(known, 'selected', [told(candidate), `${scheme} by ${schemeFrom}`, ...purpose(known)].join('; '));
    }),
    ...redundant.map(({ candidate, reason }) => decide(candidate, 'redundant', reason)),
    ...unhealthy.map((candidate) => decide(candidate, 'unhealthy', told(candidate))),
  ];
}

function purpose({ service }: Candidate): string[] {
  const host = specialPurposeOf(service);
  return host === null ? [] : [`special-purpose (${host}), never the default`];
}
