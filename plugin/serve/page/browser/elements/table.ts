import type { Child } from './dom.ts';
import { h } from './dom.ts';

export interface Column<T, Sort extends string = never> {
  readonly title: string;
  readonly cell: (row: T) => Child;
  readonly sort?: Sort;
  /** Class of its cells, which sets the width. */
  readonly kind?: 'wide' | 'narrow' | 'number';
}

export interface TableOptions<T, Sort extends string> {
  readonly caption: string;
  /** The first column is the row header. */
  readonly columns: readonly Column<T, Sort>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
  readonly sorted?: { readonly by: Sort; readonly order: 'ascending' | 'descending' };
  readonly onSort?: (by: Sort) => void;
  /** Content of an expanded row. */
  readonly details?: {
    readonly isOpen: (key: string) => boolean;
    readonly toggle: (key: string) => void;
    readonly of: (row: T) => Child;
  };
}

/**
 * A table with expandable rows and sortable columns, usable by mouse and keyboard. When narrow, its rows are laid out
 * as cards, which browsers no longer treat as a table: hence the roles.
 */
export function table<T, Sort extends string = never>(options: TableOptions<T, Sort>): HTMLElement {
  const { caption, columns, rows } = options;
  return h(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption },
    h(
      'table',
      { role: 'table' },
      h('caption', { class: 'unseen' }, caption),
      h(
        'thead',
        { role: 'rowgroup' },
        h(
          'tr',
          { role: 'row' },
          columns.map((column) => header(column, options)),
        ),
      ),
      h(
        'tbody',
        { role: 'rowgroup' },
        rows.map((row) => bodyRows(row, options)),
      ),
    ),
  );
}

function header<T, Sort extends string>(
  { title, sort, kind }: Column<T, Sort>,
  { sorted, onSort }: TableOptions<T, Sort>,
): HTMLElement {
  if (sort === undefined) return h('th', { role: 'columnheader', scope: 'col', class: kind }, title);
  const order = sorted?.by === sort ? sorted.order : null;
  const button = h(
    'button',
    { type: 'button', class: 'sort', on: { onclick: () => onSort?.(sort) } },
    title,
    h('span', { 'aria-hidden': 'true', class: `arrow ${order ?? ''}` }),
  );
  return h('th', { role: 'columnheader', scope: 'col', class: kind, 'aria-sort': order ?? 'none' }, button);
}

function bodyRows<T, Sort extends string>(row: T, options: TableOptions<T, Sort>): readonly HTMLElement[] {
  const { columns, keyOf, details } = options;
  const key = keyOf(row);
  const isOpen = details?.isOpen(key) ?? false;
  const id = `details-${key.replace(/[^\w-]/g, '_')}`;
  const cells = columns.map(({ title, cell, kind }, index) => {
    if (index > 0) return h('td', { role: 'cell', class: kind, 'data-title': title }, h('div', {}, cell(row)));
    if (!details) return h('th', { role: 'rowheader', scope: 'row', class: kind }, cell(row));
    const on = {
      onclick: () => {
        details.toggle(key);
      },
    };
    const attributes = { type: 'button', class: 'open', 'aria-expanded': String(isOpen), on };
    return h(
      'th',
      { role: 'rowheader', scope: 'row', class: kind },
      h('button', { ...attributes, 'aria-controls': isOpen ? id : null }, cell(row)),
    );
  });
  const closed = h('tr', { role: 'row', 'data-key': key, class: isOpen ? 'is-open' : null }, cells);
  if (!isOpen || !details) return [closed];
  const more = h('td', { role: 'cell', colspan: columns.length, id }, details.of(row));
  return [closed, h('tr', { role: 'row', 'data-key': `${key} details`, class: 'details' }, more)];
}
