import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scheme } from './data/schemes.ts';
import { tenantsOf } from './stores/store.ts';
import type { StoreKind, Tenant } from './stores/store.ts';

/** One GET request that a store was asked, and what it answered. */
export interface Exchange {
  /** Path and query. */
  readonly target: string;
  /** The headers that made a difference; none for most. */
  readonly headers: Readonly<Record<string, string>>;
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** What one store answered, filled under one scheme and tenant. */
export interface Recording {
  readonly store: string;
  readonly version: string;
  readonly scheme: string;
  /** The tenant that has the data; `null` where the store knows none. */
  readonly tenant: Tenant;
  readonly exchanges: readonly Exchange[];
}

const folder = join(import.meta.dirname, 'recorded');

/** Largest body that is kept: what learning reads of an answer is bounded too. */
const maxBody = 20_000;

/** Asks all that learning may ask: without a tenant, with a wrong one, and with the right one. */
export async function record(kind: StoreKind, port: number, scheme: Scheme, tenant: Tenant): Promise<Recording> {
  const tenants = tenantsOf(tenant).filter((one) => one !== null);
  const headers = [{}, ...(tenant === null ? [] : ['nothing-there', ...tenants].map(kind.tenantHeaders))];
  const exchanges: Exchange[] = [];
  for (const one of headers) {
    for (const target of kind.questions(scheme)) exchanges.push(await ask(port, target, one));
  }
  return { store: kind.id, version: kind.version(), scheme: scheme.id, tenant, exchanges };
}

async function ask(port: number, target: string, headers: Exchange['headers']): Promise<Exchange> {
  const response = await fetch(`http://127.0.0.1:${port}${target}`, { headers, redirect: 'manual' });
  const body = withoutStats(await response.text()).slice(0, maxBody);
  const contentType = response.headers.get('content-type') ?? '';
  return { target, headers, status: response.status, contentType, body };
}

/** What it cost Loki to answer is 3 KB of each answer. */
function withoutStats(body: string): string {
  return body.replace(/,"stats":\{[^]*\}(?=\}\}\s*$)/, '');
}

/** Replaces what was recorded of this store; one line for each exchange, so that a change can be read. */
export function writeRecordings(store: string, recordings: readonly Recording[]): void {
  const parts = recordings.map(({ exchanges, ...rest }) => {
    const lines = exchanges.map((exchange) => `    ${JSON.stringify(exchange)}`);
    return `{\n  ${JSON.stringify(rest).slice(1, -1)},\n  "exchanges": [\n${lines.join(',\n')}\n  ]\n}`;
  });
  writeFileSync(join(folder, `${store}.json`), `[\n${parts.join(',\n')}\n]\n`);
}

export function readRecordings(store: string): readonly Recording[] {
  return JSON.parse(readFileSync(join(folder, `${store}.json`), 'utf8')) as Recording[];
}

/** Of which stores there are recordings. */
export function recordedStores(): readonly string[] {
  return readdirSync(folder).map((file) => file.replace(/\.json$/, ''));
}
