import type { EndpointsView } from '../../cluster/types.ts';
import type { Prober } from '../../cluster/probe.ts';
import { selectBackends } from '../../discovery/select-backends.ts';
import type { Conclusion } from '../../discovery/select-backends.ts';
import type { Candidate } from '../../discovery/decision.ts';
import type { PreviouslyAdmitted } from '../../discovery/previous-sources.ts';
import { readSources, sourceKey } from '../../discovery/previous-sources.ts';
import { keyOf } from '../../lib/object-key.ts';
import { parseDurationMs } from '../../lib/duration.ts';
import { digestOf } from '../../customizations/config-map.ts';
import type { ToolsetFile } from '../../consumers/consumer.ts';
import type { Caches } from '../cache/index.ts';
import type { Candidates } from './candidates.ts';
import type { ConfigMapMetadata } from './config-map-metadata.ts';

/** What `generate` would print now, as far as a ConfigMap's digest tells. */
export interface DesiredState {
  readonly digest: string;
  readonly conclusion: Conclusion;
  readonly file: ToolsetFile;
  /** When time alone may change it, in milliseconds since the epoch; `null` where it cannot. */
  readonly dueAt: number | null;
}

/** Repeats the discovery of a ConfigMap from the caches, with the code that `generate` runs. `now` is wall-clock time. */
export async function wantedOf(
  contract: ConfigMapMetadata,
  candidates: Candidates,
  caches: Pick<Caches<unknown>, 'endpointsOf'>,
  prober: Prober,
  now: number,
): Promise<DesiredState> {
  const { spec, live } = contract;
  const conclusion = await concludeFor(contract, candidates, caches, prober, now);
  const { file } = candidates.consumer.generate(conclusion.admitted, candidates.access);
  return {
    ...{ conclusion, file },
    digest: digestOf(contract, file),
    dueAt:
      spec.health.check === 'none'
        ? null
        : nextEviction(candidates.all(), readSources(live), caches, parseDurationMs(spec.health.evictAfter), now),
  };
}

/** What becomes of a ConfigMap's candidates. */
export function concludeFor(
  { spec, live }: ConfigMapMetadata,
  { all, consumer, access }: Candidates,
  { endpointsOf }: Pick<Caches<unknown>, 'endpointsOf'>,
  prober: Prober,
  now: number,
): Promise<Conclusion> {
  return selectBackends(all(), {
    ...{ spec, previouslyAdmitted: readSources(live), prober, consumer, now, isTrusted: access.isTrusted },
    endpointsOf: (services) => {
      if (spec.health.check === 'none') return new Map<string, EndpointsView>();
      return new Map(
        services.flatMap((service) => {
          const endpoints = endpointsOf(keyOf(service));
          return endpoints ? [[keyOf(service), endpoints] as const] : [];
        }),
      );
    },
  });
}

/** What is in the ConfigMap and unready leaves it when `evictAfter` has passed. */
function nextEviction(
  candidates: readonly Candidate[],
  memory: PreviouslyAdmitted,
  { endpointsOf }: Pick<Caches<unknown>, 'endpointsOf'>,
  evictAfterMs: number,
  now: number,
): number | null {
  const times = candidates.flatMap((candidate) => {
    const endpoints = memory.has(sourceKey(candidate)) ? endpointsOf(keyOf(candidate.service)) : undefined;
    if (endpoints?.ready !== 0 || endpoints.changedAt === null) return [];
    const time = endpoints.changedAt + evictAfterMs;
    return time > now ? [time] : [];
  });
  return times.length > 0 ? Math.min(...times) : null;
}
