import type { Candidate } from '../../discovery/decision.ts';
import { keyOf } from '../../lib/object-key.ts';
import type { Data, DataMap } from '../../lib/json.ts';
import type { Generated, Unusable } from '../consumer.ts';
import { unusableFor } from './credentials/usability.ts';
import type { ReleasePolicy } from './credentials/credentials.ts';
import type { EntrySubject } from './config.ts';
import { configured } from './config.ts';
import type { ToolsetSpec } from './toolset-specs.ts';
import { entriesOf, toolsetSpecOf } from './toolset-specs.ts';
import { instructionsEntry, instructionsSince, storesEntry } from './stores/instructions.ts';
import { ownEntryOf } from '../template.ts';

/**
 * Entries that are printed whatever is discovered. `kubernetes/core`, on or off, needs no endpoint and
 * keeps the file from being empty, which HolmesGPT refuses to load. Toolsets that HolmesGPT enables by
 * itself have to be disabled explicitly.
 */
export function alwaysPrintedEntries(byDefault: readonly string[], isSwitchedOff: (name: string) => boolean): DataMap {
  const off = byDefault.filter(isSwitchedOff);
  return {
    'kubernetes/core': { enabled: !isSwitchedOff('kubernetes/core') },
    ...Object.fromEntries(off.map((name) => [name, { enabled: false }])),
  };
}

/** HolmesGPT's toolset file for the admitted backends. Most built-in toolsets are off unless enabled explicitly. */
export function generate(admitted: readonly Candidate[], release: ReleasePolicy, alwaysPrinted: DataMap): Generated {
  const { minor, access } = release;
  const entries = [...Map.groupBy(admitted, ({ toolset }) => toolset).values()].flatMap((backends) => {
    const [first] = backends;
    if (!first) return [];
    const { toolset } = first;
    const spec = toolsetSpecOf(first);
    const unusable = backends.flatMap((backend) => unusableFor(backend, release) ?? []);
    return { toolset, spec, unusable, entry: entryOf({ ...release, toolset, backends, spec }, unusable) };
  });
  const named = (isServer: boolean): DataMap =>
    Object.fromEntries(
      entries
        .filter(({ spec }) => (spec.kind === 'mcp') === isServer)
        .flatMap(({ toolset, entry }) => entriesOf(toolset).map((name): [string, Data] => [name, entry])),
    );
  const out = new Set(entries.flatMap(({ unusable }) => unusable.map(({ service }) => service)));
  const usable = admitted.filter(({ service }) => !out.has(keyOf(service)));
  const instructions = minor >= instructionsSince ? instructionsEntry(usable, minor, access.isTrusted) : null;
  const stores = instructions === null ? {} : { [storesEntry]: instructions };
  return {
    file: { toolsets: { ...alwaysPrinted, ...named(false), ...stores }, mcp_servers: named(true) },
    unusable: entries.flatMap(({ unusable }) => unusable),
  };
}

function entryOf(subject: EntrySubject, unusable: readonly Unusable[]): DataMap {
  const { spec, backends } = subject;
  const [first] = backends;
  const own = first && ownEntryOf(first);
  if (own) return own;
  const out = new Set(unusable.map(({ service }) => service));
  const usable = backends.filter(({ service }) => !out.has(keyOf(service)));
  const shown = usable.length > 0 ? usable : backends;
  return {
    enabled: usable.length > 0,
    ...described(spec, shown),
    ...configured({ ...subject, backends: shown }),
  };
}

/** Description and type for toolsets that HolmesGPT does not know by name. */
export function described({ type, title }: ToolsetSpec, backends: readonly Candidate[]): DataMap {
  if (title === null) return {};
  const where = backends.map(({ service }) => keyOf(service)).join(', ');
  const of = backends.some(({ service }) => service.cluster !== undefined) ? 'several clusters' : 'this cluster';
  return { description: `${title} of ${of} (${where})`, ...(type === null ? {} : { type }) };
}
