import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeObject } from '../parts/objects.ts';

interface Entry {
  readonly service: KubeObject & { readonly metadata: { readonly ownerReferences?: readonly object[] } };
}

/** Services as charts and operators make them, one of each name, fit to be created. */
export async function corpusServices(): Promise<readonly KubeObject[]> {
  const file = join(import.meta.dirname, '../../corpus/services.json');
  const entries = JSON.parse(await readFile(file, 'utf8')) as readonly Entry[];
  const services = new Map(entries.map(({ service }) => [keyOf(service), withOwnerIds(service)]));
  return [...services.values()];
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? 'default'}/${metadata.name}`;
}

/** The server refuses owners without an identity, which a chart's output cannot have. */
function withOwnerIds(service: Entry['service']): KubeObject {
  const { ownerReferences = [], ...metadata } = service.metadata;
  const owners = ownerReferences.map((owner) => ({ uid: randomUUID(), ...owner }));
  return { ...service, metadata: { ...metadata, ...(owners.length > 0 ? { ownerReferences: owners } : {}) } };
}
