import { PluginError } from '../../lib/errors.ts';
import type { Json } from '../../lib/json.ts';
import { asObject, asObjects, asString, asStrings, getOwn, isObject, parseJson } from '../../lib/json.ts';
import type { Connection } from '../connection/connection.ts';
import { reader } from '../http/api-client.ts';
import type { RequestDescriptor } from '../http/request-errors.ts';
import { collectionPath, objectPath } from '../http/resource-path.ts';
import type { ClusterAccess } from './access.ts';
import { invalidAccess } from './access.ts';
import type { ExecCommand } from '../connection/exec-credential.ts';
import { sameServer } from '../../lib/cluster-name.ts';

/** Where Argo CD keeps its access to other clusters. */
export interface ClusterSecrets {
  /** The cluster that Argo CD runs in. */
  readonly own: Connection;
  readonly signal: AbortSignal;
  /** Namespace of Argo CD. */
  readonly namespace: string;
  /** Names of the Secrets that may be read, one by one; `all` lists those with Argo CD's label. */
  readonly names: readonly string[] | 'all';
  /** Limit of one request; by default 10 s. Without one, a connection that is half open would hold up `serve`. */
  readonly timeoutMs?: number | undefined;
}

const defaultTimeoutMs = 10_000;

/** The content of one Secret. */
export interface ClusterSecret {
  readonly secret: string;
  readonly name: string;
  readonly server: string;
  /** The only AppProject whose Applications may use it; `null` if all may. */
  readonly project: string | null;
  readonly access: () => ClusterAccess;
}

const label = 'argocd.argoproj.io/secret-type';
/** Longest list that is read: more than the clusters with which one `serve` has been measured. */
const maxSecrets = 2_000;

/** Location of a cluster Secret, for messages. */
export function secretPlace({ namespace }: Pick<ClusterSecrets, 'namespace'>, secret: string): string {
  return `the Secret ${namespace}/${secret} of Argo CD`;
}

/** The readable Secrets that describe clusters. Rejects with CLUSTER_*. */
export async function readClusterSecrets(secrets: ClusterSecrets): Promise<readonly ClusterSecret[]> {
  const { names } = secrets;
  const objects =
    names === 'all' ? await listAll(secrets) : await Promise.all(names.map((one) => getOne(secrets, one)));
  return objects.flatMap((object) => (object ? (clusterIn(object, secrets) ?? []) : []));
}

/** Reads one of them again; `null` if it is gone or no longer describes a cluster. Rejects with CLUSTER_*. */
export async function readClusterSecret(secrets: ClusterSecrets, name: string): Promise<ClusterSecret | null> {
  const object = await getOne(secrets, name);
  return object && clusterIn(object, secrets);
}

/** Whether an Application that refers to a cluster as `called` means this Secret: by its name or its server. */
export function hasName({ name, server }: Pick<ClusterSecret, 'name' | 'server'>, called: string): boolean {
  return name === called || sameServer(server, called);
}

async function listAll({
  own,
  signal,
  namespace,
  timeoutMs = defaultTimeoutMs,
}: ClusterSecrets): Promise<readonly Json[]> {
  const resource = { group: '', resource: 'secrets', verb: 'list', namespace } as const;
  const query = new URLSearchParams({ labelSelector: `${label}=cluster`, limit: String(maxSecrets) });
  const { body } = await reader(own, signal, { timeoutMs })(
    `${collectionPath(resource)}?${query.toString()}`,
    resource,
  );
  const { items, metadata } = asObject(body);
  if (asString(asObject(metadata).continue) !== '') {
    throw new PluginError(
      'CLUSTER_ACCESS_INVALID',
      `there are more than ${String(maxSecrets)} cluster Secrets in ${namespace}`,
      {
        hint: 'name those that are needed with --cluster-secret',
      },
    );
  }
  return asObjects(items);
}

async function getOne(
  { own, signal, namespace, timeoutMs = defaultTimeoutMs }: ClusterSecrets,
  name: string,
): Promise<Json | null> {
  const resource: RequestDescriptor = { group: '', resource: 'secrets', verb: 'get', namespace, name };
  const { status, body } = await reader(own, signal, { timeoutMs })(objectPath(resource, name), resource);
  return status === 200 ? asObject(body) : null;
}

function clusterIn({ metadata, data }: Json, secrets: ClusterSecrets): ClusterSecret | null {
  const { name: secret, labels } = asObject(metadata);
  if (asObject(labels)[label] !== 'cluster') return null;
  const value = (key: string): string => Buffer.from(asString(getOwn(asObject(data), key)), 'base64').toString('utf8');
  const server = value('server');
  const project = value('project');
  return {
    secret: asString(secret),
    name: value('name'),
    server,
    project: project === '' ? null : project,
    access: () => accessIn(server, value('config'), secretPlace(secrets, asString(secret))),
  };
}

/**
 * Argo CD's `config` of a cluster, with Argo CD's precedence of credentials. An unknown field is an error, never
 * ignored.
 */
function accessIn(server: string, config: string, where: string): ClusterAccess {
  const parsed = parseJson(config);
  const unknown = Object.keys(parsed).find((key) => !configKeys.has(key) && hasValue(getOwn(parsed, key)));
  if (unknown !== undefined) {
    const key = JSON.stringify(unknown.slice(0, 80));
    throw invalidAccess(
      where,
      `${key} is not supported for a cluster that is chosen by name`,
      'docs/clusters.md lists what is',
    );
  }
  const { insecure, serverName, caData, certData, keyData } = asObject(parsed.tlsClientConfig);
  const [username, bearer] = [asString(parsed.username), asString(parsed.bearerToken)];
  const [ca, cert, key] = [pem(caData), pem(certData), pem(keyData)];
  const exec = execIn(parsed);
  return {
    server,
    serverName: asString(serverName) || null,
    insecure: insecure === true,
    proxy: asString(parsed.proxyUrl) || null,
    ca,
    certificate: cert === null || key === null ? null : { cert, key },
    token: exec || bearer === '' ? null : bearer,
    basic: exec || username === '' ? null : { username, password: asString(parsed.password) },
    exec,
  };
}

const configKeys = new Set([
  ...['username', 'password', 'bearerToken', 'tlsClientConfig'],
  ...['awsAuthConfig', 'execProviderConfig', 'proxyUrl', 'disableCompression'],
]);

function hasValue(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '' && value !== false;
}

/** For `awsAuthConfig`, Argo CD runs argocd-k8s-auth with these arguments. */
function execIn({ awsAuthConfig, execProviderConfig }: Json): ExecCommand | null {
  if (isObject(awsAuthConfig)) {
    const { clusterName, roleARN, profile } = awsAuthConfig;
    const optional = { '--role-arn': asString(roleARN), '--profile': asString(profile) };
    return {
      apiVersion: 'client.authentication.k8s.io/v1beta1',
      command: 'argocd-k8s-auth',
      args: [
        ...['aws', '--cluster-name', asString(clusterName)],
        ...Object.entries(optional).flatMap(([flag, value]) => (value === '' ? [] : [flag, value])),
      ],
      env: {},
    };
  }
  if (!isObject(execProviderConfig)) return null;
  const { apiVersion, command, args, env } = execProviderConfig;
  return {
    apiVersion: asString(apiVersion),
    command: asString(command),
    args: asStrings(args),
    env: Object.fromEntries(Object.entries(asObject(env)).map(([name, value]) => [name, asString(value)])),
  };
}

function pem(base64: unknown): string | null {
  const text = asString(base64);
  return text === '' ? null : Buffer.from(text, 'base64').toString('utf8');
}
