import type { Application, ConfigMapChanges } from '../api/responses.ts';
import { code } from '../elements/components.ts';
import type { Child } from '../elements/dom.ts';
import { h } from '../elements/dom.ts';

type Pending = NonNullable<Application['pending']>;
type SourceChange = ConfigMapChanges['history'][number]['services']['items'][number];
type ToolsetChange = NonNullable<Pending['toolsets']>['items'][number];

/** What the next sync changes and why, in two lines; nothing if the ConfigMap is up to date. */
export function pendingView({ pending }: Pick<Application, 'pending'>): Child {
  if (!pending) return null;
  const { toolsets, services } = pending;
  return h(
    'div',
    { class: 'pending' },
    toolsets && toolsets.total > 0 && h('p', {}, 'The next sync ', toolsetsSentence(toolsets), '.'),
    causesView(services),
  );
}

const verbs: Readonly<Record<ToolsetChange['change'], string>> = {
  added: 'adds',
  removed: 'removes',
  changed: 'changes',
};

/** `adds a and b, changes c` */
export function toolsetsSentence({ items, total }: NonNullable<Pending['toolsets']>): Child {
  const groups = (['added', 'removed', 'changed'] as const).flatMap((change) => {
    const names = items.filter((one) => one.change === change).map(({ name }) => code(name));
    return names.length > 0 ? [[`${verbs[change]} `, joined(names)]] : [];
  });
  const more = total - items.length;
  return [joined(groups), more > 0 && `, and ${String(more)} more`];
}

function joined(some: readonly Child[]): Child {
  return some.map((one, index) => [index === 0 ? null : index === some.length - 1 ? ' and ' : ', ', one]);
}

/** Each Service by which the discovery differs, and how. */
export function causesView({ items, total }: Pending['services']): Child {
  if (total === 0) return null;
  const more = total - items.length;
  return h(
    'ul',
    { class: 'plain causes', 'aria-label': 'Services that changed' },
    items.map((one) => h('li', {}, causeOf(one))),
    more > 0 && h('li', {}, `and ${String(more)} more`),
  );
}

function causeOf({ service, toolset, change, fields, reason, message }: SourceChange): Child {
  const name = h('span', { class: 'service' }, service);
  const why = h('span', { class: 'quiet', title: reason }, `${message} · ${toolset}`);
  if (change === 'added') return [h('span', {}, name, ' is new'), why];
  if (change === 'removed') return [h('span', {}, name, ' is left out'), why];
  const parts = fields.map(({ field, before, after }) => [
    `${field} `,
    code(before || '(none)'),
    ' → ',
    code(after || '(none)'),
  ]);
  return [h('span', {}, name, ': ', joined(parts)), h('span', { class: 'quiet' }, toolset)];
}
