import type {
  Application,
  Cluster,
  ConfigMap,
  ConfigMapChanges,
  ExplainedService,
  List,
  Toolset,
  ToolsetDetail,
} from './responses.ts';
import { ownCluster } from '../../../../lib/cluster-name.ts';
import { ApiError, getJson, urlOf } from './client.ts';
import type { Query } from './client.ts';
import type { Content, Model } from '../model.ts';
import { applicationKey, chosenOf, memberOf, toolsetKey } from '../model.ts';
import { lastOffset, pageSize } from '../route.ts';
import type { Route } from '../route.ts';

/** Largest page of the API. */
const maxItems = 1000;

export type Load = <T>(path: string, query: Query) => Promise<T>;

export function loader(token: string, signal: AbortSignal): Load {
  return (path, query) => getJson(urlOf(`api/v1/${path}`, query), token, signal);
}

/** Loads everything that a route shows; in parallel if the address names the ConfigMap. */
export async function loadRoute(
  load: Load,
  { route, open }: Pick<Model, 'route' | 'open'>,
): Promise<Pick<Model, 'clusters' | 'applications' | 'total' | 'content'>> {
  const clusters = load<List<Cluster>>('clusters', { limit: maxItems });
  const applications = applicationsOf(load, route);
  const named = placeIn(route);
  const early = named && { cluster: named.cluster, content: settled(contentOf(load, route, named, open)) };
  // Fails with whichever request fails first.
  const [{ items, total }, watched] = await Promise.all([applications, clusters, early?.content]);
  const known = { clusters: watched.items, applications: items, total };
  const isUnavailable = (cluster: string): boolean =>
    !watched.items.some(({ name, state }) => name === cluster && state === 'readable');
  const found = early && unlessUnavailable(await early.content, isUnavailable(early.cluster));
  const chosen = chosenOf(items, route);
  if (!chosen) return { ...known, content: found };
  const { configMap } = chosen;
  const cluster = route.view === 'services' ? memberOf(chosen, route) : chosen.cluster;
  if (early?.cluster === cluster) return { ...known, content: found };
  if (cluster === null) return { ...known, content: emptyContent };
  const content = await settled(contentOf(load, route, { configMap, cluster }, open));
  return { ...known, content: unlessUnavailable(content, isUnavailable(cluster)) };
}

/**
 * All ConfigMaps, and how many there are; where that is more than a page of the API, the first by name, those out of
 * date, the one in the address and what is searched for.
 */
async function applicationsOf(
  load: Load,
  { view, configMap, search }: Route,
): Promise<{ readonly items: readonly Application[]; readonly total: number }> {
  const ask = (query: Query): Promise<List<Application>> =>
    load('applications', { cluster: '*', limit: maxItems, ...query });
  const first = await ask({});
  const { total } = first.page;
  if (total <= first.items.length) return { items: first.items, total };
  const text = view === 'configmaps' ? search.trim() : '';
  const others = await Promise.all([
    ask({ outOfDate: 'true' }),
    ...(configMap === null ? [] : [ask({ configMap })]),
    ...(text === '' ? [] : [ask({ search: text })]),
  ]);
  const all = [first, ...others].flatMap(({ items }) => items.map((one) => [applicationKey(one), one] as const));
  return { items: [...new Map(all).values()], total };
}

const emptyContent: Content = { view: 'services', list: null };

/** The content, or the error if nothing is known; rejects as the request does for any other reason. */
async function settled(content: Promise<Content>): Promise<Content | ApiError> {
  try {
    return await content;
  } catch (error) {
    if (error instanceof ApiError && [404, 503].includes(error.status)) return error;
    throw error;
  }
}

/** A cluster that is unavailable may be unknown: the page says so and lets people choose another. */
function unlessUnavailable(content: Content | ApiError, isUnavailable: boolean): Content {
  if (!(content instanceof ApiError)) return content;
  if (!isUnavailable) throw content;
  return emptyContent;
}

/**
 * The place given by the address; `null` if only the Applications determine it: a remembered member cluster may no
 * longer exist.
 */
function placeIn({ view, configMap, cluster, member }: Route): Place | null {
  if (configMap === null || (view === 'services' && member !== null)) return null;
  return { configMap, cluster: cluster ?? ownCluster.name };
}

/** A ConfigMap, and the cluster that holds it or whose Services are shown for it. */
type Place = Pick<Application, 'cluster' | 'configMap'>;

async function contentOf(
  load: Load,
  route: Route,
  { cluster, configMap }: Place,
  open: ReadonlySet<string>,
): Promise<Content> {
  const place = { cluster, configMap };
  const { view } = route;
  switch (view) {
    case 'toolsets':
      return toolsetsOf(load, place, open);
    case 'services':
      return { view, list: await servicesOf(load, route, place) };
    case 'changes': {
      const { items } = await load<List<ConfigMapChanges>>('changes', place);
      return { view, changes: items[0] ?? null };
    }
    case 'settings': {
      const { items } = await load<List<ConfigMap>>('configmaps', place);
      return { view, configMap: items[0] ?? null };
    }
    case 'configmaps':
      return { view };
  }
}

async function toolsetsOf(load: Load, place: Place, open: ReadonlySet<string>): Promise<Content> {
  const list = await load<List<Toolset>>('toolsets', { ...place, limit: maxItems });
  const openRows = list.items.filter((one) => open.has(toolsetKey(one)));
  const details = await Promise.all(
    openRows.map(({ name }) => load<Pick<List<ToolsetDetail>, 'items'>>(`toolsets/${encodeURIComponent(name)}`, place)),
  );
  const byKey = new Map(details.flatMap(({ items }) => items.map((one) => [toolsetKey(one), one] as const)));
  return { view: 'toolsets', list, details: byKey };
}

/** The page in the address, or the last one if the list has become shorter. */
async function servicesOf(load: Load, route: Route, place: Place): Promise<List<ExplainedService>> {
  const ask = (offset: number): Promise<List<ExplainedService>> =>
    load('explain', explainQuery({ ...route, offset }, place));
  const list = await ask(route.offset);
  if (route.offset === 0 || list.items.length > 0) return list;
  return ask(lastOffset(list.page.total));
}

function explainQuery({ search, decisions, sort, order, offset }: Route, place: Place): Query {
  return { ...place, search: search.trim(), decision: decisions, sort, order, limit: pageSize, offset };
}
