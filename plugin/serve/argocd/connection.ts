import type { Connection, ProcessVariables } from '../../cluster/connection/connection.ts';
import { proxyByEnvironment } from '../../cluster/connection/proxy.ts';
import type { TokenServer } from '../../cluster/connection/token-connection.ts';
import { tokenConnection } from '../../cluster/connection/token-connection.ts';
import { PluginError, reasonOf } from '../../lib/errors.ts';

/**
 * A connection to Argo CD's API with an account's token. Reads and sends nothing until the first request. A server
 * outside the cluster is reached through the proxy that the variables name, as by the `argocd` command. Fails with
 * KUBECONFIG_INVALID if they name none correctly.
 */
export function connectArgoCd(server: TokenServer, variables: ProcessVariables = {}): Connection {
  return tokenConnection(
    { ...server, proxy: isInCluster(server.url) ? null : proxyByEnvironment(server.url, variables) },
    (file, cause) =>
      new PluginError('FILE_UNREADABLE', `${file} cannot be read: ${reasonOf(cause)}`, {
        hint: 'mount the Secret with the token of the Argo CD account, and the CA, into the container',
        cause,
      }),
  );
}

/** Whether it is the name of a Service, such as `argocd-server.argocd.svc`, which no proxy outside can resolve. */
function isInCluster({ hostname }: URL): boolean {
  return /^[^.:]+$|\.svc(?:\.|$)/.test(hostname);
}
