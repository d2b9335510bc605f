import type { EndpointsView } from '../../../cluster/types.ts';
import type { Prober } from '../../../cluster/probe/probe.ts';
import type { StoreReader } from '../../../cluster/stores/question.ts';
import type { ToolsetFile } from '../../../consumers/consumer.ts';
import { digestOf } from '../../../customizations/config-map.ts';
import type { Candidate } from '../../../discovery/decision.ts';
import { isServed } from '../../../discovery/health.ts';
import { readMemory, sourceKey } from '../../../discovery/selection/previous-sources.ts';
import { selectBackends } from '../../../discovery/selection/select-backends.ts';
import type { EvidenceReader } from '../../../discovery/evidence/question.ts';
import type { SelectionResult } from '../../../discovery/selection/select-backends.ts';
import { maxAgeMs } from '../../../discovery/first-question/store-facts.ts';
import { parseDurationMs } from '../../../lib/duration.ts';
import { keyOf } from '../../../lib/object-key.ts';
import type { Caches } from '../../cache/index.ts';
import type { Candidates } from '../candidates.ts';
import type { ConfigMapMetadata } from '../config-map-metadata.ts';

/** What `generate` would print now, as far as a ConfigMap's digest covers it. */
export interface DesiredState {
  readonly digest: string;
  readonly conclusion: SelectionResult;
  readonly file: ToolsetFile;
  /** When it can change without an event, in milliseconds since the epoch; `null` if it cannot. */
  readonly dueAt: number | null;
}

/** What an evaluation asks besides the caches: each answers at once with the last known answer. */
export interface BackgroundReaders {
  readonly prober: Prober;
  readonly evidence: EvidenceReader;
  readonly stores: StoreReader | null;
}

/** What a discovery from the caches follows from. */
interface SelectionInputs {
  readonly metadata: Pick<ConfigMapMetadata, 'spec'> & { readonly live: ConfigMapMetadata['live'] | null };
  readonly candidates: Candidates;
  readonly caches: Pick<Caches<unknown>, 'endpointsOf'>;
  readonly readers: { readonly [Name in keyof BackgroundReaders]: BackgroundReaders[Name] | null };
  /** In milliseconds since the epoch. */
  readonly now: number;
}

interface DesiredStateInputs extends SelectionInputs {
  readonly metadata: ConfigMapMetadata;
}

/** Repeats the discovery of a ConfigMap from the caches, with the code of `generate`. */
export async function desiredStateOf(inputs: DesiredStateInputs): Promise<DesiredState> {
  const { metadata, candidates, caches, now } = inputs;
  const conclusion = await selectFor(inputs);
  const { file } = candidates.consumer.generate(conclusion.admitted, candidates.access);
  const all = [...candidates.all(), ...candidates.suspects().map(({ candidate }) => candidate)];
  const times = [nextEviction(metadata, all, caches, now), nextQuestion(metadata, now)].filter((time) => time !== null);
  const dueAt = times.length > 0 ? Math.min(...times) : null;
  return { conclusion, file, digest: digestOf(metadata, file), dueAt };
}

/** Decides about every candidate of a ConfigMap. */
export function selectFor({ metadata, candidates, caches, readers, now }: SelectionInputs): Promise<SelectionResult> {
  const { spec, live } = metadata;
  const { consumer, access } = candidates;
  const { prober, evidence, stores } = readers;
  return selectBackends(candidates.all(), candidates.suspects(), {
    spec,
    memory: readMemory(live),
    evidence: spec.discovery.evidence === 'auto' ? evidence : null,
    prober,
    stores: spec.health.check === 'http' ? stores : null,
    namespaces: () => candidates.namespaces(),
    consumer,
    now,
    isTrusted: access.isTrusted,
    endpointsOf: (services) => {
      if (spec.health.check === 'none') return new Map<string, EndpointsView>();
      return new Map(
        services.flatMap((service) => {
          const endpoints = caches.endpointsOf(keyOf(service));
          return endpoints ? [[keyOf(service), endpoints] as const] : [];
        }),
      );
    },
  });
}

/** When the stores' answers have to be renewed; `null` if that is now, or if there are none. */
function nextQuestion({ spec, live }: ConfigMapMetadata, now: number): number | null {
  const { admitted, writtenAt } = readMemory(live);
  if (spec.discovery.firstQuestion === 'off' || writtenAt === null) return null;
  const isRemembered = admitted.values().some(({ learned }) => learned !== null);
  return isRemembered && writtenAt + maxAgeMs > now ? writtenAt + maxAgeMs + 1 : null;
}

/** When the next admitted backend will have been unready for `evictAfter`; `null` if there is none. */
function nextEviction(
  { spec: { health }, live }: ConfigMapMetadata,
  candidates: readonly Candidate[],
  { endpointsOf }: Pick<Caches<unknown>, 'endpointsOf'>,
  now: number,
): number | null {
  if (health.check === 'none') return null;
  const evictAfterMs = parseDurationMs(health.evictAfter);
  const { admitted } = readMemory(live);
  const times = candidates.flatMap((candidate) => {
    const source = admitted.get(sourceKey(candidate));
    if (source?.evicted !== false) return [];
    const endpoints = endpointsOf(keyOf(candidate.service));
    const since = endpoints ? endpoints.changedAt : candidate.service.createdAt;
    if ((endpoints && isServed(candidate, endpoints)) || since === null || since === undefined) return [];
    return since + evictAfterMs > now ? [since + evictAfterMs] : [];
  });
  return times.length > 0 ? Math.min(...times) : null;
}
