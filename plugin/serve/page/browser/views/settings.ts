import type { Child } from '../elements/dom.ts';
import { h } from '../elements/dom.ts';
import type { Content } from '../model.ts';
import { warningView } from './config-map-status.ts';
import { facts, listing, notice } from '../elements/components.ts';

/** The settings of discovery, and its warnings. */
export function settingsView({ configMap }: Extract<Content, { view: 'settings' }>): Child {
  if (!configMap) return notice('empty', 'The ConfigMap does not exist');
  const { consumer, settings, problem, services, warnings } = configMap;
  if (problem !== null && settings === null)
    return notice('error', 'The settings cannot be read', `${problem.message}.`);
  const number = (count: number | undefined): string => (count ?? 0).toLocaleString('en-US');
  return [
    facts([
      ['Consumer', consumer ?? 'unknown'],
      ['Services selected', number(services?.selected)],
      ['redundant', number(services?.redundant)],
      ['unhealthy', number(services?.unhealthy)],
    ]),
    h('h2', {}, 'From Git'),
    isEmpty(settings)
      ? h('p', {}, 'Git sets nothing: all defaults apply.')
      : listing('Settings from Git', JSON.stringify(settings, null, 2)),
    h('h2', {}, 'Warnings'),
    warnings.length === 0
      ? h('p', {}, 'None.')
      : h(
          'ul',
          { class: 'warnings' },
          warnings.map((one) => h('li', {}, warningView(one))),
        ),
  ];
}

function isEmpty(settings: unknown): boolean {
  return settings === null || (typeof settings === 'object' && Object.keys(settings).length === 0);
}
