import { withoutTrailing } from './trailing.ts';

/** Argo CD's name and server of the cluster that it runs in: the one that is read unless another is named. */
export const ownCluster = { name: 'in-cluster', server: 'https://kubernetes.default.svc' } as const;

/** Whether a name or URL stands for the cluster that Argo CD runs in. */
export function isOwnCluster(cluster: string): boolean {
  return cluster === ownCluster.name || withoutSlash(cluster) === ownCluster.server;
}

/** Argo CD compares servers without a trailing slash. */
export function withoutSlash(cluster: string): string {
  return withoutTrailing(cluster, '/');
}

/** A cluster's name in Argo CD, or the URL of an API server: no blanks or control characters. */
const form = /^[a-zA-Z0-9](?:[-\w.:/@[\]]{0,251}[-\w./\]])?$/;

/** Description of the form, for use after `expected`. */
export const clusterNameForm = 'the name of a cluster as Argo CD has it, or the https URL of its API server';

/** Names come from the authors of Applications, so they must not be able to change a path. */
export function isClusterName(text: string): boolean {
  return form.test(text) && !text.split('/').includes('..');
}

/** Whether a text is such a name, or a glob with `*` for any run of characters. */
export function isClusterGlob(text: string): boolean {
  return isClusterName(text.replaceAll('*', 'x'));
}

/** Whether a text is the URL of an API server rather than a name. */
export function isServerUrl(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/** Whether both are URLs of the same API server; ignores a trailing slash, the host's case, and https' default port. */
export function sameServer(one: string, other: string): boolean {
  if (!isServerUrl(one) || !isServerUrl(other)) return false;
  const [a, b] = [URL.parse(one), URL.parse(other)];
  return a !== null && b !== null && canonical(a) === canonical(b);
}

function canonical({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${withoutSlash(pathname)}`;
}
