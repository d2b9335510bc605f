import { readFile } from 'node:fs/promises';
import type { OutgoingHttpHeaders, RequestOptions } from 'node:http';
import { dirname, isAbsolute, resolve } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { User } from '@kubernetes/client-node/dist/config_types.js';
import type { Json } from '../../lib/json.ts';
import { asObject, asObjects, asString, asStrings } from '../../lib/json.ts';

/** Name of the authenticator below, set in place of client-node's own. */
const provider = 'token-file';

/** A kubeconfig as it is written. */
export interface KubeconfigFile {
  readonly path: string;
  readonly content: Json;
}

/**
 * Gives the current user what kubectl reads of it and client-node leaves out: the token file, which is read for each request
 * and counts before a token beside it; a command by a path that starts at the kubeconfig, told in KUBERNETES_EXEC_INFO what
 * it is run for; and groups, UID and extra fields of an impersonation, which are headers.
 */
export function completeUser(config: KubeConfig, files: readonly KubeconfigFile[]): OutgoingHttpHeaders {
  const user = config.getCurrentUser();
  if (!user) return {};
  const [written] = files.flatMap(({ path, content }) =>
    asObjects(content.users).flatMap((one) =>
      one.name === user.name ? [{ folder: dirname(path), user: asObject(one.user) }] : [],
    ),
  );
  if (!written) return {};
  const { tokenFile, exec } = written.user;
  const replaceUser = (changes: Partial<User>): void => {
    config.users = config.users.map((one) => (one.name === user.name ? { ...one, ...changes } : one));
  };
  if (user.exec) replaceUser({ exec: completeExec(asObject(exec), written.folder) });
  const readsFile = asString(tokenFile) !== '' && !user.authProvider && !user.exec && !user.username;
  if (readsFile) {
    config.addAuthenticator(tokenFileAuthenticator(resolve(written.folder, asString(tokenFile)), user.token));
    // client-node would put the token in front.
    replaceUser({ authProvider: { name: provider }, token: '' });
  }
  return impersonationOf(written.user);
}

type Authenticator = Parameters<KubeConfig['addAuthenticator']>[0];

function tokenFileAuthenticator(file: string, otherwise: string | undefined): Authenticator {
  return {
    isAuthProvider: ({ authProvider }) => (authProvider as { name?: unknown } | undefined)?.name === provider,
    applyAuthentication: async (_user: User, options: RequestOptions) => {
      const token = await readFile(file, 'utf8').catch((cause: unknown) => {
        if (otherwise) return otherwise;
        throw cause;
      });
      options.headers = { ...(options.headers as OutgoingHttpHeaders), Authorization: `Bearer ${token.trim()}` };
    },
  };
}

/** A command without a slash is looked for in PATH. */
function completeExec(exec: Json, folder: string): Json {
  const command = asString(exec.command);
  const isPath = command.includes('/') && !isAbsolute(command);
  const info = { apiVersion: exec.apiVersion, kind: 'ExecCredential', spec: { interactive: false } };
  return {
    ...exec,
    command: isPath ? resolve(folder, command) : command,
    env: [...asObjects(exec.env), { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) }],
  };
}

function impersonationOf(user: Json): OutgoingHttpHeaders {
  const [groups, uid] = [asStrings(user['as-groups']), asString(user['as-uid'])];
  const extra = Object.entries(asObject(user['as-user-extra'])).map(([key, values]): [string, string[]] => [
    `Impersonate-Extra-${encodeURIComponent(key)}`,
    [...asStrings(values)],
  ]);
  return {
    ...(groups.length > 0 ? { 'Impersonate-Group': [...groups] } : {}),
    ...(uid === '' ? {} : { 'Impersonate-Uid': uid }),
    ...Object.fromEntries(extra.filter(([, values]) => values.length > 0)),
  };
}
