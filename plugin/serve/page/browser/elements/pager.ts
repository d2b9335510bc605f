import { h } from './dom.ts';
import { pageSize } from '../route.ts';
import { formatCount } from './format.ts';

/** The range of rows shown, the total, and buttons for the other pages. */
export function pager(
  { offset, total }: { readonly offset: number; readonly total: number },
  thing: string,
  go: (offset: number) => void,
): HTMLElement {
  if (total <= pageSize && offset === 0) return h('p', { class: 'pager' }, formatCount(total, thing));
  const last = Math.min(offset + pageSize, total);
  const button = (title: string, to: number, isEnabled: boolean): HTMLElement =>
    h(
      'button',
      {
        type: 'button',
        'aria-disabled': isEnabled ? null : 'true',
        on: {
          onclick: () => {
            if (isEnabled) go(to);
          },
        },
      },
      title,
    );
  return h(
    'nav',
    { class: 'pager', 'aria-label': 'Pages' },
    h(
      'span',
      {},
      `${(offset + 1).toLocaleString('en-US')}–${last.toLocaleString('en-US')} of ${formatCount(total, thing)}`,
    ),
    button('Previous', Math.max(0, offset - pageSize), offset > 0),
    button('Next', offset + pageSize, last < total),
  );
}
