export type Child = Node | string | null | false | readonly Child[];

/** Handlers are set as properties, which `morph` can copy; the content security policy forbids inline handlers. */
const handlers = ['onclick', 'oninput', 'onchange', 'onsubmit', 'onkeydown'] as const;
type Handlers = Partial<Pick<GlobalEventHandlers, (typeof handlers)[number]>>;
interface Attributes {
  readonly on?: Handlers;
  readonly [name: string]: string | number | boolean | null | undefined | Handlers;
}

/** Creates an element. `true` sets an attribute without a value; `false`, `null` and `undefined` set none. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  { on, ...attributes }: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'string' || typeof value === 'number') element.setAttribute(name, String(value));
    else if (value === true) element.setAttribute(name, '');
  }
  append(element, children);
  return Object.assign(element, on);
}

/** Creates an SVG element; its colours come from the style sheet. */
export function svg(
  tag: string,
  attributes: Readonly<Record<string, string | number>>,
  ...children: readonly SVGElement[]
): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

function append(element: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child === null || child === false) continue;
    if (typeof child === 'string' || child instanceof Node) element.append(child);
    else append(element, child);
  }
}

/**
 * Makes `current` equal to `next` but keeps its elements, matched by `data-key`, with their focus, selection and scroll
 * position.
 */
export function morph(current: Element, next: Element): void {
  morphAttributes(current, next);
  if (current instanceof HTMLElement && next instanceof HTMLElement)
    for (const name of handlers) current[name] = next[name] as null;
  morphChildren(current, next);
  morphValue(current, next);
}

function morphAttributes(current: Element, next: Element): void {
  for (const { name } of [...current.attributes]) if (!next.hasAttribute(name)) current.removeAttribute(name);
  for (const { name, value } of next.attributes)
    if (current.getAttribute(name) !== value) current.setAttribute(name, value);
}

function morphChildren(current: Element, next: Element): void {
  const keyed = new Map([...current.children].map((child) => [child.getAttribute('data-key'), child]));
  // Remove first: otherwise the remaining elements would be moved around the removed ones and lose focus.
  const remaining = new Set([...next.children].map((child) => child.getAttribute('data-key')));
  for (const [key, child] of keyed) if (key !== null && !remaining.has(key)) child.remove();
  let at: ChildNode | null = current.firstChild;
  for (const child of [...next.childNodes]) {
    const match = matchOf(child, at, keyed);
    if (!match) {
      current.insertBefore(child, at);
      continue;
    }
    if (match === at) at = at.nextSibling;
    else current.insertBefore(match, at);
    if (match instanceof Element) morph(match, child as Element);
    else if (match.nodeValue !== child.nodeValue) match.nodeValue = child.nodeValue;
  }
  while (at) {
    const rest: ChildNode | null = at.nextSibling;
    at.remove();
    at = rest;
  }
}

function matchOf(
  child: ChildNode,
  at: ChildNode | null,
  keyed: ReadonlyMap<string | null, Element>,
): ChildNode | undefined {
  const key = child instanceof Element ? child.getAttribute('data-key') : null;
  if (key !== null) return keyed.get(key);
  const isSameKind = at?.nodeName === child.nodeName && !(at instanceof Element && at.hasAttribute('data-key'));
  return isSameKind ? at : undefined;
}

/** Keeps what is being typed. */
function morphValue(current: Element, next: Element): void {
  if (current instanceof HTMLInputElement && next instanceof HTMLInputElement) {
    current.checked = next.checked;
    if (current.type === 'search' && current !== document.activeElement) current.value = next.value;
  }
  if (current instanceof HTMLSelectElement && next instanceof HTMLSelectElement) current.value = next.value;
}

/** Announces a text to screen readers if it has changed. */
export function announce(text: string): void {
  const announcer = document.getElementById('announcer');
  if (announcer && announcer.textContent !== text) announcer.textContent = text;
}

/** Remembers the rows of all tables; the returned function highlights those added since. */
export function highlightArrivals(root: Element): () => void {
  const rows = (): HTMLElement[] => [...root.querySelectorAll<HTMLElement>('tbody > tr:not(.details)')];
  const before = new Set(rows().map((row) => row.dataset.key));
  return () => {
    if (before.size === 0 || matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    const colour = getComputedStyle(root).getPropertyValue('--arrived');
    for (const row of rows())
      if (!before.has(row.dataset.key)) row.animate({ backgroundColor: [colour, 'transparent'] }, 2_500);
  };
}
