import * as http from 'node:http';
import * as https from 'node:https';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** An answer is read up to here; what identifies a product stands at its beginning. */
const maxBytes = 64 * 1024;
const concurrency = 32;

/** A question to one backend. */
export interface ProbeRequest {
  readonly url: string;
  /** Address to connect to; where it is none (headless, external), the host of the URL is looked up. */
  readonly clusterIP: string;
  /** Texts that an answer of this product holds, white space aside. */
  readonly contains: readonly string[];
}

/** What a backend answered when it was asked. `reason` continues "Prometheus …". */
export interface ProbeResult {
  readonly healthy: boolean;
  readonly reason: string;
}

/** Asks a backend itself. Answers, never throws: a dead Service is data, not a failure of ours. */
export type Prober = (request: ProbeRequest) => Promise<ProbeResult>;

export interface ProbeOptions {
  /** For one attempt. */
  readonly timeoutSeconds: number;
  readonly attempts: number;
  /** Between two attempts. */
  readonly intervalSeconds: number;
}

/** Asks backends over HTTP, some at a time; `signal` ends them all. */
export function httpProber(options: ProbeOptions, signal: AbortSignal): Prober {
  const slots = Array.from({ length: concurrency }, () => Promise.resolve());
  let turn = 0;
  return (question) => {
    const slot = turn % concurrency;
    turn += 1;
    const result = (slots[slot] ?? Promise.resolve()).then(() => persist(question, options, signal));
    slots[slot] = result.then(() => undefined);
    return result;
  };
}

async function persist(question: ProbeRequest, options: ProbeOptions, signal: AbortSignal): Promise<ProbeResult> {
  for (let attempt = 1; ; attempt += 1) {
    const result = await ask(question, options, signal);
    if (result.healthy || attempt >= options.attempts || signal.aborted) return result;
    await delay(options.intervalSeconds * 1000, undefined, { signal }).catch(() => undefined);
  }
}

interface Reply {
  readonly status: number;
  readonly body: string;
}

async function ask(
  { url, clusterIP, contains }: ProbeRequest,
  options: ProbeOptions,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(options.timeoutSeconds * 1000)]);
  try {
    return judge(await get(url, clusterIP, limit), url, contains);
  } catch (error) {
    const reason = limit.aborted ? `nothing within ${String(options.timeoutSeconds)} s` : reasonOf(error);
    return { healthy: false, reason: `does not answer at ${url}: ${reason}` };
  }
}

/** 401 and 403 are alive: an anonymous question is not answered, and none with a credential is ever asked. */
function judge({ status, body }: Reply, url: string, contains: readonly string[]): ProbeResult {
  if (status === 401 || status === 403) return { healthy: true, reason: `asks for a credential (${String(status)})` };
  if (status !== 200 && status !== 204) return { healthy: false, reason: `answered ${String(status)} at ${url}` };
  const missing = contains.find((text) => !body.replace(/\s/g, '').includes(text));
  if (missing === undefined) return { healthy: true, reason: `answered ${String(status)} at ${url}` };
  return { healthy: false, reason: `answered at ${url} like another product: ${JSON.stringify(body.slice(0, 60))}` };
}

/**
 * Connects to the cluster IP of the very Service that was read; its DNS name is only asked where there is none.
 * No redirect is followed, no credential sent, no certificate trusted: the answer is compared, nothing is given.
 */
function get(url: string, clusterIP: string, signal: AbortSignal): Promise<Reply> {
  const { request } = url.startsWith('https:') ? https : http;
  const family = isIP(clusterIP);
  const lookup: LookupFunction = (_host, { all }, callback) => {
    if (all) callback(null, [{ address: clusterIP, family }]);
    else callback(null, clusterIP, family);
  };
  const options = {
    signal,
    agent: false,
    rejectUnauthorized: false,
    headers: { accept: 'application/json' },
    ...(family > 0 ? { lookup } : {}),
  };
  return new Promise((resolve, reject) => {
    request(url, options, (response) => {
      head(response).then((body) => {
        resolve({ status: response.statusCode ?? 0, body });
      }, reject);
    })
      .on('error', reject)
      .end();
  });
}

async function head(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= maxBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8');
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === '' && 'code' in error ? String(error.code) : error.message;
}
