import type { StoreApi } from '../../../detectors/stores/types.ts';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { isAnswering, startComponent, waitUntilReady } from '../../cluster/parts/process.ts';
import type { Guard } from '../../cluster/parts/process.ts';
import { assumedNamespaceOf, firstQueryOf } from '../../../plugin/doctor/first-question/queries.ts';
import type { Names, Scheme } from '../data/schemes.ts';

/** A tenant, several with commas between them, or `null` where the store knows none. */
export type Tenant = string | null;

/** Where stores are started: they end with the process, however it ends. */
export interface Ground {
  readonly folder: string;
  readonly guard: Guard;
}

/** A store on a loopback port. */
export interface RunningStore {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** One product, real or stood in for. */
export interface StoreKind {
  readonly id: string;
  readonly title: string;
  /** Whether its answers are those of the product: only these are recorded. */
  readonly isReal: boolean;
  /** Of the Service that stands for it in the cluster. */
  readonly service: { readonly labels: Readonly<Record<string, string>>; readonly portName: string };
  /** The toolset that HolmesGPT asks it with. */
  readonly toolset: string;
  /** Tenants under which data is put into a store of its own. */
  readonly tenants: readonly Tenant[];
  /** What a request that belongs to a tenant says. */
  readonly tenantHeaders: (tenant: string) => Readonly<Record<string, string>>;
  /** What is missing to start it, as a command that gets it; `null` where nothing is. */
  readonly missing: () => string | null;
  /** What it calls its version. */
  readonly version: () => string;
  /** What the scheme calls things in this kind of store. */
  readonly names: (scheme: Scheme) => Names;
  /** Whether it writes into stores of this kind. */
  readonly takes: (scheme: Scheme) => boolean;
  /** Starts one that has the data of one scheme, under one tenant; returns once the data is found. */
  readonly start: (ground: Ground, scheme: Scheme, tenant: Tenant) => Promise<RunningStore>;
  /** What learning may ask it, without scheme and host. */
  readonly questions: (scheme: Scheme) => readonly string[];
}

const readyDeadlineMs = 90_000;

/** Starts a program in a folder of its own and waits until it answers at `ready`. */
export async function startProgram(
  { folder, guard }: Ground,
  name: string,
  program: string,
  port: number,
  args: (folder: string) => readonly string[],
  ready: string,
): Promise<RunningStore> {
  const own = await mkdtemp(join(folder, `${name}-`));
  const component = await startComponent(program, name, args(own), own, { stopSignal: 'SIGKILL' });
  guard.add(component.pid);
  await waitUntilReady(component, readyDeadlineMs, () => isAnswering(`http://127.0.0.1:${port}${ready}`));
  return { port, stop: component.stop };
}

/** Sends data; a store that refuses it is an error with its words. */
export async function send(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string | Buffer<ArrayBuffer>,
): Promise<void> {
  const response = await fetch(url, { method: 'POST', headers, body });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${answer.slice(0, 500)}`);
}

/** Polls a query until what was written is found. */
export async function untilFound(
  url: string,
  headers: Readonly<Record<string, string>>,
  needle: string,
): Promise<void> {
  const deadline = performance.now() + readyDeadlineMs;
  for (;;) {
    const response = await fetch(url, { headers });
    const text = await response.text();
    if (response.ok && text.includes(needle)) return;
    if (performance.now() > deadline) throw new Error(`${url} never answered "${needle}": ${text.slice(0, 500)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export function scopeOrgId(tenant: string): Readonly<Record<string, string>> {
  return { 'x-scope-orgid': tenant };
}

/** Where the values of the labels for a namespace, and of those for a cluster, are listed: the scheme's own and two others. */
export function valuesOf(path: string, { namespace }: Names): readonly string[] {
  const labels = new Set([
    'namespace',
    'k8s_namespace_name',
    'cluster',
    ...(namespace === undefined ? [] : [namespace]),
  ]);
  return [...labels].map((label) => `${path}/api/v1/label/${label}/values`);
}

/** In which clusters which namespaces occur, of a store that holds several. */
export function clustersOf(
  { clusters }: StoreApi,
  path: string,
  { namespace }: Names,
  scheme: Pick<Scheme, 'clusters'>,
): readonly string[] {
  if (scheme.clusters === undefined || clusters === undefined || namespace === undefined) return [];
  return [`${path}${clusters.path.replaceAll('{cluster}', 'cluster').replaceAll('{namespace}', namespace)}`];
}

export function tenantsOf(tenant: Tenant): readonly Tenant[] {
  return tenant === null ? [null] : tenant.split(',');
}

/** What `doctor --first-question` asks about the namespace `shop`: by the name that HolmesGPT assumes, and by the scheme's own. */
export function firstQueriesOf(toolset: string, path: string, { namespace }: Names): readonly string[] {
  const assumed = assumedNamespaceOf(toolset);
  const names = new Set([assumed, namespace ?? assumed]);
  const when = { start: Math.floor(Date.now() / 1000) - 4 * 3600, end: Math.floor(Date.now() / 1000) };
  return [...names].flatMap((name) => {
    const query = firstQueryOf(toolset, { name, namespace: 'shop', cluster: null, indices: [], ...when });
    return query === null ? [] : [`${path}${query.path}`];
  });
}
