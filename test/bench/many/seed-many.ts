import { randomUUID } from 'node:crypto';
import type { Cluster } from '../../cluster/parts/cluster.ts';
import { putEntries } from '../../cluster/parts/etcd.ts';
import { ensureNamespaces } from '../../cluster/parts/objects.ts';
import type { KubeObject } from '../../cluster/parts/objects.ts';
import { expectSuccess } from '../../cluster/parts/request.ts';
import { realisticSlices } from '../slices.ts';

/** So many are made by the API server: the others are copies of the last of them. */
const created = 300;

/**
 * Services and their EndpointSlices by the hundred thousand, within minutes: the first hundreds through the API server, the others are
 * written to etcd, each as a copy of a stored one with what is its own. The last of those has to be alike to all others but for
 * names, labels and ports. The copies are headless: the API server would look through all addresses for each of the others.
 */
export async function seedMany(cluster: Cluster, services: readonly KubeObject[]): Promise<void> {
  const first = services.slice(0, created);
  await cluster.seedServices(first);
  await cluster.apply(realisticSlices(first));
  const others = services.slice(created);
  await ensureNamespaces(cluster.request, others);
  const last = first.at(-1)!;
  const [slice] = realisticSlices([last]);
  const namespace = `namespaces/${last.metadata.namespace!}`;
  const service = await stored(cluster, `/api/v1/${namespace}/services/${last.metadata.name}`);
  const spec = { ...(service.spec as object), clusterIP: 'None', clusterIPs: ['None'] };
  const slices = `/apis/discovery.k8s.io/v1/${namespace}/endpointslices`;
  await copy(cluster, 'services/specs', { ...service, spec }, others);
  await copy(
    cluster,
    'endpointslices',
    await stored(cluster, `${slices}/${slice!.metadata.name}`),
    realisticSlices(others),
  );
}

async function copy(
  cluster: Cluster,
  where: string,
  template: KubeObject,
  objects: readonly KubeObject[],
): Promise<void> {
  const entries = objects.map((one) => ({
    key: `/registry/${where}/${one.metadata.namespace!}/${one.metadata.name}`,
    value: JSON.stringify(copyOf(template, one)),
  }));
  await putEntries(cluster.etcdUrl, entries);
}

/** What the API server has added to the template, with what is the object's own. */
export function copyOf(template: KubeObject, object: KubeObject): KubeObject {
  const metadata = { ...withoutVersion(template.metadata), ...object.metadata, uid: randomUUID() };
  const spec = template.spec === undefined ? {} : { spec: { ...template.spec, ...(object.spec as object) } };
  return { ...template, ...object, metadata, ...spec };
}

function withoutVersion({ resourceVersion: _, ...metadata }: KubeObject['metadata']): KubeObject['metadata'] {
  return metadata;
}

async function stored({ request }: Cluster, path: string): Promise<KubeObject> {
  return expectSuccess(await request('GET', path), path) as KubeObject;
}
