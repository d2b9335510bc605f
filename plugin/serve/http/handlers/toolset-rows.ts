import type { LiveConfigMap } from '../../../cluster/types.ts';
import { compare, keyOf } from '../../../lib/object-key.ts';
import { getOwn } from '../../../lib/json.ts';
import type { Data } from '../../../lib/json.ts';
import { differences, pointerTo } from '../../../lib/data/json-pointer.ts';
import type { EntryCost, ToolsetFile } from '../../../consumers/consumer.ts';
import { sections } from '../../../consumers/consumer.ts';
import type { OverridePlace } from '../../../customizations/overrides-annotation.ts';
import { readOverridePlaces } from '../../../customizations/overrides-annotation.ts';
import type { ConfigMapStatus } from '../../reconcile/status.ts';
import { isOutOfDate } from '../../reconcile/status.ts';
import type { ConfigMapDiscovery } from '../../reconcile/reconciler.ts';
import { sourcesOf } from '../state/entry-sources.ts';
import type { EntrySource } from '../state/entry-sources.ts';
import { configMapRows, unlessForbidden } from '../state/read-model.ts';
import type { ConfigMapRow, ReadModel } from '../state/read-model.ts';
import type { ToolsetChange } from '../state/toolset-changes.ts';

/** One toolset of one ConfigMap: its current state, or that once the ConfigMap is up to date. */
export interface ToolsetRow {
  /** The cluster that the ConfigMap is in. */
  readonly cluster: string;
  readonly configMap: string;
  readonly section: (typeof sections)[number];
  readonly name: string;
  readonly enabled: boolean;
  /** `consumer`: enabled without an entry. */
  readonly origin: 'discovered' | 'default' | 'override' | 'consumer';
  readonly applied: boolean;
  readonly healthy: boolean | null;
  readonly services: readonly ServiceOfRow[];
  /** The earliest time among its Services; `null` if that of one is unknown. */
  readonly discoveredAt: string | null;
  /** The latest check among its Services. */
  readonly lastHealthCheck: ServiceOfRow['lastHealthCheck'];
  /** What the next sync does with it; `null` for nothing or unknown. */
  readonly next: ToolsetChange['change'] | null;
  readonly overridden: readonly string[] | null;
  /** Places in Git of its overrides when the ConfigMap was generated, as far as the ConfigMap records them. */
  readonly overriddenAt: readonly OverriddenAt[];
  /** `null` if unknown. */
  readonly cost: EntryCost | null;
  /** `undefined` if the ConfigMap does not have it yet. */
  readonly entry: Data | undefined;
  /** Its discovered part when the ConfigMap was generated; `undefined` for none or unknown. */
  readonly discovered: Data | undefined;
}

interface OverriddenAt {
  /** JSON Pointer into the entry. */
  readonly pointer: string;
  /** `FILE:LINE` */
  readonly place: string;
  /** Link to the line; `null` if the host's page URLs are unknown. */
  readonly url: string | null;
}

interface ServiceOfRow {
  readonly service: string;
  readonly url: string;
  readonly healthy: boolean | null;
  readonly discoveredAt: string | null;
  readonly lastHealthCheck: { readonly at: string; readonly healthy: boolean } | null;
}

/**
 * The toolsets of one ConfigMap, or of all that may be read: sorted by ConfigMap, section and name; those without an
 * entry come last. Fails with CLUSTER_*.
 */
export async function toolsetRows(
  models: readonly ReadModel[],
  configMap: string | undefined,
): Promise<readonly ToolsetRow[]> {
  const rows = configMapRows(models, configMap).map(rowsOf);
  return (await Promise.all(configMap === undefined ? rows.map((one) => unlessForbidden(one, [])) : rows)).flat();
}

async function rowsOf({ status, model }: ConfigMapRow): Promise<readonly ToolsetRow[]> {
  const configMap = keyOf(status);
  const discovery = await model.discoveryOf(configMap);
  const live = discovery && (await model.read(configMap));
  if (!live) return [];
  const parts = partsOf(live, discovery);
  const implicit = discovery.candidates.consumer.implicitlyEnabled(parts.final);
  const written = sections.flatMap((section) => {
    const names = new Set([...Object.keys(parts.final[section]), ...Object.keys(parts.generated[section])]);
    return [...names].sort().flatMap((name) => rowOf(status, { section, name }, parts, model) ?? []);
  });
  const rows = [...written, ...implicit.map((name) => implicitRow(model.cluster, configMap, name))];
  const { costOf } = discovery.candidates.consumer;
  return rows.map((row) => ({ ...row, cost: costOf?.(row.section, row.name, costed(row, parts)) ?? null }));
}

/**
 * The entry whose cost is estimated: for one not applied yet, the discovered one; for a row without an entry, one that
 * enables it.
 */
function costed({ section, name, origin, entry }: BareRow, { generated }: Parts): Data {
  if (origin === 'consumer') return { enabled: true };
  return entry ?? getOwn(generated[section], name) ?? null;
}

/** A row before its cost is known. */
type BareRow = Omit<ToolsetRow, 'cost'>;

/** A toolset that the consumer enables by itself. */
function implicitRow(cluster: string, configMap: string, name: string): BareRow {
  return {
    cluster,
    configMap,
    section: 'toolsets',
    name,
    enabled: true,
    origin: 'consumer',
    applied: true,
    healthy: null,
    services: [],
    discoveredAt: null,
    lastHealthCheck: null,
    next: null,
    overridden: [],
    overriddenAt: [],
    entry: undefined,
    discovered: undefined,
  };
}

