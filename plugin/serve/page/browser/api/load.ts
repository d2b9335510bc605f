import type { Application, ConfigMap, ExplainedService, List, Toolset, ToolsetDetail } from './responses.ts';
import { getJson, urlOf } from './client.ts';
import type { Query } from './client.ts';
import type { Content, Model } from '../model.ts';
import { chosenOf, toolsetKey } from '../model.ts';
import { pageSize } from '../elements/pager.ts';
import type { Route } from '../route.ts';

/** Largest page of the API. */
const maxItems = 1000;

export type Load = <T>(path: string, query: Query) => Promise<T>;

export function loader(token: string, signal: AbortSignal): Load {
  return (path, query) => getJson(urlOf(`api/v1/${path}`, query), token, signal);
}

/** Loads all that a route shows; in parallel, if the address names the ConfigMap. */
export async function loadRoute(
  load: Load,
  { route, open }: Pick<Model, 'route' | 'open'>,
): Promise<Pick<Model, 'applications' | 'content'>> {
  const applications = load<List<Application>>('applications', { limit: maxItems });
  const early = route.configMap === null ? null : contentOf(load, route, route.configMap, open);
  // Fails with whichever request fails first.
  const [{ items }] = await Promise.all([applications, early]);
  const chosen = chosenOf(items, route);
  const late = chosen ? contentOf(load, route, chosen.configMap, open) : null;
  return { applications: items, content: await (early ?? late) };
}

async function contentOf(load: Load, route: Route, configMap: string, open: ReadonlySet<string>): Promise<Content> {
  const { view } = route;
  switch (view) {
    case 'toolsets':
      return toolsetsOf(load, configMap, open);
    case 'services':
      return { view, list: await load<List<ExplainedService>>('explain', explainQuery(route, configMap)) };
    case 'settings': {
      const { items } = await load<List<ConfigMap>>('configmaps', { configMap });
      return { view, configMap: items[0] ?? null };
    }
    case 'configmaps':
      return { view };
  }
}

async function toolsetsOf(load: Load, configMap: string, open: ReadonlySet<string>): Promise<Content> {
  const list = await load<List<Toolset>>('toolsets', { configMap, limit: maxItems });
  const openRows = list.items.filter((one) => open.has(toolsetKey(one)));
  const details = await Promise.all(
    openRows.map(({ name }) =>
      load<Pick<List<ToolsetDetail>, 'items'>>(`toolsets/${encodeURIComponent(name)}`, { configMap }),
    ),
  );
  const byKey = new Map(details.flatMap(({ items }) => items.map((one) => [toolsetKey(one), one] as const)));
  return { view: 'toolsets', list, details: byKey };
}

function explainQuery({ search, decisions, sort, order, offset }: Route, configMap: string): Query {
  return { configMap, search: search.trim(), decision: decisions, sort, order, limit: pageSize, offset };
}
