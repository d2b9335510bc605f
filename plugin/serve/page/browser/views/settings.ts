import type { Child } from '../elements/dom.ts';
import { h } from '../elements/dom.ts';
import type { Content } from '../model.ts';
import { code, facts, listing, notice } from '../elements/parts.ts';

/** Under which settings discovery is repeated, and what it warns of. */
export function settingsView({ configMap }: Extract<Content, { view: 'settings' }>): Child {
  if (!configMap) return notice('empty', 'The ConfigMap is gone');
  const { consumer, settings, problem, services, warnings } = configMap;
  if (problem !== null && settings === null) return notice('error', 'The settings cannot be read', `${problem}.`);
  const number = (count: number | undefined): string => (count ?? 0).toLocaleString('en-US');
  return [
    facts([
      ['Consumer', consumer ?? 'not said'],
      ['Services selected', number(services?.selected)],
      ['redundant', number(services?.redundant)],
      ['unhealthy', number(services?.unhealthy)],
    ]),
    h('h2', {}, 'In force, as Git has them'),
    isEmpty(settings)
      ? h('p', {}, 'Git sets nothing for discovery: every default is in force.')
      : listing('Settings in force', JSON.stringify(settings, null, 2)),
    h('h2', {}, 'Warnings'),
    warnings.length === 0
      ? h('p', {}, 'None.')
      : h(
          'ul',
          { class: 'warnings' },
          warnings.map(({ code: name, message }) => h('li', {}, code(name), ' ', message)),
        ),
  ];
}

function isEmpty(settings: unknown): boolean {
  return settings === null || (typeof settings === 'object' && Object.keys(settings).length === 0);
}
