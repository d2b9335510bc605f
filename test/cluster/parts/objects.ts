import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import { expectSuccess, parallelRequests } from './request.ts';
import type { Request } from './request.ts';
import { patienceMs } from '../../support/until.ts';

/** Any object of the API. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly uid?: string;
    readonly creationTimestamp?: string;
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly resourceVersion?: string;
    readonly ownerReferences?: readonly object[];
  };
  readonly [field: string]: unknown;
}

interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** An Application with the plugin as Argo CD leaves it: its status lists the ConfigMap as its own. */
export interface ApplicationObject extends KubeObject {
  readonly spec: { readonly source?: object; readonly [field: string]: unknown };
  readonly status: { readonly resources: readonly object[] };
}

/** Synced; manually unless there is a `syncPolicy`. */
export function applicationOf(name: string, { metadata }: KubeObject, syncPolicy: object = {}): ApplicationObject {
  const { namespace } = metadata;
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { namespace: 'argocd', name },
    spec: {
      project: 'default',
      source: { repoURL: 'https://git.example.com/toolsets.git', path: name, plugin: { name: 'dynamic-toolset' } },
      destination: { server: 'https://kubernetes.default.svc', namespace },
      syncPolicy,
    },
    status: { resources: [{ version: 'v1', kind: 'ConfigMap', namespace, name: metadata.name, status: 'Synced' }] },
  };
}

/** Returns the path of a kind's collection. */
type Locate = (object: KubeObject) => Promise<string>;

/**
 * Creates or replaces the objects, many at a time. Namespaces come first, and missing ones are created. Returns the
 * server's version of the objects, in the given order.
 */
export async function applyObjects(request: Request, objects: readonly KubeObject[]): Promise<readonly KubeObject[]> {
  const locate = locator(request);
  await ensureNamespaces(request, objects);
  return forEachParallel(objects, (object) => put(request, locate, object));
}

/**
 * Applies manifests with the requests of `kubectl apply --server-side`: one after another, and an unknown or duplicate
 * field is an error. kubectl first reads the schemas of all kinds, which takes longer than everything else.
 */
export async function applyText(
  request: Request,
  text: string,
  { isDryRun = false }: { readonly isDryRun?: boolean } = {},
): Promise<readonly KubeObject[]> {
  const locate = locator(request);
  const query = `fieldManager=kubectl&fieldValidation=Strict${isDryRun ? '&dryRun=All' : ''}`;
  const applied: KubeObject[] = [];
  for (const document of text.split(/^---$/m)) {
    const object = headOf(document);
    if (object === null) continue;
    const { name } = object.metadata;
    const contentType = 'application/apply-patch+yaml';
    const answer = await request('PATCH', `${await locate(object)}/${name}?${query}`, document, { contentType });
    const { message } = answer.body as { readonly message?: string };
    if (answer.status >= 300) throw new Error(`applying ${object.kind} ${name}: ${message ?? String(answer.status)}`);
    applied.push(answer.body as KubeObject);
  }
  return applied;
}

/** The header of a YAML or JSON document, without parsing its content, which may be long; `null` if it is empty. */
function headOf(document: string): KubeObject | null {
  const blocks = document.trimStart().split(/^(?=\S)/m);
  const isJson = blocks[0]?.startsWith('{') === true;
  const head = isJson ? document : blocks.filter((block) => /^(?:apiVersion|kind|metadata):/.test(block)).join('');
  return parse(head) as KubeObject | null;
}

/** Creates the namespaces of the objects, or that are among them. Existing ones are left as they are. */
export async function ensureNamespaces(request: Request, objects: readonly KubeObject[]): Promise<void> {
  const own = objects.flatMap((object) => (object.kind === 'Namespace' ? object.metadata.name : []));
  const needed = new Set([...own, ...objects.flatMap((object) => object.metadata.namespace ?? [])]);
  await forEachParallel([...needed], async (name) => {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    const answer = await request('POST', '/api/v1/namespaces', namespace);
    if (answer.status !== 409) expectSuccess(answer, `creating namespace ${name}`);
  });
}

/** Runs `task` on every item, at most `parallelRequests` at a time. Results keep the order of the items. */
export async function forEachParallel<Item, Result>(
  items: readonly Item[],
  task: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const rest = items.entries();
  const workers = Array.from({ length: parallelRequests }, async () => {
    for (const [index, item] of rest) results[index] = await task(item);
  });
  await Promise.all(workers);
  return results;
}

async function put(request: Request, locate: Locate, object: KubeObject): Promise<KubeObject> {
  const collection = await locate(object);
  const created = await request('POST', collection, object);
  const label = `${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`;
  if (created.status !== 409) return expectSuccess(created, `creating ${label}`) as KubeObject;
  return replace(request, `${collection}/${object.metadata.name}`, object, label);
}

/** Includes the version to replace: custom resources cannot be replaced without it. */
async function replace(request: Request, path: string, object: KubeObject, label: string): Promise<KubeObject> {
  const current = expectSuccess(await request('GET', path), `reading ${label}`) as KubeObject;
  const { resourceVersion } = current.metadata;
  const metadata = { ...object.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
  return expectSuccess(await request('PUT', path, { ...object, metadata }), `replacing ${label}`) as KubeObject;
}

/** Requests the kinds of each group and version once; a newly defined kind may take a moment to be served. */
function locator(request: Request): Locate {
  const groups = new Map<string, Promise<readonly Resource[]>>();
  return async ({ apiVersion, kind, metadata }) => {
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const known = groups.get(root) ?? listResources(request, root);
      groups.set(root, known);
      const resource = (await known).find((candidate) => candidate.kind === kind && !candidate.name.includes('/'));
      if (resource)
        return `${root}/${resource.namespaced ? `namespaces/${metadata.namespace ?? 'default'}/` : ''}${resource.name}`;
      if (performance.now() > deadline) throw new Error(`the API server serves no ${kind} in ${apiVersion}`);
      groups.delete(root);
      await delay(100);
    }
  };
}

async function listResources(request: Request, root: string): Promise<readonly Resource[]> {
  const answer = await request('GET', root);
  if (answer.status === 404) return [];
  return (expectSuccess(answer, `reading ${root}`) as { readonly resources: readonly Resource[] }).resources;
}
