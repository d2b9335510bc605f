import type { LiveConfigMap } from '../../../cluster/types.ts';
import { urlOf } from '../../../discovery/decision.ts';
import { readMemory } from '../../../discovery/selection/previous-sources.ts';
import { keyOf } from '../../../lib/object-key.ts';
import type { Data } from '../../../lib/json.ts';
import type { ToolsetFile } from '../../../consumers/consumer.ts';
import { sections } from '../../../consumers/consumer.ts';
import type { ConfigMapDiscovery } from '../../reconcile/reconciler.ts';

/** A Service of an entry. */
export interface EntrySource {
  readonly service: string;
  readonly url: string;
}

/** Services of each entry: those of the live ConfigMap and those of the current discovery. */
export function sourcesOf(
  live: LiveConfigMap,
  final: ToolsetFile,
  { candidates, conclusion }: ConfigMapDiscovery,
): ReadonlyMap<string, readonly EntrySource[]> {
  const sources = new Map<string, Map<string, EntrySource>>();
  const add = (entries: readonly string[], source: EntrySource): void => {
    for (const entry of entries) {
      const ofEntry = sources.get(entry) ?? new Map<string, EntrySource>();
      sources.set(entry, ofEntry.set(source.service, source));
    }
  };
  const admitted = new Map(conclusion.admitted.map((candidate) => [keyOf(candidate.service), candidate]));
  const written = sections.flatMap((section) => Object.entries(final[section])).map(writtenEntry);
  for (const [key, { url, evicted }] of readMemory(live).admitted) {
    if (evicted) continue;
    const service = key.slice(key.lastIndexOf(' ') + 1);
    const candidate = admitted.get(service);
    add(candidate ? candidates.consumer.entriesOf(candidate) : entriesAt(url, written), { service, url });
  }
  for (const candidate of conclusion.admitted)
    add(candidates.consumer.entriesOf(candidate), {
      service: keyOf(candidate.service),
      url: urlOf(candidate.endpoint),
    });
  return new Map([...sources].map(([entry, some]) => [entry, [...some.values()]]));
}

interface WrittenEntry {
  readonly name: string;
  readonly text: string;
}

function writtenEntry([name, entry]: [string, Data]): WrittenEntry {
  return { name, text: JSON.stringify(entry) };
}

/** Entries that contain the host of this URL: for a Service that is gone, nothing else shows where it is used. */
function entriesAt(url: string, entries: readonly WrittenEntry[]): readonly string[] {
  const [, host = ''] = /^[a-z][a-z0-9+]*:\/\/([-a-z0-9.]+)/.exec(url) ?? [];
  if (host === '') return [];
  const named = new RegExp(`(?<![-.\\w])${host.replaceAll('.', '\\.')}(?![-.\\w])`);
  return entries.filter(({ text }) => named.test(text)).map(({ name }) => name);
}
