import type { Cluster } from '../api/responses.ts';
import { ago, notice } from '../elements/components.ts';
import type { Child } from '../elements/dom.ts';
import { h } from '../elements/dom.ts';

/** Clusters reported one by one; beyond that, only their number is shown. */
const maxTold = 5;

/** Reports each cluster that is not read, with the reason and what that means for `what`. */
export function awayView(clusters: readonly Cluster[], what = 'Its ConfigMaps are left as they are'): Child {
  const away = clusters.filter(({ state }) => state !== 'readable');
  const more = away.length - maxTold;
  return [
    away.slice(0, maxTold).map((one) => awayNotice(one, what)),
    more > 0 && h('p', { class: 'quiet' }, `${String(more)} more clusters are not read: /api/v1/clusters lists them.`),
  ];
}

function awayNotice({ name, state, message, since }: Cluster, what: string): HTMLElement {
  const isKnown = state === 'unreadable';
  const title = isKnown ? `Cluster ${name} cannot be read` : `Cluster ${name} could not be opened`;
  const known = isKnown ? 'What is shown of it is its last known state. ' : '';
  return h(
    'div',
    { role: 'status', 'data-key': `away ${name}` },
    notice(
      'error',
      title,
      h('p', {}, 'Since ', ago(since), message === null ? '.' : `: ${message}.`),
      `${known}${what} until it can be read; this is retried automatically.`,
    ),
  );
}
