import type { Candidate } from '../../discovery/decision.ts';
import type { Data, DataMap } from '../../lib/json.ts';
import { getOwn, isList, isMap } from '../../lib/json.ts';
import type { CustomizedEntry, EntryBackends, JoinedEntry } from '../consumer.ts';
import type { EntrySubject } from './config.ts';
import { configured, namedInstances } from './config.ts';
import type { ReleasePolicy } from './credentials/credentials.ts';
import { unusableFor } from './credentials/usability.ts';
import { described } from './generate.ts';
import { repairsOf } from './credentials/repairs.ts';
import { toolsetSpecOf, urlKeyOf } from './toolset-specs.ts';

/**
 * Adds the other backends in HolmesGPT's form for several. What Git added beside the URL of the first applies to all;
 * what Git changed of the first stays with it.
 */
export function withOthers(
  entry: CustomizedEntry,
  { basis, others }: EntryBackends,
  release: ReleasePolicy,
): JoinedEntry {
  const [first] = basis;
  const { customized } = entry;
  const isUsable = (backend: Candidate): boolean => {
    const unusable = unusableFor(backend, release);
    return unusable === null || repairsOf(entry, [{ unusable, backend }], release).repaired.length > 0;
  };
  const usable = others.filter(isUsable);
  if (!first || usable.length === 0 || customized.enabled === false) return { entry: customized, moved: [] };
  const { toolset } = first;
  const joined = configWith(entry, { ...release, toolset, spec: toolsetSpecOf(first), backends: usable }, first);
  return joined === null
    ? { entry: customized, moved: [] }
    : { ...joined, entry: { ...joined.entry, ...descriptionOf(entry, { basis, others: usable }) } };
}

function configWith(entry: CustomizedEntry, added: EntrySubject, first: Candidate): JoinedEntry | null {
  switch (added.spec.kind) {
    case 'instances':
      return withInstances(entry, added, first);
    case 'http':
    case 'clusters':
      return withItems(entry, added);
    case 'database':
    case 'mcp':
    case 'none':
    case 'template':
      return null;
  }
}

/** Turns the single backend in `config` into the first instance, with its generated keys. */
function withInstances(entry: CustomizedEntry, added: EntrySubject, first: Candidate): JoinedEntry | null {
  const { generated, customized, isOverridden } = entry;
  const [before, config] = [generated.config, customized.config];
  if (!isMap(before) || !isMap(config) || isOverridden('instances')) return null;
  if (isList(before.instances)) {
    if (!isList(config.instances)) return null;
    const instances = appended(config.instances, added);
    return { entry: { ...customized, config: { ...config, instances } }, moved: [] };
  }
  const urlKey = urlKeyOf(added.toolset, added.minor);
  if ((Object.hasOwn(config, urlKey) && getOwn(config, urlKey) !== getOwn(before, urlKey)) || 'instances' in config)
    return null;
  const own = Object.keys(before).filter((key) => Object.hasOwn(config, key));
  const pick = (isOwn: boolean): DataMap =>
    Object.fromEntries(Object.entries(config).filter(([key]) => own.includes(key) === isOwn));
  const instances = appended([{ name: first.instance, ...pick(true) }], added);
  return {
    entry: { ...customized, config: { ...pick(false), instances } },
    moved: Object.keys(before).map((key) => ({ from: ['config', key], to: ['config', 'instances', 0, key] })),
  };
}

/** HolmesGPT fails a toolset with two instances of the same name: Git's instance keeps it. */
function appended(instances: readonly Data[], added: EntrySubject): readonly Data[] {
  const names = new Set(instances.map((one) => (isMap(one) ? one.name : null)));
  return [...instances, ...namedInstances(added).filter(({ name }) => !names.has(name ?? null))];
}

/** Appends items to a list that exists for a single backend too. With several, HolmesGPT checks none at startup. */
function withItems({ generated, customized, isOverridden }: CustomizedEntry, added: EntrySubject): JoinedEntry | null {
  const [before, config, more] = [generated.config, customized.config, configured(added).config];
  if (!isMap(before) || !isMap(config) || !isMap(more)) return null;
  const key = Object.keys(before).find((one) => Array.isArray(getOwn(before, one)));
  if (key === undefined || !Array.isArray(getOwn(config, key)) || isOverridden(key)) return null;
  const own = itemsOf(config, key).map((item, index) => withoutHealthCheck(item, itemsOf(before, key)[index]));
  const list = [...own, ...itemsOf(more, key).map((item) => withoutHealthCheck(item, item))];
  return { entry: { ...customized, config: { ...more, ...config, [key]: list } }, moved: [] };
}

function itemsOf(config: DataMap, key: string): readonly Data[] {
  const items = getOwn(config, key);
  return isList(items) ? items : [];
}

/** Removes the health check of an item, unless Git set it. */
function withoutHealthCheck(item: Data = null, generated: Data = null): Data {
  if (!isMap(item) || !isMap(generated)) return item;
  const { health_check_url: url, ...rest } = item;
  return url === generated.health_check_url ? rest : item;
}

/** Names all backends, unless Git sets the description. */
function descriptionOf({ generated, customized }: CustomizedEntry, { basis, others }: EntryBackends): DataMap {
  const [first] = basis;
  if (!first || customized.description !== generated.description) return {};
  const { description } = described(toolsetSpecOf(first), [...basis, ...others]);
  return description === undefined ? {} : { description };
}
