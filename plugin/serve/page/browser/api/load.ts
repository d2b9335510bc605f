import type { Application, ConfigMap, ExplainedService, List, Toolset, ToolsetDetail } from './responses.ts';
import { getJson, urlOf } from './client.ts';
import type { Query } from './client.ts';
import type { Content, Model } from '../model.ts';
import { chosenOf, toolsetKey } from '../model.ts';
import { pageSize } from '../elements/pager.ts';
import type { Route } from '../route.ts';

/** Most that the API answers at once. */
const maxItems = 1000;

export type Get = <T>(path: string, query: Query) => Promise<T>;

export function getter(token: string, signal: AbortSignal): Get {
  return (path, query) => getJson(urlOf(`api/v1/${path}`, query), token, signal);
}

/** Asks for all that a route shows; at once, where the address names the ConfigMap. */
export async function load(
  get: Get,
  { route, open }: Pick<Model, 'route' | 'open'>,
): Promise<Pick<Model, 'applications' | 'content'>> {
  const asked = get<List<Application>>('applications', { limit: maxItems });
  const early = route.configMap === null ? null : contentOf(get, route, route.configMap, open);
  // Whichever fails first is what is told.
  const [{ items }] = await Promise.all([asked, early]);
  const chosen = chosenOf(items, route);
  const late = chosen ? contentOf(get, route, chosen.configMap, open) : null;
  return { applications: items, content: await (early ?? late) };
}

async function contentOf(get: Get, route: Route, configMap: string, open: ReadonlySet<string>): Promise<Content> {
  const { view } = route;
  switch (view) {
    case 'toolsets':
      return toolsetsOf(get, configMap, open);
    case 'services':
      return { view, list: await get<List<ExplainedService>>('explain', explainQuery(route, configMap)) };
    case 'settings': {
      const { items } = await get<List<ConfigMap>>('configmaps', { configMap });
      return { view, configMap: items[0] ?? null };
    }
    case 'configmaps':
      return { view };
  }
}

async function toolsetsOf(get: Get, configMap: string, open: ReadonlySet<string>): Promise<Content> {
  const list = await get<List<Toolset>>('toolsets', { configMap, limit: maxItems });
  const opened = list.items.filter((one) => open.has(toolsetKey(one)));
  const details = await Promise.all(
    opened.map(({ name }) =>
      get<Pick<List<ToolsetDetail>, 'items'>>(`toolsets/${encodeURIComponent(name)}`, { configMap }),
    ),
  );
  const byKey = new Map(details.flatMap(({ items }) => items.map((one) => [toolsetKey(one), one] as const)));
  return { view: 'toolsets', list, details: byKey };
}

function explainQuery({ search, decisions, sort, order, offset }: Route, configMap: string): Query {
  return { configMap, search: search.trim(), decision: decisions, sort, order, limit: pageSize, offset };
}
