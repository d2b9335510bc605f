import { constants } from 'node:fs';
import { open, readdir, realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { parseDocument } from 'yaml';
import { PluginError, reasonOf } from '../../lib/errors.ts';
import type { Json } from '../../lib/json.ts';
import { asObject, asObjects, asString, asStrings, getOwn, isObject } from '../../lib/json.ts';
import type { ClusterAccess } from './access.ts';
import { invalidAccess } from './access.ts';
import type { ExecCommand } from '../connection/exec-credential.ts';

/** As many clusters as one `serve` has been measured with. */
const maxFiles = 1_000;
const maxBytes = 256 * 1024;

/** A kubeconfig of the folder, named after its file without extension. */
export interface KubeconfigFile {
  readonly name: string;
  readonly file: string;
}

/**
 * The kubeconfigs currently in a folder. Names come from the folder, never from the request, so that none leads out of
 * it. Names that begin with a dot belong to how Kubernetes mounts volumes. Fails with FILE_UNREADABLE.
 */
export async function kubeconfigsIn(folder: string): Promise<readonly KubeconfigFile[]> {
  const entries = await readdir(folder).catch((cause: unknown) => {
    throw unreadable(folder, reasonOf(cause));
  });
  const files = entries.filter((entry) => !entry.startsWith('.')).sort();
  if (files.length > maxFiles) throw unreadable(folder, `it has more than ${String(maxFiles)} files`);
  return files.map((file) => ({ name: file.replace(/\.(?:ya?ml|conf|config|kubeconfig)$/, ''), file }));
}

/** The access that the current context of one kubeconfig describes. Fails with CLUSTER_ACCESS_INVALID. */
export async function accessByKubeconfig(folder: string, file: string, where: string): Promise<ClusterAccess> {
  const root = await realpath(folder).catch((cause: unknown) => {
    throw invalidAccess(where, `the folder cannot be read: ${reasonOf(cause)}`, 'mount the folder of --clusters');
  });
  const read = (path: string): Promise<string> => readInside(root, resolve(root, path), where);
  const config = parsed(await read(file), where);
  const { cluster: clusterName, user: userName } = named(config.contexts, config['current-context'], 'context', where);
  const cluster = named(config.clusters, clusterName, 'cluster', where);
  const user = named(config.users, userName, 'user', where);
  assertKeys(cluster, clusterKeys, where);
  assertKeys(user, userKeys, where);
  const dataOf = async (part: Json, key: string): Promise<string | null> => {
    const data = asString(getOwn(part, `${key}-data`));
    if (data !== '') return Buffer.from(data, 'base64').toString('utf8');
    const path = asString(getOwn(part, key));
    return path === '' ? null : read(path);
  };
  const tokenFile = asString(user.tokenFile);
  const [ca, cert, key, ofFile] = await Promise.all([
    dataOf(cluster, 'certificate-authority'),
    dataOf(user, 'client-certificate'),
    dataOf(user, 'client-key'),
    tokenFile === '' ? null : read(tokenFile),
  ]);
  // As in kubectl, the file wins: it is the one that gets renewed.
  const token = (ofFile ?? '').trim() || asString(user.token);
  const username = asString(user.username);
  return {
    server: asString(cluster.server),
    serverName: asString(cluster['tls-server-name']) || null,
    insecure: cluster['insecure-skip-tls-verify'] === true,
    proxy: asString(cluster['proxy-url']) || null,
    ca,
    certificate: cert === null || key === null ? null : { cert, key },
    token: token === '' ? null : token,
    basic: username === '' ? null : { username, password: asString(user.password) },
    exec: isObject(user.exec) ? execIn(user.exec, resolve(folder)) : null,
  };
}

const clusterKeys = new Set([
  ...['server', 'tls-server-name', 'certificate-authority', 'certificate-authority-data', 'insecure-skip-tls-verify'],
  ...['proxy-url', 'disable-compression', 'extensions'],
]);
const userKeys = new Set([
  ...['token', 'tokenFile', 'client-certificate', 'client-certificate-data', 'client-key', 'client-key-data'],
  ...['username', 'password', 'exec', 'extensions'],
]);

/** Refuses unsupported keys, which would be ignored silently: an impersonation, an authentication provider. */
function assertKeys(entry: Json, known: ReadonlySet<string>, where: string): void {
  const unknown = Object.keys(entry).find((key) => !known.has(key));
  if (unknown === undefined) return;
  throw invalidAccess(
    where,
    `${JSON.stringify(unknown.slice(0, 80))} is not supported for a cluster that is chosen by name`,
    'use a token, a client certificate, or exec with --cluster-exec',
  );
}

/** The content of a list entry: `{name: NAME, user: {…}}`. */
function named(list: unknown, name: unknown, kind: string, where: string): Json {
  const found = asObjects(list).find((one) => one.name === name);
  const content = getOwn(found, kind);
  if (isObject(content)) return content;
  throw invalidAccess(where, `it has no ${kind} for its current context`, 'kubectl config view --minify shows it');
}

/** A command that contains a slash is relative to the folder, as for kubectl. */
function execIn({ apiVersion, command: written, args, env }: Json, folder: string): ExecCommand {
  const command = asString(written);
  const variables = asObjects(env).map(({ name, value }): [string, string] => [asString(name), asString(value)]);
  return {
    apiVersion: asString(apiVersion),
    command: command.includes('/') ? resolve(folder, command) : command,
    args: asStrings(args),
    env: Object.fromEntries(variables),
  };
}

/** The parser's own message would quote the file. */
function parsed(text: string, where: string): Json {
  const notYaml = invalidAccess(where, 'it is not YAML', 'kubectl config view shows what is wrong');
  const document = parseDocument(text, { logLevel: 'silent' });
  if (document.errors.length > 0) throw notYaml;
  try {
    return asObject(document.toJS());
  } catch {
    // Aliases that would expand to too much.
    throw notYaml;
  }
}

/** Reads a file that lies in the folder once its links are followed. */
async function readInside(root: string, path: string, where: string): Promise<string> {
  const name = path.startsWith(root + sep) ? path.slice(root.length + 1) : path;
  const real = await realpath(path).catch((cause: unknown) => {
    throw invalidAccess(where, `${name} cannot be read: ${reasonOf(cause)}`, 'mount it into the folder of --clusters');
  });
  if (!real.startsWith(root + sep)) {
    throw invalidAccess(where, `${name} is outside the folder of --clusters`, 'mount it into that folder');
  }
  // Without O_NONBLOCK, opening a named pipe without a writer would never return.
  const file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: unknown) => {
    throw invalidAccess(where, `${name} cannot be read: ${reasonOf(cause)}`, 'check its permissions');
  });
  try {
    const status = await file.stat();
    if (!status.isFile()) throw invalidAccess(where, `${name} is not a file`, 'put a file in its place');
    if (status.size > maxBytes) {
      throw invalidAccess(where, `${name} has more than ${String(maxBytes)} bytes`, 'put one context into each file');
    }
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

function unreadable(folder: string, reason: string): PluginError {
  return new PluginError('FILE_UNREADABLE', `--clusters ${folder} cannot be read: ${reason}`, {
    hint: "mount the kubeconfigs of the other clusters into the plugin's container, one file for each",
  });
}
