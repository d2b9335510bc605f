import { h } from './dom.ts';
import type { Child } from './dom.ts';

export interface SearchOptions {
  /** Name of what is filtered. */
  readonly thing: string;
  readonly label: string;
  readonly placeholder: string;
  readonly text: string;
  /** Called with each change of the text. */
  readonly search: (text: string) => void;
}

/** A search field, focused by `/`, with further filters beside it. */
export function searchForm(
  { thing, label, placeholder, text, search }: SearchOptions,
  ...filters: readonly Child[]
): HTMLElement {
  const on = {
    oninput: (event: Event): void => {
      search((event.currentTarget as HTMLInputElement).value);
    },
  };
  const attributes = { id: 'search', type: 'search', maxlength: 253, autocomplete: 'off', spellcheck: 'false' };
  return h(
    'form',
    {
      class: 'filters',
      role: 'search',
      'aria-label': thing,
      on: {
        onsubmit: (event) => {
          event.preventDefault();
        },
      },
    },
    h('label', { class: 'unseen', for: 'search' }, label),
    h('input', { ...attributes, value: text, placeholder, on }),
    filters,
  );
}

/** Whether one of the texts contains the search text. */
export function matchesSearch(search: string, texts: readonly (string | null)[]): boolean {
  const wanted = search.trim().toLowerCase();
  return wanted === '' || texts.some((text) => text?.toLowerCase().includes(wanted) === true);
}

export interface Choices<T extends string> {
  /** Name of what is chosen. */
  readonly legend: string;
  readonly all: readonly T[];
  readonly chosen: readonly T[];
  /** What is chosen in place of nothing, with which the table would be empty. */
  readonly byDefault: readonly T[];
  readonly choose: (chosen: readonly T[]) => void;
  readonly label: (one: T) => { readonly text: string; readonly kind?: string; readonly title?: string };
}

/** Check boxes, of which at least one is always checked. */
export function choices<T extends string>({ legend, all, chosen, byDefault, choose, label }: Choices<T>): HTMLElement {
  const box = (one: T): HTMLElement => {
    const { text, kind = '', title } = label(one);
    const onchange = (): void => {
      const next = all.filter((other) => chosen.includes(other) !== (other === one));
      choose(next.length === 0 ? byDefault : next);
    };
    const input = h('input', { type: 'checkbox', checked: chosen.includes(one), on: { onchange } });
    return h('label', { class: `choice ${kind}`, title }, input, text);
  };
  return h('fieldset', {}, h('legend', { class: 'unseen' }, legend), all.map(box));
}