/** `null` for a generated toolset that Git removes. */
function rowOf(
  status: ConfigMapStatus,
  { section, name }: Pick<ToolsetRow, 'section' | 'name'>,
  { discovery, generated, final, sources, places }: Parts,
  model: ReadModel,
): BareRow | null {
  const entry = getOwn(final[section], name);
  const discovered = getOwn(generated[section], name);
  const outOfDate = isOutOfDate(status);
  if (entry === undefined && !outOfDate) return null;
  // While the ConfigMap is out of date, Git's overrides are derived from the previous discovery.
  const before = outOfDate ? model.configMapHistory.fileOf(keyOf(status), status.digest) : generated;
  const applied = before && getOwn(before[section], name);
  const services = (sources.get(name) ?? []).map((one) => serviceOf(keyOf(status), one, discovery, model));
  return {
    cluster: model.cluster,
    configMap: keyOf(status),
    section,
    name,
    enabled: discovery.candidates.consumer.isEnabled(section, name, entry ?? discovered ?? null),
    origin: originOf(discovered, services.length),
    applied: entry !== undefined,
    healthy: healthOfAll(services),
    services,
    ...timesOf(services),
    next: nextOf(status, { section, name }, model),
    overriddenAt: places
      .filter((one) => one.section === section && one.name === name)
      .map((one) => placeOf(status, one, model)),
    overridden: before && entry !== undefined ? differences(applied ?? undefined, entry).map(pointerTo) : null,
    entry,
    discovered: applied ?? undefined,
  };
}

function placeOf(
  { application }: ConfigMapStatus,
  { pointer, file, line }: OverridePlace,
  { caches, links }: ReadModel,
): OverriddenAt {
  const view = application === null ? undefined : caches.applications.get(application);
  return { pointer, place: `${file}:${String(line)}`, url: links.place(view, { file, line }) };
}

function nextOf(
  status: ConfigMapStatus,
  { section, name }: Pick<ToolsetRow, 'section' | 'name'>,
  { configMapHistory }: ReadModel,
): ToolsetRow['next'] {
  const changes = configMapHistory.pending(keyOf(status))?.toolsets?.items ?? [];
  return changes.find((one) => one.section === section && one.name === name)?.change ?? null;
}

interface Parts {
  readonly discovery: ConfigMapDiscovery;
  readonly generated: ToolsetFile;
  readonly final: ToolsetFile;
  readonly sources: ReadonlyMap<string, readonly EntrySource[]>;
  readonly places: readonly OverridePlace[];
}

const cache = new WeakMap<LiveConfigMap, Parts>();

/** Cached per state of the ConfigMap and of the cluster, since parsing and generating take milliseconds. */
function partsOf(live: LiveConfigMap, discovery: ConfigMapDiscovery): Parts {
  const cached = cache.get(live);
  if (cached?.discovery === discovery) return cached;
  const { candidates, conclusion } = discovery;
  const final = finalOf(live, discovery);
  const parts = {
    discovery,
    generated: candidates.consumer.generate(conclusion.admitted, candidates.access).file,
    final,
    sources: sourcesOf(live, final, discovery),
    places: readOverridePlaces(live.annotations),
  };
  cache.set(live, parts);
  return parts;
}

/** The file as the consumer reads it; empty if it is invalid. */
export function finalOf({ data }: LiveConfigMap, { metadata, candidates }: ConfigMapDiscovery): ToolsetFile {
  const defaultKey = metadata.spec.target.configMap.key;
  // The annotations do not record a customized key, but then it is the only one.
  const key = Object.hasOwn(data, defaultKey) ? defaultKey : (Object.keys(data)[0] ?? defaultKey);
  return candidates.consumer.read(data, key) ?? { toolsets: {}, mcp_servers: {} };
}

function originOf(discovered: Data | undefined, services: number): ToolsetRow['origin'] {
  if (services > 0) return 'discovered';
  return discovered === undefined ? 'override' : 'default';
}

/**
 * Any writer of the ConfigMap can name a Service in its annotations: nothing is revealed about one that it may not see.
 */
function serviceOf(
  configMap: string,
  { service, url }: EntrySource,
  { candidates }: ConfigMapDiscovery,
  model: ReadModel,
): ServiceOfRow {
  const [namespace = ''] = service.split('/');
  const isVisible = candidates.isVisible({ namespace });
  const check = isVisible ? model.serviceHistory.lastCheck(service) : null;
  return {
    service,
    url,
    healthy: isVisible ? healthOf(service, model) : null,
    discoveredAt: isoOf(model.serviceHistory.discoveredAt(configMap, service)),
    lastHealthCheck: check && { at: new Date(check.at).toISOString(), healthy: check.healthy },
  };
}

function isoOf(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString();
}

function timesOf(services: ToolsetRow['services']): Pick<ToolsetRow, 'discoveredAt' | 'lastHealthCheck'> {
  // ISO times sort as text.
  const discovered = services.flatMap(({ discoveredAt }) => discoveredAt ?? []).sort();
  const checks = services.flatMap(({ lastHealthCheck }) => lastHealthCheck ?? []);
  return {
    discoveredAt: discovered.length === services.length ? (discovered[0] ?? null) : null,
    lastHealthCheck: checks.toSorted((a, b) => compare(b.at, a.at))[0] ?? null,
  };
}

function healthOf(service: string, { caches }: ReadModel): boolean | null {
  const endpoints = caches.endpointsOf(service);
  return endpoints ? endpoints.ready > 0 : null;
}

function healthOfAll(services: ToolsetRow['services']): boolean | null {
  if (services.length === 0 || services.some(({ healthy }) => healthy === null)) return null;
  return services.every(({ healthy }) => healthy === true);
}
