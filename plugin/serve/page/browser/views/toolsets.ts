import type { Toolset, ToolsetDetail } from '../api/responses.ts';
import type { Child } from '../elements/dom.ts';
import { h } from '../elements/dom.ts';
import type { Actions, Content, Model } from '../model.ts';
import { toolsetKey } from '../model.ts';
import { badge, code, link, notice } from '../elements/components.ts';
import { matchesSearch, searchForm } from '../elements/search.ts';
import type { Column, TableOptions } from '../elements/table.ts';
import { table } from '../elements/table.ts';
import { formatCount } from '../elements/format.ts';
import { mayBeUnreachable } from '../labels.ts';

const columns: readonly Column<Toolset>[] = [
  { title: 'Toolset', cell: ({ name }) => name },
  { title: 'State', cell: stateOf, kind: 'narrow' },
  { title: 'Tokens', cell: costCell, kind: 'narrow' },
  { title: 'Origin', cell: originOf, kind: 'wide' },
  { title: 'Overridden', cell: overriddenOf },
];

/** The toolsets of the consumer: current ones, and those of the next sync. */
export function toolsetsView(
  { list, details }: Extract<Content, { view: 'toolsets' }>,
  { open, route }: Model,
  { toggle, search }: Actions,
): Child {
  if (list.items.length === 0)
    return notice('empty', 'No toolsets', 'The ConfigMap contains none, or has a problem: see its status above.');
  const shown = list.items.filter(({ name, services }) =>
    matchesSearch(route.search, [name, ...services.flatMap(({ service, url }) => [service, url])]),
  );
  return [
    searchForm({
      thing: 'Toolsets',
      label: 'Search in toolsets, Services and addresses',
      placeholder: 'Search toolset, Service, address',
      text: route.search,
      search,
    }),
    toolsetsTable(shown, {
      isOpen: (key) => open.has(key),
      toggle,
      of: (row) => entryOf(details.get(toolsetKey(row))),
    }),
    h('p', { class: 'pager' }, `${shownOf(shown, list.items)}${totalOf(list.items)}`),
    reachView(),
  ];
}

/** Shown once below the addresses of backends. */
export function reachView(): HTMLElement {
  return h('p', { class: 'quiet' }, 'Addresses are those of the cluster: your browser may not reach them.');
}

function shownOf(shown: readonly Toolset[], all: readonly Toolset[]): string {
  const count = formatCount(all.length, 'toolset');
  if (shown.length < all.length) return `${String(shown.length)} of ${count}`;
  const enabled = all.filter((one) => one.enabled && one.applied).length;
  return `${count}, ${String(enabled)} of them enabled`;
}

/** State, origin and overrides of toolsets, with expandable details. */
export function toolsetsTable(
  toolsets: readonly Toolset[],
  details?: NonNullable<TableOptions<Toolset, never>['details']>,
): HTMLElement {
  return table({ caption: 'Toolsets', columns, rows: toolsets, keyOf: toolsetKey, ...(details ? { details } : {}) });
}

function costCell({ cost, enabled }: Toolset): Child {
  if (!cost) return enabled ? h('span', { class: 'quiet' }, 'unknown') : '';
  return enabled ? [String(cost.tokens), ' ', h('span', { class: 'quiet' }, formatCount(cost.tools, 'tool'))] : '';
}

/** What the current ConfigMap, and toolsets that are on without it, add to each prompt. */
function totalOf(toolsets: readonly Toolset[]): string {
  const costs = toolsets.flatMap(({ applied, cost }) => (applied && cost ? [cost] : []));
  const tokens = costs.reduce((sum, one) => sum + one.tokens, 0);
  return tokens === 0 ? '' : `, about ${String(tokens)} tokens of each prompt`;
}

function stateOf({ enabled, applied, next }: Toolset): Child {
  if (applied && next !== null)
    return [
      enabled ? badge('up-to-date', 'enabled') : badge('off', 'disabled'),
      h('br'),
      badge('out-of-date', `will be ${next}`, 'With the next sync'),
    ];
  if (!applied) return badge('out-of-date', 'not applied yet', 'It is applied with the next sync');
  return enabled ? badge('up-to-date', 'enabled') : badge('off', 'disabled');
}

function originOf({ origin, services, section }: Toolset): Child {
  if (origin === 'override') return 'Git only: overrides or patches';
  if (origin === 'default') return 'Default';
  if (origin === 'consumer') return 'On by default: the consumer enables it by itself';
  return [
    h(
      'ul',
      { class: 'plain' },
      services.map(({ service, url, healthy }) =>
        h(
          'li',
          {},
          h('span', { class: 'service' }, service),
          healthy === false && badge('unhealthy', 'not ready', 'None of its endpoints is ready'),
          h('span', { class: 'url' }, link(url, url, mayBeUnreachable)),
        ),
      ),
    ),
    section === 'mcp_servers' && h('span', { class: 'quiet' }, 'MCP server'),
  ];
}

function overriddenOf({ overridden, overriddenAt, origin, applied }: Toolset): Child {
  if (!applied) return null;
  if (overridden === null) return h('span', { class: 'quiet' }, 'unknown');
  const placeOf = (pointer: string): Toolset['overriddenAt'][number] | undefined =>
    overriddenAt.find((one) => one.pointer === pointer);
  if (origin === 'override') return h('span', { class: 'quiet' }, 'whole entry ', linkOf(placeOf('')));
  if (overridden.length === 0) return h('span', { class: 'quiet' }, 'nothing');
  return h(
    'ul',
    { class: 'plain' },
    overridden.map((pointer) =>
      h('li', {}, code(pointer === '' ? '(whole entry)' : pointer), ' ', linkOf(placeOf(pointer))),
    ),
  );
}

/** The place in Git, if known. */
function linkOf(at: Toolset['overriddenAt'][number] | undefined): Child {
  return at ? link(at.url, at.place) : null;
}

function entryOf(detail: ToolsetDetail | undefined): Child {
  if (!detail) return h('p', { class: 'quiet' }, 'Loading…');
  if (detail.withheld !== null) return h('p', {}, `Not shown: ${detail.withheld}.`);
  if (detail.origin === 'consumer')
    return h('p', {}, 'Not in the ConfigMap: spec.target.defaultToolsets switches it off.');
  if (detail.entry === null) return h('p', {}, 'Not in the ConfigMap yet.');
  return yamlView(`${detail.name} in the ConfigMap`, detail);
}

/** YAML with the origin of each line at its end, shown once for consecutive lines. */
function yamlView(label: string, { lines, overriddenAt }: ToolsetDetail): HTMLElement {
  const all = lines ?? [];
  const rows = all.map(({ line, origin, override }, index) => {
    const before = all[index - 1];
    const isNew = origin !== before?.origin || override !== before.override;
    const at = override === null ? undefined : overriddenAt[override];
    const title = at ? ['# Git: ', linkOf(at)] : `# ${originTitle(origin)}`;
    const mark = isNew && origin !== 'generated' ? h('span', { class: 'origin' }, title) : null;
    return h('span', { class: origin === 'Git' ? 'of-git' : null }, line, mark && ['  ', mark]);
  });
  return h('pre', { class: 'lines', tabindex: '0', role: 'region', 'aria-label': label }, h('code', {}, rows));
}

function originTitle(origin: string): string {
  if (origin === 'Git') return 'Git: overrides or patches';
  return origin === 'unknown' ? 'origin unknown' : `Service ${origin}`;
}
