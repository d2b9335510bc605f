import * as http from 'node:http';
import * as https from 'node:https';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import type { Clock } from '../lib/clock.ts';
import { systemClock } from '../lib/clock.ts';
import { codeOf } from '../lib/errors.ts';
import type { ProbeReason } from './probe-reasons.ts';
import { probeReason } from './probe-reasons.ts';

/** Bytes of a response that are read: what identifies a product is at its beginning. */
const maxBytes = 64 * 1024;

/** Concurrent probes: a dead backend occupies one until its last timeout, and must not delay the others. */
const maxConcurrent = 128;

/** One probe of one backend. */
export interface ProbeRequest {
  /** Id of the detector of the expected product. */
  readonly detector: string;
  readonly scheme: 'http' | 'https';
  /** `host:port`, path and query that follow the scheme. */
  readonly target: string;
  /** `target` of a second request that shows whether a credential is needed; `null` without one. */
  readonly access: string | null;
  /** Address to connect to; where it is not one (headless, external), DNS resolves the host. */
  readonly clusterIP: string;
  /** Statuses that count as healthy. */
  readonly accept: readonly number[];
  /** Texts that a response of this product contains; white space is ignored. */
  readonly contains: readonly string[];
  /** Whether the other scheme is tried where this one turns out to be wrong. */
  readonly settleScheme: boolean;
  /** For one attempt. */
  readonly timeoutSeconds: number;
  readonly attempts: number;
  /** Between two attempts. */
  readonly intervalSeconds: number;
}

/** Result of a probe. `message` continues the name of the Service. */
export interface ProbeResult extends ProbeReason {
  readonly healthy: boolean;
  /** It is alive and answers only with a credential. */
  readonly needsCredential?: boolean;
  /** The scheme that works, where it is not that of the request. */
  readonly scheme?: 'http' | 'https';
}

/** Probes one backend. Never throws: a dead backend is a result, not an error. */
export type Prober = (request: ProbeRequest) => Promise<ProbeResult>;

/** Probes over HTTP, at most 128 backends at a time; `signal` ends all probes. */
export function httpProber(signal: AbortSignal, clock = systemClock): Prober {
  const queue: (() => void)[] = [];
  let running = 0;
  return async (request) => {
    if (running >= maxConcurrent) await new Promise<void>((resolve) => queue.push(resolve));
    running += 1;
    try {
      return await withRetry(request, signal, clock);
    } finally {
      running -= 1;
      queue.shift()?.();
    }
  };
}

async function withRetry(request: ProbeRequest, signal: AbortSignal, clock: Clock): Promise<ProbeResult> {
  for (let attempt = 1; ; attempt += 1) {
    const result = await ask(request, signal);
    if (result.healthy || attempt >= request.attempts || signal.aborted) return result;
    await clock.sleep(request.intervalSeconds * 1000, signal);
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
  /** It does not speak the protocol of the request. */
  readonly otherProtocol: true;
}

async function askOnce(request: ProbeRequest, signal: AbortSignal): Promise<ProbeResult | Mismatch> {
  const url = `${request.scheme}://${request.target}`;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(request.timeoutSeconds * 1000)]);
  try {
    return evaluateResponse(await get(url, request.clusterIP, limit), url, request);
  } catch (error) {
    const failed = { healthy: false, ...failureOf(error, url, request, { attempt: limit, run: signal }) };
    return isOtherProtocol(error) ? { ...failed, otherProtocol: true } : failed;
  }
}

/** 401 and 403 count as healthy: probes are anonymous and never carry a credential. */
function evaluateResponse(
  { status, body }: ProbeResponse,
  url: string,
  { accept, contains }: ProbeRequest,
): ProbeResult | Mismatch {
  if (status === 401 || status === 403) {
    return { healthy: true, needsCredential: true, ...probeReason('CredentialRequired', { status }) };
  }
  if (status === 400 && /HTTPS? (?:port|server)|SSL/i.test(body)) {
    return { healthy: false, otherProtocol: true, ...probeReason('TlsRequired', { url }) };
  }
  if (!accept.includes(status)) {
    return { healthy: false, ...probeReason('UnexpectedStatus', { status, url, expected: accept.join(' or ') }) };
  }
  const compact = body.replace(/\s/g, '');
  const known = contains.every((text) => compact.includes(text));
  if (known) return { healthy: true, ...probeReason('Answered', { status, url }) };
  return { healthy: false, ...probeReason('OtherProduct', { url, body: JSON.stringify(body.slice(0, 60)) }) };
}

/**
 * Connects to the cluster IP of the Service that was read, and resolves the DNS name only where there is none. Follows no
 * redirect, sends no credential and verifies no certificate: the response is only compared.
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

/** Signals that end a probe: after the time for one attempt, and before the deadline of the whole run. */
interface Limits {
  readonly attempt: AbortSignal;
  readonly run: AbortSignal;
}

function failureOf(error: unknown, url: string, { timeoutSeconds }: ProbeRequest, limits: Limits): ProbeReason {
  if (limits.run.aborted) return probeReason('ProbeDeadline', { url });
  if (limits.attempt.aborted) return probeReason('ProbeTimeout', { url, seconds: timeoutSeconds });
  const code = codeOf(error);
  if (code.startsWith('HPE_')) return probeReason('NotHttp', { url });
  const known = failures[code];
  if (known) return probeReason(known, { url });
  return probeReason('ProbeFailed', {
    url,
    error: error instanceof Error && error.message !== '' ? error.message : code,
  });
}

/** Failed system calls that have a reason of their own, by Node's code. */
const failures: Readonly<
  Record<string, 'ConnectionRefused' | 'ConnectionClosed' | 'HostUnknown' | 'DnsUnavailable' | 'NotTls'>
> = {
  ECONNREFUSED: 'ConnectionRefused',
  ECONNRESET: 'ConnectionClosed',
  ENOTFOUND: 'HostUnknown',
  EAI_AGAIN: 'DnsUnavailable',
  EPROTO: 'NotTls',
};
