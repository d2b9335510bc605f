import { randomUUID } from 'node:crypto';
import type { Cluster } from '../../cluster/parts/cluster.ts';
import { putEntriesTogether } from '../../cluster/parts/etcd.ts';
import type { Entry } from '../../cluster/parts/etcd.ts';
import { ensureNamespaces } from '../../cluster/parts/objects.ts';
import type { KubeObject } from '../../cluster/parts/objects.ts';
import { expectSuccess } from '../../cluster/parts/request.ts';
import { realisticSlices } from '../slices.ts';

/** So many are made by the API server: the others are copies of the last of them. */
const created = 300;

/** Of a cluster for as many Services as `seedMany` makes: more addresses than the one range of the tests has. */
export const rangeFlag = '--service-cluster-ip-range=127.96.0.0/12';

/**
 * Services and their EndpointSlices by the hundred thousand, within minutes: the first hundreds through the API server, the
 * others are written to etcd while it is stopped, each as a copy of a stored one with what is its own. The last of those
 * has to be alike to all others but for names, labels and ports.
 */
export async function seedMany(cluster: Cluster, services: readonly KubeObject[]): Promise<void> {
  const first = services.slice(0, created);
  await cluster.seedServices(first);
  await cluster.apply(realisticSlices(first));
  const others = services.slice(created);
  await ensureNamespaces(cluster.request, others);
  const last = first.at(-1)!;
  const address = '/apis/networking.k8s.io/v1/ipaddresses';
  const service = await stored(
    cluster,
    `/api/v1/namespaces/${last.metadata.namespace!}/services/${last.metadata.name}`,
  );
  const { clusterIP } = service.spec as { readonly clusterIP: string };
  const [slice] = realisticSlices([last]);
  const slices = `/apis/discovery.k8s.io/v1/namespaces/${last.metadata.namespace!}/endpointslices`;
  const templates = {
    service,
    slice: await stored(cluster, `${slices}/${slice!.metadata.name}`),
    address: await stored(cluster, `${address}/${clusterIP}`),
  };
  await cluster.stopApiServer();
  await putEntriesTogether(
    cluster.etcdUrl,
    others.flatMap((one, index) => entriesOf(one, index, templates)),
  );
  await putEntriesTogether(
    cluster.etcdUrl,
    realisticSlices(others).map((one) => ({
      key: `/registry/endpointslices/${one.metadata.namespace!}/${one.metadata.name}`,
      value: JSON.stringify(copyOf(templates.slice, one)),
    })),
  );
  await cluster.startApiServer();
}

type Templates = Readonly<Record<'service' | 'address', KubeObject>>;

function entriesOf(service: KubeObject, index: number, templates: Templates): readonly Entry[] {
  const { name, namespace = 'default' } = service.metadata;
  // Behind those of `seedServices`, 127.100.0.0/16.
  const ip = `127.${String(101 + Math.floor(index / 65_536))}.${String((index >> 8) & 255)}.${String(index & 255)}`;
  const copied = copyOf(templates.service, service);
  const own = { ...copied, spec: { ...(copied.spec as object), clusterIP: ip, clusterIPs: [ip] } };
  const metadata = { ...templates.address.metadata, uid: randomUUID(), name: ip };
  const parentRef = { group: '', resource: 'services', namespace, name };
  const address = { ...templates.address, metadata: withoutVersion(metadata), spec: { parentRef } };
  return [
    { key: `/registry/ipaddresses/${ip}`, value: JSON.stringify(address) },
    { key: `/registry/services/specs/${namespace}/${name}`, value: JSON.stringify(own) },
  ];
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
