import type { Model } from '../model.ts';
import { chosenOf } from '../model.ts';
import type { View } from '../route.ts';
import { count, standingOf, standingTitles } from './words.ts';

export const viewTitles: Readonly<Record<View, string>> = {
  toolsets: 'Toolsets',
  services: 'Services',
  settings: 'Settings',
  configmaps: 'All ConfigMaps',
};

/** Title of the tab: a ConfigMap that is behind is seen there too. */
export function titleOf({ token, route, applications }: Model): string {
  if (token === null) return 'Sign in · dynamic-toolset';
  const chosen = applications ? chosenOf(applications, route) : undefined;
  const standing = chosen ? standingOf(chosen) : 'current';
  return `${standing === 'current' ? '' : `(${standingTitles[standing]}) `}${viewTitles[route.view]} · dynamic-toolset`;
}

/** What a screen reader is told once something is shown. */
export function summaryOf({ content, applications, route }: Model): string {
  const all = applications ?? [];
  const chosen = chosenOf(all, route);
  const standing = chosen ? `. ${chosen.configMap}: ${standingTitles[standingOf(chosen)]}` : '';
  switch (content?.view) {
    case 'toolsets':
      return count(content.list.page.total, 'toolset') + standing;
    case 'services':
      return count(content.list.page.total, 'Service') + standing;
    case 'settings':
      return `Settings${standing}`;
    case 'configmaps':
    case undefined:
      return count(all.length, 'ConfigMap');
  }
}
