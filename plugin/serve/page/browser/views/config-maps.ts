import type { Application } from '../api/responses.ts';
import type { Child } from '../elements/dom.ts';
import { h } from '../elements/dom.ts';
import type { Actions, Model } from '../model.ts';
import { pager, pageSize } from '../elements/pager.ts';
import { ago, badge, notice } from '../elements/components.ts';
import { hashOf } from '../route.ts';
import { ownCluster } from '../../../../lib/cluster-name.ts';
import { awayView } from './clusters.ts';
import { viewTitles } from './summary.ts';
import type { Column } from '../elements/table.ts';
import { table } from '../elements/table.ts';
import { statusOf, statusTitles } from '../labels.ts';

/** All managed ConfigMaps and their status. */
export function configMapsView({ clusters, applications, route }: Model, { go }: Actions): Child {
  const all = applications ?? [];
  const shown = all.filter(({ outOfDate }) => outOfDate || !route.onlyOutOfDate);
  const linked: Column<Application> = {
    title: 'ConfigMap',
    cell: ({ cluster, configMap }) =>
      h('a', { href: hashOf({ ...route, view: 'toolsets', ...placeOf(cluster), configMap, offset: 0 }) }, configMap),
  };
  const toggle = (event: Event): void => {
    go({ onlyOutOfDate: (event.currentTarget as HTMLInputElement).checked }, 'replace');
  };
  const box = h('input', { type: 'checkbox', checked: route.onlyOutOfDate, on: { onchange: toggle } });
  return [
    awayView(clusters ?? []),
    h('h1', {}, viewTitles.configmaps),
    h('div', { class: 'filters' }, h('label', { class: 'choice' }, box, 'Only out of date')),
    shown.length === 0
      ? notice('empty', all.length === 0 ? 'No managed ConfigMap yet' : 'No ConfigMap is out of date')
      : table<Application>({
          caption: 'ConfigMaps',
          columns: [linked, ...((clusters ?? []).length > 1 ? [inCluster] : []), ...columns],
          keyOf: ({ cluster, configMap }) => `${cluster} ${configMap}`,
          rows: shown.slice(route.offset, route.offset + pageSize),
        }),
    pager({ offset: route.offset, total: shown.length }, 'ConfigMap', (offset) => {
      go({ offset });
    }),
  ];
}

const inCluster: Column<Application> = { title: 'Cluster', cell: ({ cluster }) => cluster, kind: 'narrow' };

const columns: readonly Column<Application>[] = [
  { title: 'State', cell: stateOf, kind: 'narrow' },
  { title: 'Application', cell: ({ application }) => application ?? '–' },
  { title: 'Since', cell: ({ outOfDateSince }) => outOfDateSince !== null && ago(outOfDateSince), kind: 'narrow' },
  { title: 'Message', cell: ({ message }) => message, kind: 'wide' },
];

/** The own cluster needs no name in the address. */
function placeOf(cluster: string): { readonly cluster: string | null } {
  return { cluster: cluster === ownCluster.name ? null : cluster };
}

function stateOf(application: Application): HTMLElement {
  const status = statusOf(application);
  return badge(status, statusTitles[status]);
}
