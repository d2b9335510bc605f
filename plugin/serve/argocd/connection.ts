import type { Connection } from '../../cluster/connection/connection.ts';
import type { TokenServer } from '../../cluster/connection/token-connection.ts';
import { tokenConnection } from '../../cluster/connection/token-connection.ts';
import { PluginError, reasonOf } from '../../lib/errors.ts';

/** A connection to Argo CD's API with an account's token. Reads and sends nothing until the first request. */
export function connectArgoCd(server: TokenServer): Connection {
  return tokenConnection(
    server,
    (file, cause) =>
      new PluginError('FILE_UNREADABLE', `${file} cannot be read: ${reasonOf(cause)}`, {
        hint: 'mount the Secret with the token of the Argo CD account, and the CA, into the container',
        cause,
      }),
  );
}
