import { generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Files that kube-apiserver reads and writes. */
export interface ServerFiles {
  readonly certFolder: string;
  readonly tokens: string;
  readonly signingKey: string;
  readonly verifyingKey: string;
  readonly auditPolicy: string;
  readonly auditLog: string;
}

/** Written for each test API server: an admin, the key for service accounts, and the audit policy. */
export async function writeServerFiles(folder: string, adminToken: string): Promise<ServerFiles> {
  const files = {
    certFolder: join(folder, 'certs'),
    tokens: join(folder, 'tokens.csv'),
    signingKey: join(folder, 'service-accounts.key'),
    verifyingKey: join(folder, 'service-accounts.pub'),
    auditPolicy: join(folder, 'audit-policy.json'),
    auditLog: join(folder, 'audit.log'),
  };
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const policy = {
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [{ level: 'Metadata' }],
  };
  await mkdir(files.certFolder);
  await writeFile(files.tokens, `${adminToken},admin,admin,system:masters\n`);
  await writeFile(files.signingKey, privateKey);
  await writeFile(files.verifyingKey, publicKey);
  await writeFile(files.auditPolicy, JSON.stringify(policy));
  return files;
}

export interface KubeconfigOptions {
  readonly server: string;
  readonly caFile: string;
  readonly token: string;
  readonly namespace: string;
  /** Other credentials to use instead of the token. */
  readonly user?: Readonly<Record<string, unknown>>;
}

/** Written as JSON, which is a subset of YAML. */
export async function writeKubeconfig(path: string, options: KubeconfigOptions): Promise<void> {
  const name = 'test';
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: options.server, 'certificate-authority': options.caFile } }],
    users: [{ name, user: options.user ?? { token: options.token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: options.namespace } }],
    'current-context': name,
  };
  await writeFile(path, JSON.stringify(config, null, 2), { mode: 0o600 });
}

/** The three files that a Pod has in /var/run/secrets/kubernetes.io/serviceaccount. */
export async function writeServiceAccountFolder(
  folder: string,
  files: { readonly token: string; readonly ca: string; readonly namespace: string },
): Promise<void> {
  await mkdir(folder);
  await writeFile(join(folder, 'token'), files.token, { mode: 0o600 });
  await writeFile(join(folder, 'ca.crt'), files.ca);
  await writeFile(join(folder, 'namespace'), files.namespace);
}
