/** What Argo CD calls the cluster that it runs in, and where it has it: the one that is read where no other is named. */
export const ownCluster = { name: 'in-cluster', server: 'https://kubernetes.default.svc' } as const;

/** Whether a name or URL stands for the cluster that Argo CD runs in. */
export function isOwnCluster(cluster: string): boolean {
  return cluster === ownCluster.name || withoutSlash(cluster) === ownCluster.server;
}

/** Argo CD compares servers without a slash at their end. */
export function withoutSlash(cluster: string): string {
  return cluster.replace(/\/+$/, '');
}

/** A name as Argo CD knows it, or the URL of an API server: no blank, no control character. */
const form = /^[a-zA-Z0-9](?:[-\w.:/@[\]]{0,251}[-\w./\]])?$/;

/** What a name of a cluster looks like, to be put behind `expected`. */
export const clusterNameForm = 'the name of a cluster as Argo CD has it, or the https URL of its API server';

/** Names come from the authors of Applications; none of them becomes a part of a path. */
export function isClusterName(text: string): boolean {
  return form.test(text) && !text.split('/').includes('..');
}

/** Whether a text is such a name, or one in which `*` stands for any run of characters. */
export function isClusterGlob(text: string): boolean {
  return isClusterName(text.replaceAll('*', 'x'));
}

/** Whether a text is the URL of an API server, and no name. */
export function isServerUrl(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/** Whether both are URLs of one API server: without regard to a slash at the end, case of the host, and the port of https. */
export function sameServer(one: string, other: string): boolean {
  if (!isServerUrl(one) || !isServerUrl(other)) return false;
  const [a, b] = [URL.parse(one), URL.parse(other)];
  return a !== null && b !== null && canonical(a) === canonical(b);
}

function canonical({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${withoutSlash(pathname)}`;
}
