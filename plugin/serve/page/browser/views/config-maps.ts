import type { Application } from '../api/responses.ts';
import type { Child } from '../elements/dom.ts';
import { h } from '../elements/dom.ts';
import type { Actions, Model } from '../model.ts';
import { applicationKey } from '../model.ts';
import { formatCount } from '../elements/format.ts';
import { pager } from '../elements/pager.ts';
import { ago, badge, notice } from '../elements/components.ts';
import { choices, matchesSearch, searchForm } from '../elements/search.ts';
import { hashOf, lastOffset, pageSize } from '../route.ts';
import type { Route } from '../route.ts';
import { ownCluster } from '../../../../lib/cluster-name.ts';
import { unavailableView } from './clusters.ts';
import { viewTitles } from './summary.ts';
import type { Column } from '../elements/table.ts';
import { table } from '../elements/table.ts';
import { allStatuses, statusOf, statusTitles } from '../labels.ts';
import type { Status } from '../labels.ts';

/** All managed ConfigMaps and their status. */
export function configMapsView({ clusters, applications, total, route }: Model, { go, search }: Actions): Child {
  const all = applications ?? [];
  const shown = all.filter(
    (one) =>
      route.statuses.includes(statusOf(one)) &&
      matchesSearch(route.search, [one.configMap, one.application, one.message]),
  );
  // There may be fewer rows than when the address was created.
  const offset = Math.min(route.offset, lastOffset(shown.length));
  const linked: Column<Application> = {
    title: 'ConfigMap',
    cell: ({ cluster, configMap }) =>
      h(
        'a',
        {
          href: hashOf({
            ...route,
            view: 'toolsets',
            ...placeOf(cluster),
            configMap,
            member: null,
            search: '',
            offset: 0,
          }),
        },
        configMap,
      ),
  };
  return [
    unavailableView(clusters ?? []),
    h('h1', {}, viewTitles.configmaps),
    filters(all, route, { go, search }),
    partView(all.length, total),
    shown.length === 0
      ? notice('empty', all.length === 0 ? 'No managed ConfigMap yet' : 'No ConfigMap matches')
      : table<Application>({
          caption: 'ConfigMaps',
          columns: [linked, ...((clusters ?? []).length > 1 ? [inCluster] : []), ...columns],
          keyOf: applicationKey,
          rows: shown.slice(offset, offset + pageSize),
        }),
    pager({ offset, total: shown.length }, 'ConfigMap', (to) => {
      go({ offset: to });
    }),
  ];
}

/** Says that not all ConfigMaps are loaded, and how to find the others. */
function partView(loaded: number, total: number): Child {
  if (loaded >= total) return null;
  const [some, all] = [loaded.toLocaleString('en-US'), formatCount(total, 'ConfigMap')];
  return h(
    'p',
    { class: 'quiet', role: 'status' },
    `${some} of ${all} ${loaded === 1 ? 'is' : 'are'} loaded, those out of date among them. A search for a ConfigMap or an Application finds the others; message and state are searched only in what is loaded.`,
  );
}

/** Filters by text and by status, with the number of each. */
function filters(
  all: readonly Application[],
  { statuses, search: text }: Route,
  { go, search }: Pick<Actions, 'go' | 'search'>,
): HTMLElement {
  const countOf = (status: Status): string =>
    all.filter((one) => statusOf(one) === status).length.toLocaleString('en-US');
  return searchForm(
    {
      thing: 'ConfigMaps',
      label: 'Search in ConfigMaps, Applications and messages',
      placeholder: 'Search ConfigMap, Application, message',
      text,
      search,
    },
    choices({
      legend: 'Status',
      all: allStatuses,
      chosen: statuses,
      byDefault: allStatuses,
      choose: (chosen) => {
        go({ statuses: chosen }, 'replace');
      },
      label: (status) => ({ text: `${statusTitles[status]} (${countOf(status)})` }),
    }),
  );
}

const inCluster: Column<Application> = { title: 'Cluster', cell: ({ cluster }) => cluster, kind: 'narrow' };

const columns: readonly Column<Application>[] = [
  { title: 'State', cell: stateOf, kind: 'narrow' },
  { title: 'Services', cell: servicesOf, kind: 'narrow' },
  { title: 'Warnings', cell: warningsOf, kind: 'narrow' },
  { title: 'Application', cell: ({ application }) => application ?? '–' },
  { title: 'Since', cell: ({ outOfDateSince }) => outOfDateSince !== null && ago(outOfDateSince), kind: 'narrow' },
  { title: 'Message', cell: ({ message }) => message, kind: 'wide' },
];

/** Argo CD's own cluster needs no name in the address. */
function placeOf(cluster: string): { readonly cluster: string | null } {
  return { cluster: cluster === ownCluster.name ? null : cluster };
}

function stateOf(application: Application): HTMLElement {
  const status = statusOf(application);
  return badge(status, statusTitles[status]);
}

function servicesOf({ services }: Application): Child {
  if (!services) return h('span', { class: 'quiet' }, 'unknown');
  const { selected, unhealthy } = services;
  return [String(selected), unhealthy > 0 && [' ', badge('unhealthy', `${String(unhealthy)} unhealthy`)]];
}

function warningsOf({ warnings }: Application): Child {
  if (warnings.length === 0) return null;
  const urgent = warnings.filter(({ needsAction }) => needsAction).length;
  const title = warnings.map(({ code }) => code).join(', ');
  const all = urgent === warnings.length ? '' : `${String(warnings.length)}, `;
  return urgent > 0
    ? badge('needs-attention', `${all}${String(urgent)} to act on`, title)
    : badge('off', String(warnings.length), title);
}
