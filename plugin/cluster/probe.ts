import * as http from 'node:http';
import * as https from 'node:https';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf } from '../lib/errors.ts';

/** An answer is read up to here; what identifies a product stands at its beginning. */
const maxBytes = 64 * 1024;

/** Backends asked at a time. Each dead one holds a place for its whole budget, and must not make others wait. */
const places = 128;

/** A question to one backend. */
export interface ProbeRequest {
  /** Id of the detector: what should answer. */
  readonly detector: string;
  readonly scheme: 'http' | 'https';
  /** `host:port`, path and query that follow the scheme. */
  readonly target: string;
  /** The same for a question that is asked besides, only for whether it needs a credential; `null` where there is none. */
  readonly access: string | null;
  /** Address to connect to; where it is none (headless, external), the host is looked up. */
  readonly clusterIP: string;
  /** Statuses that count as healthy. */
  readonly accept: readonly number[];
  /** Texts that an answer of this product holds, white space aside. */
  readonly contains: readonly string[];
  /** Whether the other scheme is tried where this one turns out to be wrong. */
  readonly settleScheme: boolean;
  /** For one attempt. */
  readonly timeoutSeconds: number;
  readonly attempts: number;
  /** Between two attempts. */
  readonly intervalSeconds: number;
}

/** What a backend answered when it was asked. `reason` continues "Prometheus …". */
export interface ProbeResult {
  readonly healthy: boolean;
  readonly reason: string;
  /** It is alive and answers nobody without a credential. */
  readonly needsCredential?: boolean;
  /** The scheme that it answered to, where it was another than asked for. */
  readonly scheme?: 'http' | 'https';
}

/** Asks a backend itself. Answers, never throws: a dead Service is data, not a failure of ours. */
export type Prober = (request: ProbeRequest) => Promise<ProbeResult>;

/** Asks backends over HTTP, some at a time; `signal` ends them all. */
export function httpProber(signal: AbortSignal): Prober {
  const waiting: (() => void)[] = [];
  let taken = 0;
  return async (request) => {
    if (taken >= places) await new Promise<void>((resolve) => waiting.push(resolve));
    taken += 1;
    try {
      return await withRetry(request, signal);
    } finally {
      taken -= 1;
      waiting.shift()?.();
    }
  };
}

async function withRetry(request: ProbeRequest, signal: AbortSignal): Promise<ProbeResult> {
  for (let attempt = 1; ; attempt += 1) {
    const result = await ask(request, signal);
    if (result.healthy || attempt >= request.attempts || signal.aborted) return result;
    await delay(request.intervalSeconds * 1000, undefined, { signal }).catch(() => undefined);
  }
}

async function ask(request: ProbeRequest, signal: AbortSignal): Promise<ProbeResult> {
  const result = await settleScheme(request, signal);
  if (!result.healthy || result.needsCredential || request.access === null) return result;
  const scheme = result.scheme ?? request.scheme;
  const denied = await askOnce({ ...request, scheme, target: request.access }, signal);
  return denied.needsCredential ? { ...result, ...denied } : result;
}

async function settleScheme(request: ProbeRequest, signal: AbortSignal): Promise<ProbeResult> {
  const first = await askOnce(request, signal);
  if (first.healthy || !request.settleScheme || !('otherProtocol' in first)) return first;
  const scheme = request.scheme === 'http' ? 'https' : 'http';
  const second = await askOnce({ ...request, scheme }, signal);
  return second.healthy ? { ...second, scheme } : first;
}

interface ProbeResponse {
  readonly status: number;
  readonly body: string;
}

interface Mismatch extends ProbeResult {
  /** It does not speak the protocol that it was asked in. */
  readonly otherProtocol: true;
}

async function askOnce(request: ProbeRequest, signal: AbortSignal): Promise<ProbeResult | Mismatch> {
  const url = `${request.scheme}://${request.target}`;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(request.timeoutSeconds * 1000)]);
  try {
    return evaluateResponse(await get(url, request.clusterIP, limit), url, request);
  } catch (error) {
    const failed = { healthy: false, reason: `does not answer at ${url}: ${reasonOf(error, limit, request, signal)}` };
    return isOtherProtocol(error) ? { ...failed, otherProtocol: true } : failed;
  }
}

/** 401 and 403 are alive: an anonymous question is not answered, and none with a credential is ever asked. */
function evaluateResponse(
  { status, body }: ProbeResponse,
  url: string,
  { accept, contains }: ProbeRequest,
): ProbeResult | Mismatch {
  if (status === 401 || status === 403) {
    return {
      healthy: true,
      needsCredential: true,
      reason: `is alive, and answers only with a credential (${String(status)})`,
    };
  }
  if (status === 400 && /HTTPS? (?:port|server)|SSL/i.test(body)) {
    return { healthy: false, otherProtocol: true, reason: `speaks TLS at ${url}` };
  }
  if (!accept.includes(status)) return { healthy: false, reason: `answered ${String(status)} at ${url}` };
  const compact = body.replace(/\s/g, '');
  const known = contains.every((text) => compact.includes(text));
  if (known) return { healthy: true, reason: `answered ${String(status)} at ${url}` };
  return { healthy: false, reason: `answered at ${url} like another product: ${JSON.stringify(body.slice(0, 60))}` };
}

/**
 * Connects to the cluster IP of the very Service that was read; its DNS name is only asked where there is none.
 * No redirect is followed, no credential sent, no certificate trusted: the answer is compared, nothing is given.
 */
function get(url: string, clusterIP: string, signal: AbortSignal): Promise<ProbeResponse> {
  const { request } = url.startsWith('https:') ? https : http;
  const family = isIP(clusterIP);
  const lookup: LookupFunction = (_host, { all }, callback) => {
    if (all) callback(null, [{ address: clusterIP, family }]);
    else callback(null, clusterIP, family);
  };
  const headers = { accept: 'application/json' };
  const options = { signal, agent: false, rejectUnauthorized: false, headers, ...(family > 0 ? { lookup } : {}) };
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

/** The beginning of the body; what is longer, or never ends, is cut off. */
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

/** TLS answered to HTTP is no HTTP to the parser; HTTP answered to TLS is a wrong version, or a broken handshake. */
function isOtherProtocol(error: unknown): boolean {
  return /^HPE_|^EPROTO$|^ERR_SSL_|^ECONNRESET$/.test(codeOf(error));
}

function reasonOf(error: unknown, limit: AbortSignal, { timeoutSeconds }: ProbeRequest, deadline: AbortSignal): string {
  if (deadline.aborted) return 'nothing before the deadline passed';
  if (limit.aborted) return `nothing within ${String(timeoutSeconds)} s`;
  const code = codeOf(error);
  const known: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'connection refused',
    ECONNRESET: 'connection closed without an answer',
    ENOTFOUND: 'its name is not known to DNS',
    EAI_AGAIN: 'DNS does not answer',
    EPROTO: 'it does not speak TLS',
  };
  if (code.startsWith('HPE_')) return 'it does not speak HTTP';
  return known[code] ?? (error instanceof Error && error.message !== '' ? error.message : code);
}
