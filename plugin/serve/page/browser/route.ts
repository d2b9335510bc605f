import type { Decision } from './api/responses.ts';

export const views = ['toolsets', 'services', 'settings', 'configmaps'] as const;
export type View = (typeof views)[number];

/** Those that say something; `ignored` is nearly all of a cluster, and only shown when asked for. */
export const usualDecisions: readonly Decision[] = ['selected', 'redundant', 'unhealthy', 'rejected', 'denied'];
export const allDecisions: readonly Decision[] = [...usualDecisions, 'ignored'];

export const sortKeys = ['service', 'decision', 'type', 'toolset'] as const;
export type SortKey = (typeof sortKeys)[number];

/** What is shown: all of it stands in the address, so that it can be sent to a colleague. */
export interface Route {
  readonly view: View;
  /** `null` for the one that needs attention most. */
  readonly configMap: string | null;
  readonly search: string;
  readonly decisions: readonly Decision[];
  readonly sort: SortKey;
  readonly order: 'ascending' | 'descending';
  readonly offset: number;
  readonly onlyBehind: boolean;
}

const initial: Route = {
  ...{ view: 'toolsets', configMap: null, search: '', decisions: usualDecisions },
  ...{ sort: 'service', order: 'ascending', offset: 0, onlyBehind: false },
};

/** Reads `#services?search=…`; what is not understood is as if it were not there. */
export function parseRoute(hash: string): Route {
  const [name = '', search = ''] = hash.replace(/^#/, '').split('?', 2);
  const given = new URLSearchParams(search);
  const decisions = allDecisions.filter((one) => given.getAll('decision').includes(one));
  return {
    view: oneOf(views, name) ?? initial.view,
    configMap: given.get('configMap'),
    search: given.get('search') ?? '',
    decisions: decisions.length > 0 ? decisions : usualDecisions,
    sort: oneOf(sortKeys, given.get('sort')) ?? initial.sort,
    order: given.get('order') === 'descending' ? 'descending' : 'ascending',
    offset: Math.max(0, Math.trunc(Number(given.get('offset') ?? 0)) || 0),
    onlyBehind: given.get('behind') === 'true',
  };
}

/** The other way round; only what differs from the usual is said. */
export function hashOf(route: Route): string {
  const said = new URLSearchParams();
  if (route.configMap !== null) said.set('configMap', route.configMap);
  if (route.search !== '') said.set('search', route.search);
  if (route.decisions.join() !== usualDecisions.join()) for (const one of route.decisions) said.append('decision', one);
  if (route.sort !== initial.sort) said.set('sort', route.sort);
  if (route.order !== initial.order) said.set('order', route.order);
  if (route.offset > 0) said.set('offset', String(route.offset));
  if (route.onlyBehind) said.set('behind', 'true');
  return `#${route.view}${said.size > 0 ? `?${said.toString()}` : ''}`;
}

function oneOf<const T extends string>(values: readonly T[], value: string | null): T | undefined {
  return values.find((one) => one === value);
}
