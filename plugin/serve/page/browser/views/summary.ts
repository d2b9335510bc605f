import { ownCluster } from '../../../../lib/cluster-name.ts';
import type { Model } from '../model.ts';
import { chosenOf, memberOf } from '../model.ts';
import type { View } from '../route.ts';
import { formatCount } from '../elements/format.ts';
import { statusOf, statusTitles } from '../labels.ts';

export const viewTitles: Readonly<Record<View, string>> = {
  toolsets: 'Toolsets',
  services: 'Services',
  changes: 'Changes',
  settings: 'Settings',
  configmaps: 'All ConfigMaps',
};

/** Title of the tab, with the status of the ConfigMap unless it is up to date. */
export function titleOf({ token, route, applications }: Model): string {
  if (token === null) return 'Sign in · dynamic-toolset';
  const chosen = applications ? chosenOf(applications, route) : undefined;
  const status = chosen ? statusOf(chosen) : 'up-to-date';
  return `${status === 'up-to-date' ? '' : `(${statusTitles[status]}) `}${viewTitles[route.view]} · dynamic-toolset`;
}

/** Announced to screen readers after each load. */
export function summaryOf({ content, applications, total, route }: Model): string {
  const all = applications ?? [];
  const chosen = chosenOf(all, route);
  const where = chosen && chosen.cluster !== ownCluster.name ? ` in cluster ${chosen.cluster}` : '';
  const status = chosen ? `. ${chosen.configMap}${where}: ${statusTitles[statusOf(chosen)]}` : '';
  const member = chosen?.clusters ? memberOf(chosen, route) : null;
  const ofMember = member === null ? '' : ` of cluster ${member}`;
  switch (content?.view) {
    case 'toolsets':
      return formatCount(content.list.page.total, 'toolset') + status;
    case 'services':
      return (content.list ? formatCount(content.list.page.total, 'Service') : 'No Services') + ofMember + status;
    case 'changes':
      return `Changes${status}`;
    case 'settings':
      return `Settings${status}`;
    case 'configmaps':
    case undefined:
      return formatCount(total, 'ConfigMap');
  }
}
