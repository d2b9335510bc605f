const mounted = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * What starts a command as in a Pod: with a folder, which follows, mounted for it alone where Kubernetes mounts the token and the CA of a
 * service account.
 */
export const inPod: readonly string[] = [
  ...['unshare', '--mount', '--map-root-user', 'sh', '-c'],
  `mount -t tmpfs tmpfs /var/run && mkdir -p ${mounted} && mount --bind "$0" ${mounted} && exec "$@"`,
];
