import type { Decision } from './api/responses.ts';
import { allStatuses } from './labels.ts';
import type { Status } from './labels.ts';

export const views = ['toolsets', 'services', 'changes', 'settings', 'configmaps'] as const;
export type View = (typeof views)[number];

/** Shown by default; without `ignored`, which applies to nearly all Services of a cluster. */
export const defaultDecisions: readonly Decision[] = ['selected', 'redundant', 'unhealthy', 'rejected', 'denied'];
export const allDecisions: readonly Decision[] = [...defaultDecisions, 'ignored'];

/** Rows per page. */
export const pageSize = 100;

/** Offset of the last page. */
export function lastOffset(total: number): number {
  return Math.floor(Math.max(0, total - 1) / pageSize) * pageSize;
}

export const sortKeys = ['service', 'decision', 'type', 'toolset'] as const;
export type SortKey = (typeof sortKeys)[number];

/** What is shown. The address contains all of it, so that it can be shared. */
export interface Route {
  readonly view: View;
  /** `null` for Argo CD's own cluster or, if no ConfigMap is named, that of the most urgent one. */
  readonly cluster: string | null;
  /** `null` for the most urgent one. */
  readonly configMap: string | null;
  /** For a multi-cluster ConfigMap, the cluster whose Services are shown; `null` for the default of `memberOf`. */
  readonly member: string | null;
  readonly search: string;
  readonly decisions: readonly Decision[];
  readonly sort: SortKey;
  readonly order: 'ascending' | 'descending';
  readonly offset: number;
  /** Filter of the list of all ConfigMaps. */
  readonly statuses: readonly Status[];
}

const initial: Route = {
  view: 'toolsets',
  cluster: null,
  configMap: null,
  member: null,
  search: '',
  decisions: defaultDecisions,
  sort: 'service',
  order: 'ascending',
  offset: 0,
  statuses: allStatuses,
};

/** Parses `#services?search=…`; invalid parts count as missing. */
export function parseRoute(hash: string): Route {
  const [name = '', search = ''] = hash.replace(/^#/, '').split('?', 2);
  const given = new URLSearchParams(search);
  const decisions = allDecisions.filter((one) => given.getAll('decision').includes(one));
  const statuses = allStatuses.filter((one) => given.getAll('status').includes(one));
  return {
    view: oneOf(views, name) ?? initial.view,
    cluster: given.get('cluster'),
    configMap: given.get('configMap'),
    member: given.get('member'),
    search: given.get('search') ?? '',
    decisions: decisions.length > 0 ? decisions : defaultDecisions,
    sort: oneOf(sortKeys, given.get('sort')) ?? initial.sort,
    order: given.get('order') === 'descending' ? 'descending' : 'ascending',
    offset: offsetOf(given.get('offset')),
    statuses: statuses.length > 0 ? statuses : allStatuses,
  };
}

/** The inverse of `parseRoute`, without default values. */
export function hashOf(route: Route): string {
  const parameters = new URLSearchParams();
  if (route.cluster !== null) parameters.set('cluster', route.cluster);
  if (route.configMap !== null) parameters.set('configMap', route.configMap);
  if (route.member !== null) parameters.set('member', route.member);
  if (route.search !== '') parameters.set('search', route.search);
  if (route.decisions.join() !== defaultDecisions.join())
    for (const one of route.decisions) parameters.append('decision', one);
  if (route.sort !== initial.sort) parameters.set('sort', route.sort);
  if (route.order !== initial.order) parameters.set('order', route.order);
  if (route.offset > 0) parameters.set('offset', String(route.offset));
  if (route.statuses.length < allStatuses.length) for (const one of route.statuses) parameters.append('status', one);
  return `#${route.view}${parameters.size > 0 ? `?${parameters.toString()}` : ''}`;
}

function offsetOf(text: string | null): number {
  const offset = Math.trunc(Number(text));
  return Number.isSafeInteger(offset) && offset > 0 ? offset : 0;
}

function oneOf<const T extends string>(values: readonly T[], value: string | null): T | undefined {
  return values.find((one) => one === value);
}
