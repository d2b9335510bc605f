import type { LiveConfigMap } from '../../../cluster/types.ts';
import type { Candidate } from '../../../discovery/decision.ts';
import { urlOf } from '../../../discovery/decision.ts';
import { readSources } from '../../../discovery/previous-sources.ts';
import { keyOf } from '../../../lib/object-key.ts';
import { isMap } from '../../../lib/json.ts';
import type { Data } from '../../../lib/json.ts';
import { differences, getOwn, pointerTo } from '../../../lib/json-pointer.ts';
import type { ToolsetFile } from '../../../consumers/consumer.ts';
import { sections } from '../../../consumers/consumer.ts';
import type { ConfigMapStatus } from '../../reconcile/status.ts';
import { isOutOfDate } from '../../reconcile/status.ts';
import type { Explained } from '../../reconcile/reconciler.ts';
import type { ReadModel } from '../state/read-model.ts';

/** One toolset of one ConfigMap: as it is in force, or as it will be once the ConfigMap is no longer behind. */
export interface ToolsetRow {
  readonly configMap: string;
  readonly section: (typeof sections)[number];
  readonly name: string;
  readonly enabled: boolean;
  readonly origin: 'discovered' | 'default' | 'override';
  readonly applied: boolean;
  readonly healthy: boolean | null;
  readonly services: readonly { readonly service: string; readonly url: string; readonly healthy: boolean | null }[];
  readonly overridden: readonly string[] | null;
  /** `undefined` where it is not in the ConfigMap yet. */
  readonly entry: Data | undefined;
}

/** All toolsets of a ConfigMap, or of several, by ConfigMap, section and name. */
export async function toolsetRows(model: ReadModel, configMap: string | undefined): Promise<readonly ToolsetRow[]> {
  const rows = await Promise.all(model.configMaps(configMap).map((one) => rowsOf(one, model)));
  return rows.flat();
}

async function rowsOf(tracked: ConfigMapStatus, model: ReadModel): Promise<readonly ToolsetRow[]> {
  const configMap = keyOf(tracked);
  const explained = await model.explained(configMap);
  const live = explained && (await model.read(configMap));
  if (!live) return [];
  const { generated, final, sources } = partsOf(live, explained);
  const behind = isOutOfDate(tracked);
  return sections.flatMap((section) => {
    const names = new Set([...Object.keys(final[section]), ...Object.keys(generated[section])]);
    return [...names].sort().flatMap((name): readonly ToolsetRow[] => {
      const entry = getOwn(final[section], name);
      const discovered = getOwn(generated[section], name);
      // Git took it away: what is neither in force nor about to be is no toolset.
      if (entry === undefined && !behind) return [];
      const services = (sources.get(name) ?? []).map((one) => ({ ...one, healthy: healthOf(one.service, model) }));
      return [
        {
          ...{ configMap, section, name, entry, services },
          enabled: isEnabled(entry ?? discovered),
          origin: originOf(discovered, services.length),
          applied: entry !== undefined,
          healthy: healthOfAll(services),
          overridden: behind ? null : differences(discovered, entry).map(pointerTo),
        },
      ];
    });
  });
}

interface Parts {
  readonly explained: Explained;
  readonly generated: ToolsetFile;
  readonly final: ToolsetFile;
  readonly sources: ReadonlyMap<string, readonly Source[]>;
}

const known = new WeakMap<LiveConfigMap, Parts>();

/** Read and generated once for each state of the ConfigMap and of the cluster: both take milliseconds. */
function partsOf(live: LiveConfigMap, explained: Explained): Parts {
  const before = known.get(live);
  if (before?.explained === explained) return before;
  const { candidates, conclusion } = explained;
  const parts = {
    explained,
    generated: candidates.consumer.generate(conclusion.admitted, candidates.access).file,
    final: finalOf(live, explained),
    sources: sourcesOf(live, explained),
  };
  known.set(live, parts);
  return parts;
}

/** What the consumer reads; what is not in its form says nothing. */
function finalOf({ data }: LiveConfigMap, { contract, candidates }: Explained): ToolsetFile {
  const usual = contract.spec.target.configMap.key;
  // The key is no part of the contract: where another one was chosen, it is the only one.
  const key = usual in data ? usual : (Object.keys(data)[0] ?? usual);
  return candidates.consumer.read(data, key) ?? { toolsets: {}, mcp_servers: {} };
}

interface Source {
  readonly service: string;
  readonly url: string;
}

/** Services behind each entry: those that the ConfigMap was made from, and those that it is to be made from. */
function sourcesOf(live: LiveConfigMap, { candidates, conclusion }: Explained): ReadonlyMap<string, readonly Source[]> {
  const sources = new Map<string, Map<string, Source>>();
  const add = (entries: readonly string[], source: Source): void => {
    for (const entry of entries) {
      const known = sources.get(entry) ?? new Map<string, Source>();
      sources.set(entry, known.set(source.service, source));
    }
  };
  const admitted = new Map(conclusion.admitted.map((candidate) => [keyOf(candidate.service), candidate]));
  for (const [key, { url }] of readSources(live)) {
    const [toolset, service] = [key.slice(0, key.lastIndexOf(' ')), key.slice(key.lastIndexOf(' ') + 1)];
    add(candidates.consumer.entriesOf(admitted.get(service) ?? ({ toolset } as Candidate)), { service, url });
  }
  for (const candidate of conclusion.admitted)
    add(candidates.consumer.entriesOf(candidate), {
      service: keyOf(candidate.service),
      url: urlOf(candidate.endpoint),
    });
  return new Map([...sources].map(([entry, some]) => [entry, [...some.values()]]));
}

function originOf(discovered: Data | undefined, services: number): ToolsetRow['origin'] {
  if (services > 0) return 'discovered';
  return discovered === undefined ? 'override' : 'default';
}

function isEnabled(entry: Data | undefined): boolean {
  return isMap(entry) && entry.enabled !== false;
}

function healthOf(service: string, { caches }: ReadModel): boolean | null {
  const endpoints = caches.endpointsOf(service);
  return endpoints ? endpoints.ready > 0 : null;
}

function healthOfAll(services: ToolsetRow['services']): boolean | null {
  if (services.length === 0 || services.some(({ healthy }) => healthy === null)) return null;
  return services.every(({ healthy }) => healthy === true);
}
