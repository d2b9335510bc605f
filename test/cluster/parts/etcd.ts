import { forEachParallel } from './objects.ts';

/** Of a transaction, as etcd takes them by default. */
const maxOperations = 128;

export interface Entry {
  readonly key: string;
  /** As it is stored: JSON, or the bytes that `readEntries` gave. */
  readonly value: string | Buffer;
}

/** What kube-apiserver has stored: key -> value in base64. */
export async function readEntries(etcdUrl: string): Promise<ReadonlyMap<string, string>> {
  const range = { key: toBase64('/registry/'), range_end: toBase64('/registry0') };
  const { kvs = [] } = (await call(etcdUrl, 'range', range)) as {
    readonly kvs?: readonly { readonly key: string; readonly value: string }[];
  };
  return new Map(kvs.map(({ key, value }) => [Buffer.from(key, 'base64').toString(), value]));
}

/** One revision for each entry: of several with the same one, the server's cache may show but a few. */
export async function putEntries(etcdUrl: string, entries: readonly Entry[]): Promise<void> {
  await forEachParallel(entries, async ({ key, value }) => {
    await call(etcdUrl, 'put', { key: toBase64(key), value: toBase64(value) });
  });
}

/** The same for very many, some hundred in one revision each: while no API server runs. One by one: etcd limits how long each takes. */
export async function putEntriesTogether(etcdUrl: string, entries: readonly Entry[]): Promise<void> {
  for (let from = 0; from < entries.length; from += maxOperations) {
    const success = entries
      .slice(from, from + maxOperations)
      .map(({ key, value }) => ({ requestPut: { key: toBase64(key), value: toBase64(value) } }));
    await call(etcdUrl, 'txn', { success });
  }
}

export async function deleteKeys(etcdUrl: string, keys: readonly string[]): Promise<void> {
  await forEachParallel(keys, async (key) => {
    await call(etcdUrl, 'deleterange', { key: toBase64(key) });
  });
}

async function call(etcdUrl: string, operation: string, request: object): Promise<unknown> {
  const response = await fetch(`${etcdUrl}/v3/kv/${operation}`, { method: 'POST', body: JSON.stringify(request) });
  const answer = await response.text();
  if (!response.ok) throw new Error(`etcd refused ${operation}: ${answer.slice(0, 500)}`);
  return JSON.parse(answer);
}

function toBase64(content: string | Buffer): string {
  return Buffer.from(content).toString('base64');
}
