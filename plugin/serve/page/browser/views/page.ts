import type { Application } from '../api/responses.ts';
import { ownCluster } from '../../../../lib/cluster-name.ts';
import { unavailableView } from './clusters.ts';
import { changesView } from './changes.ts';
import { configMapsView } from './config-maps.ts';
import type { Child } from '../elements/dom.ts';
import { h } from '../elements/dom.ts';
import type { Actions, Model, StreamState } from '../model.ts';
import { chosenOf, clusterOf } from '../model.ts';
import { notice } from '../elements/components.ts';
import { membersView } from './members.ts';
import { hashOf, views } from '../route.ts';
import type { Route } from '../route.ts';
import { servicesView } from './services.ts';
import { settingsView } from './settings.ts';
import { signInView } from './sign-in.ts';
import { configMapStatusView } from './config-map-status.ts';
import { viewTitles } from './summary.ts';
import { toolsetsView } from './toolsets.ts';

/** The whole page. */
export function pageView(model: Model, actions: Actions): HTMLElement {
  if (model.token === null) return signInView(model, actions);
  return h(
    'div',
    { class: 'app', 'data-key': 'app' },
    h('a', { class: 'skip', href: '#content', on: { onclick: skip } }, 'Skip to the content'),
    h(
      'header',
      {},
      h('p', { class: 'brand' }, 'dynamic-toolset'),
      navigation(model),
      liveView(model.live),
      h('button', { type: 'button', on: { onclick: actions.signOut } }, 'Sign out'),
    ),
    h(
      'main',
      { id: 'content', tabindex: '-1', 'aria-busy': String(model.content === null && model.isLoading) },
      problemView(model),
      mainView(model, actions),
    ),
  );
}

/** Moves the focus without changing the address, which holds the route. */
function skip(event: Event): void {
  event.preventDefault();
  document.querySelector('main')?.focus();
}

function navigation({ route, applications }: Model): HTMLElement {
  const outOfDate = (applications ?? []).filter((one) => one.outOfDate).length;
  const links = views.map((view) => {
    // Keeps the ConfigMap, but not the filters of the current table.
    const href = hashOf({ ...route, view, search: '', sort: 'service', order: 'ascending', offset: 0 });
    const mark =
      view === 'configmaps' && outOfDate > 0 && h('span', { class: 'mark' }, `${String(outOfDate)} out of date`);
    return h('a', { href, 'aria-current': view === route.view ? 'page' : null }, viewTitles[view], mark);
  });
  return h('nav', { 'aria-label': 'Views' }, links);
}

const liveTitles: Readonly<Record<StreamState, string>> = {
  connecting: 'Connecting…',
  live: 'Live',
  lost: 'Reconnecting…',
  refused: 'Not live: the token has no access to /api/v1/events',
};

function liveView(state: StreamState): HTMLElement {
  return h('p', { class: `connection ${state}`, role: 'status' }, liveTitles[state]);
}

function problemView({ problem, content }: Model): Child {
  if (!problem) return null;
  const what = content === null ? '' : 'The content below is outdated.';
  return h('div', { role: 'alert', 'data-key': 'problem' }, notice('error', problem.title, problem.message, what));
}

function mainView(model: Model, actions: Actions): Child {
  const { applications, route, problem } = model;
  if (!applications) return problem ? null : notice('loading', 'Loading…');
  const chosen = chosenOf(applications, route);
  if (route.view === 'configmaps') return configMapsView(model, actions);
  if (applications.length === 0 && (model.clusters ?? []).length < 2)
    return notice(
      'empty',
      'No managed ConfigMap yet',
      'It appears here once Argo CD has synced an Application that uses the plugin.',
    );
  const cluster = clusterOf(model);
  const status = [cluster ? unavailableView([cluster]) : null, configMapStatusView(model, actions)];
  if (!chosen) return [status, nothingChosen(route)];
  const members = route.view === 'services' ? membersView(chosen, model, actions) : null;
  return [status, h('h1', {}, viewTitles[route.view]), members, contentView(chosen, model, actions)];
}

function nothingChosen({ cluster, configMap }: Route): HTMLElement {
  if (configMap === null) return notice('empty', `No managed ConfigMap in cluster ${cluster ?? ownCluster.name}`);
  const where = cluster === null ? '' : ` in cluster ${cluster}`;
  return notice('empty', `ConfigMap ${configMap} does not exist${where}`, 'Choose another one above.');
}

function contentView(chosen: Application, model: Model, actions: Actions): Child {
  const { content, route, problem } = model;
  if (content?.view !== route.view) return problem ? null : notice('loading', 'Loading…');
  switch (content.view) {
    case 'toolsets':
      return toolsetsView(content, model, actions);
    case 'services':
      return content.list && servicesView(content.list, model, actions);
    case 'changes':
      return changesView(content, chosen);
    case 'settings':
      return settingsView(content);
    case 'configmaps':
      return null;
  }
}
