import { randomUUID } from 'node:crypto';
import { putEntries } from './etcd.ts';
import type { Entry } from './etcd.ts';
import { ensureNamespaces, forEachParallel } from './objects.ts';
import type { KubeObject } from './objects.ts';
import { expectSuccess } from './request.ts';
import type { Request } from './request.ts';

/**
 * Creates new Services by the thousand. For each cluster IP that it allocates, kube-apiserver 1.36 counts all earlier
 * ones twice (`Allocator.Used`), so that 10,000 Services take minutes. A dry run allocates none: it returns the
 * complete object, including defaults and managed fields, which is then stored in etcd with an address of ours.
 */
export async function seedServices(request: Request, etcdUrl: string, services: readonly KubeObject[]): Promise<void> {
  await ensureNamespaces(request, services);
  const complete = await forEachParallel(services, (service) => dryRun(request, service));
  const addresses = await freeAddresses(request);
  const addressed = complete.map((service) => withAddress(service, addresses));
  await putEntries(etcdUrl, addressed.flatMap(addressEntries));
  await putEntries(etcdUrl, addressed.map(serviceEntry));
}

async function dryRun(request: Request, service: KubeObject): Promise<KubeObject> {
  const { name, namespace = 'default' } = service.metadata;
  const answer = await request('POST', `/api/v1/namespaces/${namespace}/services?dryRun=All`, service);
  return expectSuccess(answer, `creating Service ${namespace}/${name}`) as KubeObject;
}

/** The addresses of 127.100.0.0/16 that no Service has. */
async function freeAddresses(request: Request): Promise<Iterator<string, undefined>> {
  const list = expectSuccess(await request('GET', '/apis/networking.k8s.io/v1/ipaddresses'), 'listing IPAddresses');
  const { items } = list as { readonly items: readonly KubeObject[] };
  const taken = new Set(items.map((item) => item.metadata.name));
  const addresses = Array.from({ length: 65_000 }, (_, i) => `127.100.${Math.floor((i + 1) / 256)}.${(i + 1) % 256}`);
  return addresses.filter((address) => !taken.has(address)).values();
}

function withAddress(service: KubeObject, addresses: Iterator<string, undefined>): KubeObject {
  if (clusterIpOf(service) === null) return service;
  const address = addresses.next().value;
  if (address === undefined) throw new Error('127.100.0.0/16 has no free address');
  return { ...service, spec: { ...(service.spec as object), clusterIP: address, clusterIPs: [address] } };
}

/** `null` for Services without one: headless ones and external names. */
function clusterIpOf(service: KubeObject): string | null {
  const { clusterIP } = service.spec as { readonly clusterIP?: string };
  return clusterIP === undefined || clusterIP === 'None' ? null : clusterIP;
}

function serviceEntry(service: KubeObject): Entry {
  const { name, namespace = 'default' } = service.metadata;
  return { key: `/registry/services/specs/${namespace}/${name}`, value: JSON.stringify(service) };
}

/**
 * The entries that reserve the cluster IP. They must exist before the Service, or the server "repairs" what is not
 * broken.
 */
function addressEntries(service: KubeObject): readonly Entry[] {
  const address = clusterIpOf(service);
  if (address === null) return [];
  const { name, namespace = 'default' } = service.metadata;
  return [{ key: `/registry/ipaddresses/${address}`, value: JSON.stringify(ipAddress(address, namespace, name)) }];
}

function ipAddress(address: string, namespace: string, name: string): KubeObject {
  const prefix = 'ipaddress.kubernetes.io';
  const labels = { [`${prefix}/ip-family`]: 'IPv4', [`${prefix}/managed-by`]: 'ipallocator.k8s.io' };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IPAddress',
    metadata: { name: address, uid: randomUUID(), creationTimestamp: new Date().toISOString(), labels },
    spec: { parentRef: { group: '', resource: 'services', namespace, name } },
  };
}
