import type { Application } from '../api/responses.ts';
import type { Child } from '../elements/dom.ts';
import { h } from '../elements/dom.ts';
import type { Actions, Model } from '../model.ts';
import { pager, pageSize } from '../elements/pager.ts';
import { ago, badge, notice } from '../elements/parts.ts';
import { hashOf } from '../route.ts';
import { viewTitles } from './summary.ts';
import type { Column } from '../elements/table.ts';
import { table } from '../elements/table.ts';
import { standingOf, standingTitles } from './words.ts';

/** Every managed ConfigMap, and which of them are behind. */
export function configMapsView({ applications, route }: Model, { go }: Actions): Child {
  const all = applications ?? [];
  const shown = all.filter(({ behind }) => behind || !route.onlyBehind);
  const linked: Column<Application> = {
    title: 'ConfigMap',
    cell: ({ configMap }) => h('a', { href: hashOf({ ...route, view: 'toolsets', configMap, offset: 0 }) }, configMap),
  };
  const toggle = (event: Event): void => {
    go({ onlyBehind: (event.currentTarget as HTMLInputElement).checked }, 'replace');
  };
  const box = h('input', { type: 'checkbox', checked: route.onlyBehind, on: { onchange: toggle } });
  return [
    h('h1', {}, viewTitles.configmaps),
    h('div', { class: 'filters' }, h('label', { class: 'choice' }, box, 'Only those that are behind')),
    shown.length === 0
      ? notice('empty', all.length === 0 ? 'There is no managed ConfigMap yet' : 'None is behind')
      : table<Application>({
          ...{ caption: 'ConfigMaps', columns: [linked, ...columns], keyOf: ({ configMap }) => configMap },
          rows: shown.slice(route.offset, route.offset + pageSize),
        }),
    pager({ offset: route.offset, total: shown.length }, 'ConfigMap', (offset) => {
      go({ offset });
    }),
  ];
}

const columns: readonly Column<Application>[] = [
  { title: 'State', cell: stateOf, kind: 'narrow' },
  { title: 'Application', cell: ({ application }) => application ?? '–' },
  { title: 'Since', cell: ({ behindSince }) => behindSince !== null && ago(behindSince), kind: 'narrow' },
  { title: 'Why', cell: ({ why }) => why, kind: 'wide' },
];

function stateOf(application: Application): HTMLElement {
  const standing = standingOf(application);
  return badge(standing, standingTitles[standing]);
}
