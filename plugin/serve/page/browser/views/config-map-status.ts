import type { Application } from '../api/responses.ts';
import type { Child } from '../elements/dom.ts';
import { h } from '../elements/dom.ts';
import type { Actions, Model } from '../model.ts';
import { applicationKey, chosenOf, clusterOf } from '../model.ts';
import { ago, badge, code, digest, facts, link } from '../elements/components.ts';
import { pendingView } from './pending.ts';
import { causeTitles, stateTitles, statusOf, statusTitles } from '../labels.ts';

/** The chosen ConfigMap, its status and the reason for it. */
export function configMapStatusView(model: Model, actions: Actions): HTMLElement {
  const chosen = chosenOf(model.applications ?? [], model.route);
  const choosers = [
    clusterChooser(model, actions),
    chooser(applicationsIn(model, chosen), chosen, (configMap) => {
      actions.go({ configMap, member: null });
    }),
  ];
  return chosen
    ? statusView(chosen, choosers, lookAgainView(chosen, model, actions))
    : h('section', { class: 'status', 'aria-label': 'ConfigMap' }, h('div', { class: 'chosen' }, choosers));
}

/** Discovery runs by itself: this button also probes unhealthy backends again. */
function lookAgainView(chosen: Application, { look }: Model, { lookAgain }: Actions): HTMLElement {
  const own = look?.of === applicationKey(chosen) ? look : null;
  const isBusy = own?.result === null;
  const button = h(
    'button',
    {
      type: 'button',
      title: 'Discover now, and check again every backend that is not in the ConfigMap',
      'aria-disabled': isBusy ? 'true' : null,
      on: { onclick: lookAgain },
    },
    isBusy ? 'Looking…' : 'Look again',
  );
  return h('div', { class: 'look' }, h('p', { role: 'status', class: 'quiet' }, own?.result ?? ''), button);
}

/** Shown only if there is a choice. */
function clusterChooser(model: Model, { go }: Actions): Child {
  const clusters = model.clusters ?? [];
  if (clusters.length < 2) return null;
  const current = clusterOf(model);
  const choose = (event: Event): void => {
    go({ cluster: (event.currentTarget as HTMLSelectElement).value, configMap: null, member: null });
  };
  const options = clusters.map((one) =>
    h('option', { value: one.name, selected: one === current }, `${one.name}${stateTitles[one.state]}`),
  );
  const none = current ? null : h('option', { value: '', selected: true, disabled: true }, 'Choose a cluster');
  return h('select', { 'aria-label': 'Cluster', on: { onchange: choose } }, none, options);
}

/** ConfigMaps of the selected cluster. */
function applicationsIn(model: Model, chosen: Application | undefined): readonly Application[] {
  const cluster = chosen?.cluster ?? clusterOf(model)?.name ?? null;
  return (model.applications ?? []).filter((one) => cluster === null || one.cluster === cluster);
}

/** The status of a ConfigMap, between what is before and after it. */
export function statusView(application: Application, before: Child = null, after: Child = null): HTMLElement {
  const status = statusOf(application);
  return h(
    'section',
    { class: `status ${status}`, 'aria-label': 'ConfigMap' },
    h('div', { class: 'chosen' }, before, badge(status, statusTitles[status]), explanation(application), after),
    pendingView(application),
    warningsView(application.warnings),
    facts(factsOf(application)),
  );
}

/** The name of the only ConfigMap, or a list to choose from. */
export function chooser(
  applications: readonly Application[],
  chosen: Application | undefined,
  choose: (configMap: string) => void,
): Child {
  if (applications.length === 0) return null;
  if (applications.length === 1 && chosen) return h('strong', { class: 'name' }, chosen.configMap);
  const onchange = (event: Event): void => {
    choose((event.currentTarget as HTMLSelectElement).value);
  };
  const options = applications.map((one) =>
    h('option', { value: one.configMap, selected: one === chosen }, optionText(one)),
  );
  const none = chosen ? null : h('option', { value: '', selected: true, disabled: true }, 'Choose a ConfigMap');
  return h('select', { 'aria-label': 'ConfigMap', on: { onchange } }, none, options);
}

function optionText(application: Application): string {
  const status = statusOf(application);
  return status === 'up-to-date'
    ? application.configMap
    : `${application.configMap} – ${statusTitles[status].toLowerCase()}`;
}

function explanation(application: Application): HTMLElement {
  const { outOfDateSince, cause, message } = application;
  const since =
    outOfDateSince === null ? null : [`Out of date since ${causeTitles[cause]} (`, ago(outOfDateSince), '). '];
  const sentence = message === null ? null : `${message[0]?.toUpperCase() ?? ''}${message.slice(1)}.`;
  if (since === null && sentence === null) return h('p', { class: 'message' }, 'The ConfigMap matches the cluster.');
  return h('p', { class: 'message' }, since, sentence);
}

const maxWarnings = 5;

/** A warning; one known only from an annotation does not say whether a person must act on it. */
type Warning = Pick<Application['warnings'][number], 'code' | 'message'> &
  Partial<Pick<Application['warnings'][number], 'docs' | 'needsAction' | 'source'>>;

/** Those that a person must act on come first. */
export function warningsView(warnings: readonly Warning[]): Child {
  if (warnings.length === 0) return null;
  const sorted = warnings.toSorted((a, b) => Number(b.needsAction ?? false) - Number(a.needsAction ?? false));
  const items = sorted.slice(0, maxWarnings).map((one) => {
    const kind = one.needsAction === true ? badge('needs-attention', 'Needs action') : badge('off', 'Warning');
    return h('li', {}, kind, ' ', warningView(one));
  });
  const more = warnings.length - items.length;
  return h(
    'ul',
    { class: 'warnings', 'aria-label': 'Warnings' },
    items,
    more > 0 && h('li', {}, `and ${String(more)} more: dynamic-toolset explain lists all`),
  );
}

/** Its code links to the documentation, its file location to that line in Git. */
export function warningView({ code: name, message, docs, source }: Warning): Child {
  const [place = ''] = source ? (/^\S+:\d+:\d+(?= )/.exec(message) ?? []) : [];
  const where = place !== '' && link(source ?? null, place, 'In Git, at the commit that Argo CD compared last');
  return [link(docs ?? null, code(name)), ' ', where, message.slice(place.length)];
}

function factsOf(one: Application): Facts {
  const { application, project, digest: current, desired, outOfDate, lastRequest, links } = one;
  return [
    [
      'Application',
      application === null
        ? 'unknown'
        : [link(links.argoCd, application, "In Argo CD's UI"), project === null ? null : ` (project ${project})`],
    ],
    ...(links.git ? ([['Git', gitView(links.git)]] as const) : []),
    ['Current digest', digest(current)],
    ...(outOfDate ? ([['Desired digest', digest(desired)]] as const) : []),
    [
      'Last request to Argo CD',
      lastRequest === null
        ? 'none by this replica'
        : [`${lastRequest.request}, ${lastRequest.result}, `, ago(lastRequest.at)],
    ],
  ];
}

/** The folder with settings and overrides. */
function gitView({ url, path, commit }: NonNullable<Application['links']['git']>): Child {
  return [link(url, path || '/', 'At the commit that Argo CD compared last'), ' at ', code(commit.slice(0, 7))];
}

type Facts = Parameters<typeof facts>[0];
