import { linksOf } from '../../../plugin/serve/http/state/links.ts';
import type { ConfigMapStatus } from '../../../plugin/serve/reconcile/status.ts';

/** A ConfigMap that says what the cluster says. */
export const upToDate: ConfigMapStatus = {
  namespace: 'holmesgpt',
  name: 'toolsets',
  application: 'argocd/one',
  problem: null,
  digest: 'a',
  desired: 'a',
  services: { selected: 1, unhealthy: 0 },
  warnings: [],
  outOfDateSince: null,
  cause: 'start',
};

/** A ConfigMap that says what the cluster says, and the cluster has no backend. */
export const empty: ConfigMapStatus = {
  ...upToDate,
  services: { selected: 0, unhealthy: 0 },
  warnings: [{ code: 'NOTHING_DISCOVERED', message: 'no backend; look at the settings' }],
};

/** Where the platform says nothing of where people look. */
export const noLinks = linksOf({ plugin: 'dynamic-toolset', argoCdUrl: null, gitHosts: {} });
