import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { until } from '../../support/until.ts';
import { isAllowed } from './access-review.ts';
import { deleteKeys, putEntries, readEntries } from './etcd.ts';
import { createClient, expectSuccess } from './request.ts';
import type { Request } from './request.ts';
import type { Servers } from './servers.ts';

/** Written by kube-apiserver itself at any time: not by tests, and not to be reset. */
const serverOwned = [
  '/registry/apiregistration.k8s.io/',
  '/registry/configmaps/kube-system/',
  '/registry/flowschemas/',
  '/registry/leases/kube-system/',
  '/registry/masterleases/',
  '/registry/prioritylevelconfigurations/',
  '/registry/servicecidrs/',
];

/** Created by kube-apiserver at its start, partly after it reports that it is ready. */
const createdAtStart = [
  '/api/v1/namespaces/kube-system',
  '/api/v1/namespaces/kube-public',
  '/api/v1/namespaces/kube-node-lease',
  '/apis/networking.k8s.io/v1/servicecidrs/kubernetes',
];

export async function untilInitialized(servers: Servers): Promise<void> {
  await withClient(servers, async (request) => {
    for (const path of createdAtStart) {
      await until(`${path} exists`, async () => (await request('GET', path)).status === 200);
    }
  });
}

/**
 * Resets the content of etcd behind the API server's back, regardless of finalizers, protection and deletion order. The
 * server follows through its watches; this returns once it has.
 */
export async function resetCluster(servers: Servers, initial: ReadonlyMap<string, string>): Promise<void> {
  const { etcdUrl } = servers;
  const current = await readEntries(etcdUrl);
  const isTests = (key: string): boolean => !serverOwned.some((prefix) => key.startsWith(prefix));
  const added = [...current.keys()].filter((key) => isTests(key) && !initial.has(key));
  const isAddress = (key: string): boolean => key.startsWith('/registry/ipaddresses/');
  // A Service without its address would be given one again.
  await deleteKeys(
    etcdUrl,
    added.filter((key) => !isAddress(key)),
  );
  await deleteKeys(etcdUrl, added.filter(isAddress));
  const changed = [...initial].filter(([key, value]) => isTests(key) && current.get(key) !== value);
  await putEntries(
    etcdUrl,
    changed.map(([key, value]) => ({ key, value: Buffer.from(value, 'base64') })),
  );
  await withClient(servers, async (request) => {
    await untilNotServed(request, added);
    await untilRulesAreKnown(request, servers);
  });
}

/** Custom resources are served until the server notices that their definition is gone. */
async function untilNotServed(request: Request, deleted: readonly string[]): Promise<void> {
  const prefix = '/registry/apiextensions.k8s.io/customresourcedefinitions/';
  const definitions = deleted.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
  const groups = new Set(definitions.map((name) => name.slice(name.indexOf('.') + 1)));
  for (const group of groups) {
    await until(`${group} is not served`, async () => (await request('GET', `/apis/${group}`)).status === 404);
  }
}

/**
 * The authorizer sees changes of rules in order, for each kind of object: once it knows rules created last, it has
 * forgotten those deleted before.
 */
async function untilRulesAreKnown(request: Request, { etcdUrl }: Servers): Promise<void> {
  const name = `reset-${randomUUID()}`;
  const asked = { verb: 'get', resource: 'configmaps', namespace: 'default', name: 'any' };
  const group = 'rbac.authorization.k8s.io';
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }];
  for (const [scope, kind, path] of [
    ['cluster', 'ClusterRole', ''],
    ['namespace', 'Role', 'namespaces/default/'],
  ] as const) {
    const user = `${name}-${scope}`;
    const base = `/apis/${group}/v1/${path}${kind.toLowerCase()}`;
    const metadata = { name };
    expectSuccess(await request('POST', `${base}s`, { apiVersion: `${group}/v1`, kind, metadata, rules }), base);
    const binding = {
      apiVersion: `${group}/v1`,
      kind: `${kind}Binding`,
      metadata,
      roleRef: { apiGroup: group, kind, name },
      subjects: [{ kind: 'User', apiGroup: group, name: user }],
    };
    expectSuccess(await request('POST', `${base}bindings`, binding), `${base}bindings`);
    await until(`${kind} ${name} holds`, () => isAllowed(request, user, asked));
  }
  const entries = await readEntries(etcdUrl);
  await deleteKeys(
    etcdUrl,
    [...entries.keys()].filter((key) => key.endsWith(`/${name}`)),
  );
}

/** Runs `use` with requests of the admin. */
export async function withClient(servers: Servers, use: (request: Request) => Promise<void>): Promise<void> {
  const client = createClient(servers.url, await readFile(servers.certFile, 'utf8'), servers.adminToken);
  try {
    await use(client.request);
  } finally {
    client.close();
  }
}
