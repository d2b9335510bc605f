import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { OutgoingHttpHeaders, RequestOptions } from 'node:http';
import { dirname, isAbsolute, resolve } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { User } from '@kubernetes/client-node/dist/config_types.js';
import { PluginError } from '../../lib/errors.ts';
import type { Json } from '../../lib/json.ts';
import { clipped } from '../../lib/messages/text.ts';
import type { ProcessVariables } from './connection.ts';
import type { ExecFailure } from './exec-credential.ts';
import { ExecCredentials } from './exec-credential.ts';
import { asObject, asObjects, asString, asStrings } from '../../lib/json.ts';

/** Name of the authenticators below, which replace client-node's own. */
const provider = 'dynamic-toolset';

/** A kubeconfig as written. */
export interface KubeconfigFile {
  readonly path: string;
  readonly content: Json;
}

/**
 * Adds what kubectl reads of the current user and client-node leaves out: the token file, which is read for each
 * request and takes precedence over an inline token; an exec command whose path is relative to the kubeconfig, with its
 * cluster in KUBERNETES_EXEC_INFO; and groups, UID and extra fields of an impersonation, which are returned as headers.
 */
export function completeUser(
  config: KubeConfig,
  files: readonly KubeconfigFile[],
  variables: ProcessVariables,
): OutgoingHttpHeaders {
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
  if (user.exec) {
    const credentials = execCredentials(asObject(exec), written.folder, () => clusterOf(config, files), variables);
    config.addAuthenticator(execAuthenticator(credentials));
    replaceUser({ exec: null, authProvider: { name: provider } });
  }
  const readsFile = asString(tokenFile) !== '' && !user.authProvider && !user.exec && !user.username;
  if (readsFile) {
    config.addAuthenticator(tokenFileAuthenticator(resolve(written.folder, asString(tokenFile)), user.token));
    // client-node would prefer the token.
    replaceUser({ authProvider: { name: provider }, token: '' });
  }
  return impersonationOf(written.user);
}

type Authenticator = Parameters<KubeConfig['addAuthenticator']>[0];

function isOurs({ authProvider }: User): boolean {
  return (authProvider as { name?: unknown } | undefined)?.name === provider;
}

function tokenFileAuthenticator(file: string, otherwise: string | undefined): Authenticator {
  return {
    isAuthProvider: isOurs,
    applyAuthentication: async (_user: User, options: RequestOptions) => {
      const token = await readFile(file, 'utf8').catch((cause: unknown) => {
        if (otherwise) return otherwise;
        throw cause;
      });
      authorize(options, token.trim());
    },
  };
}

function authorize(options: RequestOptions, token: string): void {
  options.headers = { ...(options.headers as OutgoingHttpHeaders), Authorization: `Bearer ${token}` };
}

function execAuthenticator(credentials: ExecCredentials): Authenticator {
  return {
    isAuthProvider: isOurs,
    applyAuthentication: async (_user: User, options: RequestOptions & { cert?: string; key?: string }) => {
      const { token, certificate } = await credentials.get();
      if (certificate) Object.assign(options, certificate);
      if (token !== null) authorize(options, token);
    },
  };
}

/** Long enough for people to log in through a browser. */
const execTimeoutMs = 120_000;
const maxInstallHint = 300;

/** Runs the command as kubectl does without a terminal. A command without a slash is looked up in PATH. */
function execCredentials(
  exec: Json,
  folder: string,
  cluster: () => Json,
  variables: ProcessVariables,
): ExecCredentials {
  const command = asString(exec.command);
  const isPath = command.includes('/') && !isAbsolute(command);
  const env = asObjects(exec.env).map(({ name, value }): [string, string] => [asString(name), asString(value)]);
  const failure = ({ problem, output, isMissing }: ExecFailure): PluginError => {
    const what = isMissing
      ? `there is no command ${JSON.stringify(command)}`
      : `the command ${JSON.stringify(command)} ${problem}`;
    const installHint = isMissing ? clipped(asString(exec.installHint).trim(), maxInstallHint) : '';
    return new PluginError('CLUSTER_UNAUTHORIZED', `cannot get a credential for the cluster: ${output || what}`, {
      hint:
        installHint ||
        'run the command as the user of the kubeconfig has it, with < /dev/null: it gets no terminal to ask at',
    });
  };
  if (exec.interactiveMode === 'Always')
    throw failure({ problem: 'needs a terminal (interactiveMode: Always)', output: '', isMissing: false });
  return new ExecCredentials(
    {
      apiVersion: asString(exec.apiVersion),
      command: isPath ? resolve(folder, command) : command,
      args: asStrings(exec.args),
      env: Object.fromEntries(env),
      cluster: exec.provideClusterInfo === true ? cluster() : undefined,
    },
    { variables, timeoutMs: execTimeoutMs, failure },
  );
}

/** The extension from which kubectl takes further information about the cluster for a command. */
const execExtension = 'client.authentication.k8s.io/exec';

/** The cluster of the current context in the form given to a command, with file contents in place of file names. */
function clusterOf(config: KubeConfig, files: readonly KubeconfigFile[]): Json {
  const current = config.getCurrentCluster();
  const entries = files.flatMap(({ content }) => asObjects(content.clusters));
  const written = asObject(entries.find(({ name }) => name === current?.name)?.cluster);
  const ca = asString(written['certificate-authority-data']) || dataOf(current?.caFile);
  const extension = asObjects(written.extensions).find(({ name }) => name === execExtension)?.extension;
  const settings = {
    server: written.server,
    'tls-server-name': written['tls-server-name'],
    'insecure-skip-tls-verify': written['insecure-skip-tls-verify'],
    'certificate-authority-data': ca,
    'proxy-url': written['proxy-url'],
    'disable-compression': written['disable-compression'],
    config: extension,
  };
  return Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== undefined && value !== '' && value !== false),
  );
}

function dataOf(file: string | undefined): string {
  return file === undefined || file === '' ? '' : readFileSync(file).toString('base64');
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
