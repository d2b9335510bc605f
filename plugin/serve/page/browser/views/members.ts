import type { Application } from '../api/responses.ts';
import type { Child } from '../elements/dom.ts';
import { h } from '../elements/dom.ts';
import { formatCount } from '../elements/format.ts';
import { stateTitles } from '../labels.ts';
import type { Actions, Model } from '../model.ts';
import { memberOf } from '../model.ts';
import { unavailableView } from './clusters.ts';

/** For a multi-cluster ConfigMap: whose Services are shown, a choice of another cluster, and what cannot be seen. */
export function membersView(chosen: Application, { clusters, route }: Model, { go }: Actions): Child {
  if (chosen.clusters === null) return unknownView(chosen);
  const { items, total } = chosen.clusters;
  const member = memberOf(chosen, route);
  const stateOf = (name: string): string => {
    const cluster = clusters?.find((one) => one.name === name);
    return name + (cluster ? stateTitles[cluster.state] : '');
  };
  const choose = (event: Event): void => {
    go({ member: (event.currentTarget as HTMLSelectElement).value });
  };
  const options = items.map((name) => h('option', { value: name, selected: name === member }, stateOf(name)));
  const sentences = [
    `The ConfigMap is made of ${formatCount(total, 'cluster')}${member === null ? '' : '; this lists the Services of one'}.`,
    route.member !== null && route.member !== member ? missing(route.member, member) : '',
    member !== null && clusters?.some(({ name }) => name === member) === false
      ? `${member} is not watched: nothing is known of its Services.`
      : '',
    hidden(total - items.length),
  ];
  const unavailable = clusters?.filter(({ name }) => name === member && name !== chosen.cluster) ?? [];
  return [
    h(
      'div',
      { class: 'members', 'data-key': 'members' },
      items.length > 1 && h('label', { for: 'member' }, 'Cluster of the Services'),
      items.length > 1
        ? h('select', { id: 'member', on: { onchange: choose } }, options)
        : member !== null && h('strong', {}, stateOf(member)),
      h('p', { class: 'quiet' }, sentences.filter((one) => one !== '').join(' ')),
    ),
    // The ConfigMap's own cluster is reported above.
    unavailableView(unavailable, 'What the ConfigMap has of it stays as it is'),
  ];
}

function missing(wanted: string, shown: string | null): string {
  return `${wanted} is not one that this account may see${shown === null ? '' : `: ${shown} is shown`}.`;
}

function hidden(count: number): string {
  if (count === 0) return '';
  return `This account may not see ${String(count)} of them: the verb get on /dynamic-toolset/clusters/NAME lets it.`;
}

/** The list of one cluster must not be mistaken for that of all. */
function unknownView({ cluster, reason }: Application): Child {
  if (reason !== 'ClustersNotRead' && reason !== 'ClustersUnreadable') return null;
  return h(
    'p',
    { class: 'members quiet', 'data-key': 'members' },
    `Which clusters the ConfigMap is made of is not known now: these are the Services of ${cluster} only.`,
  );
}
