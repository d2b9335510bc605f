import { h } from './dom.ts';
import type { Child } from './dom.ts';
import { formatAgo } from './format.ts';

/** A label with a marker. The colour adds nothing beyond the label. */
export function badge(kind: string, text: string, title?: string): HTMLElement {
  return h('span', { class: `badge ${kind}`, title }, text);
}

/** A time relative to now, with the exact time as a tooltip. */
export function ago(time: string): HTMLElement {
  return h('time', { datetime: time, title: new Date(time).toLocaleString() }, formatAgo(time));
}

/** The first 12 digits of a digest, with all of it as a tooltip. */
export function digest(value: string | null): Child {
  if (value === null) return '–';
  return h('code', { title: value }, value.replace(/^sha256:/, '').slice(0, 12));
}

export function code(text: string): HTMLElement {
  return h('code', {}, text);
}

/**
 * A link; one to another site opens in a new tab and gets no referrer. If the address is not http(s) or contains a
 * login, only the content is shown: others than the platform write parts of such addresses.
 */
export function link(href: string | null, content: Child, title?: string): HTMLElement {
  if (href === null || !/^https?:\/\/[^\s/?#@\\]+(?:[/?#][!-~]*)?$/i.test(href)) return h('span', {}, content);
  if (href.startsWith(`${location.origin}/`)) return h('a', { href, title }, content);
  return h('a', { href, title, target: '_blank', rel: 'noopener noreferrer' }, content);
}

/** A button that copies a text; nothing if the browser forbids clipboard access, as without HTTPS. */
export function copyButton(text: string): Child {
  if (!('clipboard' in navigator)) return null;
  const onclick = (event: Event): void => {
    const button = event.currentTarget as HTMLButtonElement;
    void navigator.clipboard.writeText(text).then(() => {
      button.textContent = 'Copied';
      button.setAttribute('aria-label', `Copied ${text}`);
    });
  };
  return h('button', { type: 'button', class: 'copy', 'aria-label': `Copy ${text}`, on: { onclick } }, 'Copy');
}

/** A list of names and values. */
export function facts(entries: readonly (readonly [name: string, value: Child])[]): HTMLElement {
  return h(
    'dl',
    { class: 'facts' },
    entries.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
  );
}

/** A message in place of missing content, or about an error. */
export function notice(kind: 'empty' | 'error' | 'loading', title: string, ...more: readonly Child[]): HTMLElement {
  return h(
    'div',
    { class: `notice ${kind}`, 'data-key': `notice-${kind}` },
    h('p', { class: 'title' }, title),
    more.map((one) => (typeof one === 'string' ? h('p', {}, one) : one)),
  );
}

/** Preformatted text that can be scrolled by keyboard. */
export function listing(label: string, text: string): HTMLElement {
  return h('pre', { tabindex: '0', role: 'region', 'aria-label': label }, h('code', {}, text));
}
