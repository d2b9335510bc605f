import type { Application } from '../api/responses.ts';
import type { Child } from '../elements/dom.ts';
import { h } from '../elements/dom.ts';
import type { Actions } from '../model.ts';
import { ago, badge, digest, facts } from '../elements/parts.ts';
import { causeOf, standingOf, standingTitles } from './words.ts';

/** Which ConfigMap this is about, how it stands to the cluster, and why. */
export function standingView(
  applications: readonly Application[],
  chosen: Application | undefined,
  actions: Actions,
): HTMLElement {
  const standing = chosen && standingOf(chosen);
  return h(
    'section',
    { class: `standing ${standing ?? ''}`, 'aria-label': 'ConfigMap' },
    h(
      'div',
      { class: 'which' },
      chooser(applications, chosen, actions),
      standing ? badge(standing, standingTitles[standing]) : null,
      chosen ? explanation(chosen) : null,
    ),
    chosen ? facts(factsOf(chosen)) : null,
  );
}

function chooser(applications: readonly Application[], chosen: Application | undefined, { go }: Actions): Child {
  if (applications.length === 1 && chosen) return h('strong', { class: 'name' }, chosen.configMap);
  const choose = (event: Event): void => {
    go({ configMap: (event.currentTarget as HTMLSelectElement).value });
  };
  const options = applications.map((one) =>
    h('option', { value: one.configMap, selected: one === chosen }, optionText(one)),
  );
  const none = chosen ? null : h('option', { value: '', selected: true, disabled: true }, 'Choose a ConfigMap');
  return h('select', { 'aria-label': 'ConfigMap', on: { onchange: choose } }, none, options);
}

function optionText(application: Application): string {
  const standing = standingOf(application);
  return standing === 'current'
    ? application.configMap
    : `${application.configMap} – ${standingTitles[standing].toLowerCase()}`;
}

function explanation(application: Application): HTMLElement {
  const { behind, behindSince, why } = application;
  const since = behind && behindSince !== null ? [ago(behindSince), `: ${causeOf(application)}. `] : null;
  const reason = why === null ? null : `${why[0]?.toUpperCase() ?? ''}${why.slice(1)}.`;
  if (since === null && reason === null) return h('p', { class: 'why' }, 'The ConfigMap says what the cluster says.');
  return h('p', { class: 'why' }, since && ['Since ', since], reason);
}

function factsOf({ application, project, digest: inForce, wanted, behind, lastRequest }: Application): Facts {
  return [
    [
      'Application',
      application === null ? 'none is known' : `${application}${project === null ? '' : ` (project ${project})`}`,
    ],
    ['Discovery in force', digest(inForce)],
    ...(behind ? ([['The cluster asks for', digest(wanted)]] as const) : []),
    [
      'Last request to Argo CD',
      lastRequest === null
        ? 'none by this replica'
        : [`${lastRequest.request}, ${lastRequest.result}, `, ago(lastRequest.at)],
    ],
  ];
}

type Facts = Parameters<typeof facts>[0];
