/** What Argo CD calls the cluster that it runs in; here the one that is read where no other is named. */
export const ownCluster = 'in-cluster';

/** Where Argo CD has that cluster. */
const ownServer = 'https://kubernetes.default.svc';

/** Whether a name or URL stands for the cluster that Argo CD runs in. */
export function isOwnCluster(cluster: string): boolean {
  return cluster === ownCluster || cluster.replace(/\/+$/, '') === ownServer;
}

/** A name as Argo CD knows it, or the URL of an API server: no blank, no control character. */
const form = /^[a-zA-Z0-9](?:[-\w.:/@[\]]{0,251}[-\w./\]])?$/;

/** What a name of a cluster looks like, to be put behind `expected`. */
export const clusterNameForm = 'the name of a cluster as Argo CD has it, or the https URL of its API server';

/** Names come from the authors of Applications; none of them becomes a part of a path. */
export function isClusterName(text: string): boolean {
  return form.test(text) && !text.split('/').includes('..');
}
