import type { ConfigMapStatus } from '../../../plugin/serve/reconcile/status.ts';

/** A ConfigMap that says what the cluster says. */
export const upToDate: ConfigMapStatus = {
  namespace: 'holmesgpt',
  name: 'toolsets',
  application: 'argocd/one',
  problem: null,
  digest: 'a',
  desired: 'a',
  outOfDateSince: null,
  cause: 'start',
};
