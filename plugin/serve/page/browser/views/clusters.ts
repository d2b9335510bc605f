import type { Cluster } from '../api/responses.ts';
import { ago, notice } from '../elements/components.ts';
import type { Child } from '../elements/dom.ts';
import { h } from '../elements/dom.ts';

/** Clusters reported one by one; beyond that, only their number is shown. */
const maxNotices = 5;

/** Reports each cluster that is not read, with the reason and what that means for `what`. */
export function unavailableView(clusters: readonly Cluster[], what = 'Its ConfigMaps are left as they are'): Child {
  const unavailable = clusters.filter(({ state }) => state !== 'readable');
  const more = unavailable.length - maxNotices;
  return [
    unavailable.slice(0, maxNotices).map((one) => unavailableNotice(one, what)),
    more > 0 && h('p', { class: 'quiet' }, `${String(more)} more clusters are not read: /api/v1/clusters lists them.`),
  ];
}

function unavailableNotice({ name, state, message, since }: Cluster, what: string): HTMLElement {
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
