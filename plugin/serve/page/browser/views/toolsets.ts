import type { Toolset, ToolsetDetail } from '../api/responses.ts';
import type { Child } from '../elements/dom.ts';
import { h } from '../elements/dom.ts';
import type { Actions, Content, Model } from '../model.ts';
import { toolsetKey } from '../model.ts';
import { badge, code, listing, notice } from '../elements/parts.ts';
import type { Column } from '../elements/table.ts';
import { table } from '../elements/table.ts';
import { count } from './words.ts';

const columns: readonly Column<Toolset>[] = [
  { title: 'Toolset', cell: ({ name }) => name },
  { title: 'State', cell: stateOf, kind: 'narrow' },
  { title: 'Where it came from', cell: originOf, kind: 'wide' },
  { title: 'Changed by overrides', cell: changedBy },
];

/** The toolsets that the consumer has, or will have. */
export function toolsetsView(
  { list, details }: Extract<Content, { view: 'toolsets' }>,
  { open }: Model,
  { toggle }: Actions,
): Child {
  if (list.items.length === 0)
    return notice(
      'empty',
      'No toolset can be shown',
      'The ConfigMap has none, or what it says of itself cannot be read; its state above says why.',
    );
  return [
    table({
      ...{ caption: 'Toolsets', columns, rows: list.items, keyOf: toolsetKey },
      details: { isOpen: (key) => open.has(key), toggle, of: (row) => entryOf(details.get(toolsetKey(row))) },
    }),
    h('p', { class: 'pager' }, count(list.page.total, 'toolset')),
  ];
}

function stateOf({ enabled, applied }: Toolset): Child {
  if (!applied) return badge('behind', 'not applied yet', 'It comes with the next sync');
  return enabled ? badge('current', 'enabled') : badge('off', 'disabled');
}

function originOf({ origin, services, section }: Toolset): Child {
  if (origin === 'override') return 'Git only: overrides or patches';
  if (origin === 'default') return 'Always there';
  return [
    h(
      'ul',
      { class: 'plain' },
      services.map(({ service, url, healthy }) =>
        h(
          'li',
          {},
          h('span', { class: 'service' }, service),
          healthy === false && badge('unhealthy', 'not ready', 'No endpoint of it is ready'),
          h('span', { class: 'url' }, url),
        ),
      ),
    ),
    section === 'mcp_servers' && h('span', { class: 'quiet' }, 'MCP server'),
  ];
}

function changedBy({ overridden, origin }: Toolset): Child {
  if (overridden === null) return h('span', { class: 'quiet' }, 'not known while behind');
  if (origin === 'override') return h('span', { class: 'quiet' }, 'all of it');
  if (overridden.length === 0) return h('span', { class: 'quiet' }, 'nothing');
  return h(
    'ul',
    { class: 'plain' },
    overridden.map((pointer) => h('li', {}, code(pointer === '' ? '(all of it)' : pointer))),
  );
}

function entryOf(detail: ToolsetDetail | undefined): Child {
  if (!detail) return h('p', { class: 'quiet' }, 'Loading…');
  if (detail.withheld !== null) return h('p', {}, `Not shown: ${detail.withheld}.`);
  if (detail.entry === null) return h('p', {}, 'It is not in the ConfigMap yet.');
  return listing(`${detail.name} as it stands in the ConfigMap`, JSON.stringify(detail.entry, null, 2));
}
