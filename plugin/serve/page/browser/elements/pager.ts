import { h } from './dom.ts';
import { count } from '../views/words.ts';

/** Rows of a table at a time. */
export const pageSize = 100;

/** Which part of how many things is shown, and the way to the others. */
export function pager(
  { offset, total }: { readonly offset: number; readonly total: number },
  thing: string,
  go: (offset: number) => void,
): HTMLElement {
  if (total <= pageSize && offset === 0) return h('p', { class: 'pager' }, count(total, thing));
  const last = Math.min(offset + pageSize, total);
  const button = (title: string, to: number, isThere: boolean): HTMLElement =>
    h(
      'button',
      {
        ...{ type: 'button', 'aria-disabled': isThere ? null : 'true' },
        on: {
          onclick: () => {
            if (isThere) go(to);
          },
        },
      },
      title,
    );
  return h(
    'nav',
    { class: 'pager', 'aria-label': 'Pages' },
    h('span', {}, `${(offset + 1).toLocaleString('en-US')}–${last.toLocaleString('en-US')} of ${count(total, thing)}`),
    button('Previous', Math.max(0, offset - pageSize), offset > 0),
    button('Next', offset + pageSize, last < total),
  );
}
