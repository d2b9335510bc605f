import { h } from './dom.ts';
import type { Child } from './dom.ts';
import { agoOf } from '../views/words.ts';

/** A word with a mark: the colour says nothing that the word does not. */
export function badge(kind: string, text: string, title?: string): HTMLElement {
  return h('span', { class: `badge ${kind}`, title }, text);
}

/** A moment, told from now; the exact one on hover. */
export function ago(time: string): HTMLElement {
  return h('time', { datetime: time, title: new Date(time).toLocaleString() }, agoOf(time));
}

/** The start of a digest, which tells two of them apart. */
export function digest(value: string | null): Child {
  if (value === null) return '–';
  return h('code', { title: value }, value.replace(/^sha256:/, '').slice(0, 12));
}

export function code(text: string): HTMLElement {
  return h('code', {}, text);
}

/** Names and their values. */
export function facts(entries: readonly (readonly [name: string, value: Child])[]): HTMLElement {
  return h(
    'dl',
    { class: 'facts' },
    entries.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
  );
}

/** What stands where there is nothing to show, or something went wrong. */
export function notice(kind: 'empty' | 'error' | 'loading', title: string, ...more: readonly Child[]): HTMLElement {
  return h(
    'div',
    { class: `notice ${kind}`, 'data-key': `notice-${kind}` },
    h('p', { class: 'title' }, title),
    more.map((one) => (typeof one === 'string' ? h('p', {}, one) : one)),
  );
}

/** Text as it stands somewhere, scrolled by keyboard too. */
export function listing(label: string, text: string): HTMLElement {
  return h('pre', { tabindex: '0', role: 'region', 'aria-label': label }, h('code', {}, text));
}
