import * as http from 'node:http';
import * as https from 'node:https';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import type { Clock } from '../lib/clock.ts';
import { systemClock } from '../lib/clock.ts';
import { codeOf } from '../lib/errors.ts';
import { FairSlots } from './fair-slots.ts';
import type { ProbeReason } from './probe-reasons.ts';
import { probeReason } from './probe-reasons.ts';
import { getOwn } from '../lib/json.ts';

/** Bytes of a response that are read: what identifies a product is at its beginning. */
const maxBytes = 64 * 1024;

/** Concurrent requests: a backend that hangs occupies one until its timeout, and must not delay the others. */
const maxConcurrent = 512;

/** One probe of one backend. */
export interface ProbeRequest {
  /** Where its Service is: the namespaces take turns where there are more probes than may run at once. */
  readonly namespace: string;
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
  /** For all attempts together. */
  readonly timeoutSeconds: number;
  /** At most. */
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

/** Probes one backend. Never throws: a dead backend is a result, not an error. A result that is known comes at once. */
export type Prober = (request: ProbeRequest) => ProbeResult | Promise<ProbeResult>;

export interface ProberOptions {
  /** Ends all probes. */
  readonly signal: AbortSignal;
  /** No probe starts later than this after the first one; without it, each gets its turn. */
  readonly startWithinMs?: number;
  readonly clock?: Clock;
}

/** Probes over HTTP, at most 512 backends at a time, those of each namespace in turn. */
export class HttpProber {
  readonly #signal: AbortSignal;
  readonly #startWithinMs: number;
  readonly #clock: Clock;
  readonly #slots = new FairSlots(maxConcurrent);
  #startedAt: number | null = null;

  constructor({ signal, startWithinMs = Infinity, clock = systemClock }: ProberOptions) {
    this.#signal = signal;
    this.#startWithinMs = startWithinMs;
    this.#clock = clock;
  }

  async probe(request: ProbeRequest): Promise<ProbeResult> {
    const startedAt = (this.#startedAt ??= this.#clock.now());
    await this.#slots.acquire(request.namespace);
    const now = this.#clock.now();
    if (now - startedAt > this.#startWithinMs) {
      this.#slots.release();
      return { healthy: false, ...probeReason('NotProbed', { seconds: this.#startWithinMs / 1000 }) };
    }
    return this.#attempt(request, now + request.timeoutSeconds * 1000);
  }

  /** Called with a slot. All attempts end at `endsAt`; a further one only takes a slot that no other backend waits for. */
  async #attempt(request: ProbeRequest, endsAt: number): Promise<ProbeResult> {
    const pauseMs = request.intervalSeconds * 1000;
    for (let attempt = 1; ; attempt += 1) {
      const result = await this.#ask(request, endsAt - this.#clock.now());
      const isLast = attempt >= request.attempts || this.#clock.now() + pauseMs >= endsAt || this.#signal.aborted;
      if (result.healthy || isLast) return result;
      await this.#clock.sleep(pauseMs, this.#signal);
      if (!this.#slots.hasFree()) return result;
      await this.#slots.acquire(request.namespace);
    }
  }

  async #ask(request: ProbeRequest, ms: number): Promise<ProbeResult> {
    const attempt = AbortSignal.any([this.#signal, AbortSignal.timeout(Math.max(0, Math.ceil(ms)))]);
    try {
      return await ask(request, { attempt, run: this.#signal });
    } finally {
      this.#slots.release();
    }
  }
}

async function ask(request: ProbeRequest, limits: Limits): Promise<ProbeResult> {
  const result = await settleScheme(request, limits);
  if (!result.healthy || result.needsCredential || request.access === null) return result;
  const scheme = result.scheme ?? request.scheme;
  const denied = await askOnce({ ...request, scheme, target: request.access }, limits);
  return denied.needsCredential ? { ...result, ...denied } : result;
}

async function settleScheme(request: ProbeRequest, limits: Limits): Promise<ProbeResult> {
  const first = await askOnce(request, limits);
  if (first.healthy || !request.settleScheme || !('otherProtocol' in first)) return first;
  const scheme = request.scheme === 'http' ? 'https' : 'http';
  const second = await askOnce({ ...request, scheme }, limits);
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

async function askOnce(request: ProbeRequest, limits: Limits): Promise<ProbeResult | Mismatch> {
  const url = `${request.scheme}://${request.target}`;
  try {
    return evaluateResponse(await get(url, request.clusterIP, limits.attempt), url, request);
  } catch (error) {
    const failed = { healthy: false, ...failureOf(error, url, request, limits) };
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

/** Signals that end a request: after the time for one backend, and before the deadline of the whole run. */
interface Limits {
  readonly attempt: AbortSignal;
  readonly run: AbortSignal;
}

function failureOf(error: unknown, url: string, { timeoutSeconds }: ProbeRequest, limits: Limits): ProbeReason {
  if (limits.run.aborted) return probeReason('ProbeDeadline', { url });
  if (limits.attempt.aborted) return probeReason('ProbeTimeout', { url, seconds: timeoutSeconds });
  const code = codeOf(error);
  if (code.startsWith('HPE_')) return probeReason('NotHttp', { url });
  const known = getOwn(failures, code);
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
