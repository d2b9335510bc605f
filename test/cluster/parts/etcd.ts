import { forEachParallel } from './objects.ts';

export interface Entry {
  readonly key: string;
  /** As stored: JSON, or the bytes returned by `readEntries`. */
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

/** One revision per entry: of several entries with the same revision, the server's cache may show only some. */
export async function putEntries(etcdUrl: string, entries: readonly Entry[]): Promise<void> {
  await forEachParallel(entries, async ({ key, value }) => {
    await call(etcdUrl, 'put', { key: toBase64(key), value: toBase64(value) });
  });
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
