import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { customResourceDefinition } from '../../cluster/parts/definitions.ts';
import type { Definitions } from '../../cluster/parts/definitions.ts';
import type { Cluster } from '../../cluster/parts/cluster.ts';
import type { KubeObject } from '../../cluster/parts/objects.ts';
import { toolPaths } from '../../tools/build.ts';

/** Accounts of Argo CD that may use its API, and the permissions of each, such as `applications, get, default/name`. */
export type Accounts = Readonly<Record<string, readonly string[]>>;

/** Argo CD's kinds. */
export function argoCdDefinitions(): Definitions {
  const { applicationCrd, appProjectCrd } = toolPaths();
  return [appProjectCrd, applicationCrd, applicationSetDefinition];
}

/** Applies Argo CD's settings and the project `default`, in a cluster with its kinds. Returns a token per account. */
export async function applySettings(cluster: Cluster, accounts: Accounts): Promise<Readonly<Record<string, string>>> {
  const key = randomBytes(32).toString('base64');
  const issued = Object.fromEntries(Object.keys(accounts).map((name) => [name, issueToken(key, name)]));
  const [tokens, records] = [pick(issued, 'token'), pick(issued, 'record')];
  await cluster.apply([
    configMap('argocd-cm', Object.fromEntries(Object.keys(accounts).map((name) => [`accounts.${name}`, 'apiKey']))),
    configMap('argocd-rbac-cm', { 'policy.csv': policyOf(accounts) }),
    ...['argocd-gpg-keys-cm', 'argocd-tls-certs-cm', 'argocd-ssh-known-hosts-cm'].map((name) => configMap(name)),
    secret('argocd-secret', { 'server.secretkey': key, ...rename(records, (name) => `accounts.${name}.tokens`) }),
    defaultProject,
  ]);
  return tokens;
}

const labels = { 'app.kubernetes.io/part-of': 'argocd' };

/** As created by Argo CD. */
const defaultProject: KubeObject = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AppProject',
  metadata: { namespace: 'argocd', name: 'default' },
  spec: {
    sourceRepos: ['*'],
    destinations: [{ namespace: '*', server: '*' }],
    clusterResourceWhitelist: [{ group: '*', kind: '*' }],
  },
};

/** Argo CD only watches them here. Their real definition has 1.4 MB, which takes the API server seconds to read. */
const applicationSetDefinition = customResourceDefinition('argoproj.io/v1alpha1', 'ApplicationSet', 'applicationsets', {
  subresources: { status: {} },
});

function configMap(name: string, data: Readonly<Record<string, string>> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'argocd', name, labels }, data };
}

function secret(name: string, stringData: Readonly<Record<string, string>>): KubeObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'argocd', name, labels }, stringData };
}

function policyOf(accounts: Accounts): string {
  return Object.entries(accounts)
    .flatMap(([name, rules]) => rules.map((rule) => `p, ${name}, ${rule}, allow\n`))
    .join('');
}

/** The output of `argocd account generate-token`, and Argo CD's record of it. */
function issueToken(key: string, account: string): { readonly token: string; readonly record: string } {
  const id = randomUUID();
  const iat = Math.floor(Date.now() / 1000);
  const claims = { iss: 'argocd', sub: `${account}:apiKey`, nbf: iat, iat, jti: id };
  const signed = [{ alg: 'HS256', typ: 'JWT' }, claims].map(encode).join('.');
  const signature = createHmac('sha256', key).update(signed).digest('base64url');
  return { token: `${signed}.${signature}`, record: JSON.stringify([{ id, iat }]) };
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function pick<Key extends string>(
  all: Readonly<Record<string, Readonly<Record<Key, string>>>>,
  key: Key,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(all).map(([name, one]) => [name, one[key]]));
}

function rename(all: Readonly<Record<string, string>>, to: (name: string) => string): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [to(name), value]));
}
