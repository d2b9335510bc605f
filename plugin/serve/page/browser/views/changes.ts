import type { Application, ConfigMapChanges } from '../api/responses.ts';
import { ago, badge, notice } from '../elements/components.ts';
import type { Child } from '../elements/dom.ts';
import { h } from '../elements/dom.ts';
import { formatDuration } from '../elements/format.ts';
import type { Column } from '../elements/table.ts';
import { table } from '../elements/table.ts';
import { causeTitles } from '../labels.ts';
import type { Content } from '../model.ts';
import { lastDayView } from './last-day.ts';
import { causesView, toolsetsSentence } from './pending.ts';

type Pending = NonNullable<ConfigMapChanges['pending']>;
type PendingToolset = NonNullable<Pending['toolsets']>['items'][number];
type Past = ConfigMapChanges['history'][number];
/** `desired` is `null` if a problem hides it. */
type Described = Pick<Application, 'desired'>;

/** What the next sync changes, line by line, and the last changes. */
export function changesView({ changes }: Extract<Content, { view: 'changes' }>, { desired }: Described): Child {
  if (!changes) return notice('empty', 'The ConfigMap does not exist');
  return [
    h('h2', {}, 'With the next sync'),
    desired === null ? h('p', { class: 'quiet' }, 'Unknown: the status above says why.') : nextSync(changes.pending),
    h('h2', {}, 'The last day'),
    lastDayView(changes),
    h('h2', {}, 'History'),
    historyView(changes),
  ];
}

/** Services that the header already names. */
const shownInHeader = 5;

function nextSync(pending: ConfigMapChanges['pending']): Child {
  if (!pending) return h('p', { class: 'quiet' }, 'Nothing changes: the ConfigMap matches the cluster.');
  const { toolsets, services } = pending;
  return [
    services.total > shownInHeader && causesView(services),
    toolsets === null
      ? notice(
          'empty',
          'What changes in the toolsets is not known',
          'This replica started while the ConfigMap was out of date, or is too busy to remember. The next sync brings it.',
        )
      : toolsets.items.map(toolsetView),
    toolsets !== null &&
      toolsets.total > toolsets.items.length &&
      h('p', { class: 'quiet' }, `and ${String(toolsets.total - toolsets.items.length)} more toolsets`),
  ];
}

const changeKinds = { added: 'selected', removed: 'denied', changed: 'out-of-date' } as const;

function toolsetView({ section, name, change, lines, withheld, overridden }: PendingToolset): HTMLElement {
  return h(
    'section',
    { class: 'change', 'aria-label': `${name} ${change}`, 'data-key': `${section} ${name}` },
    h('h3', {}, name, ' ', badge(changeKinds[change], change)),
    lines === null
      ? h('p', {}, `Not shown: ${withheld ?? 'unknown'}.`)
      : lines.length > 0 && diff(`Lines of ${name}`, lines),
    overridden && h('p', { class: 'quiet' }, 'Git overrides a part of what changes: that part stays as Git has it.'),
  );
}

/** Changed lines are marked by their first character as well as by colour. */
function diff(label: string, lines: readonly string[]): HTMLElement {
  const rows = lines.map((line) => {
    const kind = line.startsWith('+') ? 'ins' : line.startsWith('-') ? 'del' : 'span';
    return h(kind, {}, line);
  });
  return h('pre', { class: 'diff', tabindex: '0', role: 'region', 'aria-label': label }, h('code', {}, rows));
}

const outcomes: Readonly<Record<Past['outcome'], readonly [kind: string, text: string, title: string]>> = {
  applied: ['up-to-date', 'applied', 'Argo CD has applied it'],
  reverted: ['off', 'reverted', 'The cluster changed back before it was applied'],
};

const columns: readonly Column<Past>[] = [
  { title: 'When', cell: ({ at }) => ago(at), kind: 'narrow' },
  { title: 'Outcome', cell: ({ outcome }) => badge(...outcomes[outcome]), kind: 'narrow' },
  {
    title: 'Took',
    cell: ({ tookSeconds }) => (tookSeconds === null ? '–' : formatDuration(tookSeconds)),
    kind: 'number',
  },
  { title: 'What', cell: toolsetsCell },
  { title: 'Why', cell: reasonCell, kind: 'wide' },
];

function toolsetsCell({ toolsets }: Past): Child {
  if (toolsets === null) return h('span', { class: 'quiet' }, 'unknown: before this replica');
  return toolsets.total === 0 ? h('span', { class: 'quiet' }, 'settings') : toolsetsSentence(toolsets);
}

function reasonCell({ cause, tookSeconds, services }: Past): Child {
  // A change that was never seen out of date was synced by Argo CD on its own.
  const isOwn = tookSeconds === null && cause === 'configMaps';
  const why = isOwn ? 'settings in Git changed, or Argo CD synced by itself' : causeTitles[cause];
  return [h('span', {}, why), causesView(services)];
}

function historyView({ since, history }: Pick<ConfigMapChanges, 'since' | 'history'>): Child {
  const begins = h(
    'p',
    { class: 'quiet' },
    'This replica has been watching since ',
    ago(since),
    ': it knows nothing from before, and a restart forgets this list. Overrides that change in Git alone are not in it.',
  );
  if (history.length === 0) return [h('p', {}, 'No change yet.'), begins];
  return [table({ caption: 'History', columns, rows: history, keyOf: ({ at }) => at }), begins];
}
