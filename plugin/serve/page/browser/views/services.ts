import type { ExplainedService, List } from '../api/responses.ts';
import type { Child } from '../elements/dom.ts';
import { h } from '../elements/dom.ts';
import type { Actions, Model } from '../model.ts';
import { pager } from '../elements/pager.ts';
import { badge, code, copyButton, facts, link, notice } from '../elements/components.ts';
import { choices, searchForm } from '../elements/search.ts';
import type { Route, SortKey } from '../route.ts';
import { allDecisions, defaultDecisions } from '../route.ts';
import type { Column, TableOptions } from '../elements/table.ts';
import { table } from '../elements/table.ts';
import { decisionTitles, mayBeUnreachable } from '../labels.ts';

/** Reasons chosen by people: Services left out for these are no cause for alarm. */
const intendedReasons: ReadonlySet<string> = new Set(['DetectorOff', 'OptedOut']);

const columns: readonly Column<ExplainedService, SortKey>[] = [
  { title: 'Service', cell: nameOf, sort: 'service' },
  {
    title: 'Decision',
    cell: ({ decision, reason }) =>
      badge(intendedReasons.has(reason) ? 'off' : decision, decision, decisionTitles[decision]),
    sort: 'decision',
    kind: 'narrow',
  },
  { title: 'Product', cell: ({ type }) => type ?? '–', sort: 'type', kind: 'narrow' },
  { title: 'Toolset', cell: ({ toolset }) => toolset ?? '–', sort: 'toolset', kind: 'narrow' },
  { title: 'Ready', cell: readyOf, kind: 'number' },
  { title: 'Why', cell: ({ message }) => message, kind: 'wide' },
];

/** Services and the decisions about them. */
export function servicesView(
  { page, items }: List<ExplainedService>,
  { open, route }: Model,
  { go, toggle, search }: Actions,
): Child {
  return [
    filters(route, { go, search }),
    items.length === 0
      ? nothingFound(route)
      : servicesTable(
          items,
          { isOpen: (key) => open.has(key), toggle },
          {
            sorted: { by: route.sort, order: route.order },
            onSort: (by) => {
              const turn = route.sort === by && route.order === 'ascending';
              go({ sort: by, order: turn ? 'descending' : 'ascending' }, 'replace');
            },
          },
        ),
    pager({ offset: items.length === 0 ? 0 : page.offset, total: page.total }, 'Service', (offset) => {
      go({ offset });
    }),
  ];
}

type Options = TableOptions<ExplainedService, SortKey>;

/** Services with the decision about each, and its evidence in expandable rows; sortable only with sort options. */
export function servicesTable(
  services: readonly ExplainedService[],
  opening: Pick<NonNullable<Options['details']>, 'isOpen' | 'toggle'>,
  sorting: Pick<Options, 'sorted' | 'onSort'> = {},
): HTMLElement {
  const shown = sorting.onSort ? columns : columns.map(({ sort: _none, ...column }) => column);
  const details = { ...opening, of: evidence };
  return table({ caption: 'Services', columns: shown, rows: services, keyOf, ...sorting, details });
}

function filters(route: Route, { go, search }: Pick<Actions, 'go' | 'search'>): HTMLElement {
  return searchForm(
    {
      thing: 'Services',
      label: 'Search in names, addresses, evidence and reasons',
      placeholder: 'Search name, address, evidence, reason',
      text: route.search,
      search,
    },
    choices({
      legend: 'Decisions',
      all: allDecisions,
      chosen: route.decisions,
      byDefault: defaultDecisions,
      choose: (decisions) => {
        go({ decisions }, 'replace');
      },
      label: (decision) => ({ text: decision, kind: decision, title: decisionTitles[decision] }),
    }),
  );
}

function nothingFound({ search, decisions }: Route): HTMLElement {
  const where = `No ${decisions.join(' or ')} Service`;
  if (search === '') return notice('empty', `${where}.`);
  const hint = decisions.includes('ignored') ? '' : 'Tick “ignored” to search all other Services as well.';
  return notice('empty', `${where} matches “${search}”.`, hint);
}

function keyOf({ namespace, name, type }: ExplainedService): string {
  return `${namespace}/${name} ${type ?? ''}`;
}

function nameOf({ namespace, name }: ExplainedService): Child {
  return [h('span', { class: 'quiet' }, `${namespace}/`), name];
}

function readyOf({ endpoints }: ExplainedService): string {
  if (endpoints === null) return '–';
  return `${String(endpoints.ready)}/${String(endpoints.ready + endpoints.notReady)}`;
}

function evidence({ namespace, name, decision, rule, reason, message, url, endpoints }: ExplainedService): Child {
  const service = `${namespace}/${name}`;
  return facts([
    ['Service', [code(service), ' ', copyButton(service)]],
    ['Decision', `${decision}: ${decisionTitles[decision]}`],
    ['Why', message],
    ['Reason', code(reason)],
    ['Evidence', rule === '' ? 'none' : rule],
    ['Address', url === null ? 'none' : [link(url, code(url)), h('span', { class: 'quiet' }, ` ${mayBeUnreachable}`)]],
    [
      'Endpoints',
      endpoints === null ? 'unknown' : `${String(endpoints.ready)} ready, ${String(endpoints.notReady)} not ready`,
    ],
  ]);
}
