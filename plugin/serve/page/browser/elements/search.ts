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

/** A check box. */
export function choice(
  text: Child,
  { isOn, toggle, kind = '', title }: { isOn: boolean; toggle: () => void; kind?: string; title?: string },
): HTMLElement {
  const input = h('input', { type: 'checkbox', checked: isOn, on: { onchange: toggle } });
  return h('label', { class: `choice ${kind}`, title }, input, text);
}
