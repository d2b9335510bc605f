import type { Clock } from '../../lib/clock.ts';
import { systemClock } from '../../lib/clock.ts';
import { codeOf } from '../../lib/errors.ts';
import { getOwn } from '../../lib/json.ts';
import { excerpt } from '../../lib/text.ts';
import type { Answer, Get } from './anonymous-get.ts';
import { get } from './anonymous-get.ts';
import type { CertificateNames } from './certificate-names.ts';
import { hostOf, namesIn } from './certificate-names.ts';
import { FairSlots } from '../fair-slots.ts';
import type { ProbeReason } from './probe-reasons.ts';
import { probeNotes, probeReason } from './probe-reasons.ts';
import { prefixesOf } from './route-prefix.ts';

/**
 * Concurrent requests: a backend that hangs occupies one until its timeout, and must not delay the others. Each may answer
 * 64 KB: 512 of these were 295 MB.
 */
export const maxConcurrent = 256;

/** One probe of one backend. */
export interface ProbeRequest {
  /** Where its Service is: the namespaces take turns where there are more probes than may run at once. */
  readonly namespace: string;
  /** The Service's name, and its own port, which is not that of its pods; `null` where another host is asked. */
  readonly service: { readonly name: string; readonly port: number } | null;
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
  /** Whether a redirect of `/` may tell a path in front of that of `target`. */
  readonly findPrefix: boolean;
  /** Names by which the Service can be called, best first: the certificate tells for which of them it is good. */
  readonly hostNames: readonly string[];
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
  /** Beside it: what it answers with is a tenant. */
  readonly needsTenant?: boolean;
  /** The scheme that works, where it is not that of the request. */
  readonly scheme?: 'http' | 'https';
  /** It answered what only the product does; without it a status alone was accepted. */
  readonly identified?: true;
  /** The path in front of that of the request below which it answered. */
  readonly prefix?: string;
  /** The first of the request's names for which the certificate is good, where it is not the one that was asked. */
  readonly host?: string;
  /** Names for which the certificate is good, where that is none of the request's. */
  readonly certificateNames?: string;
}

/** Probes one backend. Never throws: a dead backend is a result, not an error. A result that is known comes at once. */
export type Prober = (request: ProbeRequest) => ProbeResult | Promise<ProbeResult>;

export interface ProberOptions {
  /** Ends all probes. */
  readonly signal: AbortSignal;
  /** No probe starts later than this after the first one; without it, each gets its turn. */
  readonly startWithinMs?: number;
  /** How backends are asked, and how many at once; directly, and 256, unless given. */
  readonly through?: { readonly get: Get; readonly maxConcurrent: number };
  readonly clock?: Clock;
}

/** Probes over HTTP, as many backends at a time as are allowed, those of each namespace in turn. */
export class HttpProber {
  readonly #signal: AbortSignal;
  readonly #startWithinMs: number;
  readonly #clock: Clock;
  readonly #slots: FairSlots;
  readonly #get: Get;
  #startedAt: number | null = null;

  constructor({
    signal,
    startWithinMs = Infinity,
    through = { get, maxConcurrent },
    clock = systemClock,
  }: ProberOptions) {
    this.#slots = new FairSlots(through.maxConcurrent);
    this.#get = through.get;
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
    const search = new PrefixSearch();
    for (let attempt = 1; ; attempt += 1) {
      const result = await this.#ask(request, search, endsAt - this.#clock.now());
      const isLast = attempt >= request.attempts || this.#clock.now() + pauseMs >= endsAt || this.#signal.aborted;
      if (result.healthy || isLast) return result;
      await this.#clock.sleep(pauseMs, this.#signal);
      if (!this.#slots.hasFree()) return result;
      await this.#slots.acquire(request.namespace);
    }
  }

  async #ask(request: ProbeRequest, search: PrefixSearch, ms: number): Promise<ProbeResult> {
    const attempt = AbortSignal.any([this.#signal, AbortSignal.timeout(Math.max(0, Math.ceil(ms)))]);
    try {
      return await ask(request, search, { attempt, run: this.#signal, get: this.#get });
    } finally {
      this.#slots.release();
    }
  }
}

async function ask(request: ProbeRequest, search: PrefixSearch, limits: Limits): Promise<ProbeResult> {
  const { asked, scheme } = await settleScheme(request, limits);
  const settled = { ...request, scheme };
  const { result } = asked.outcome === 'answer' ? await search.continue(settled, asked, limits) : asked;
  if (!result.healthy) return result;
  const found = scheme === request.scheme ? result : { ...result, scheme };
  if (found.needsCredential || request.access === null) return found;
  const { result: denied } = await askOnce(below(found.prefix, { ...settled, target: request.access }), limits);
  return denied.needsCredential ? { ...found, ...denied } : found;
}

/** What one request found out. After an `answer` the scheme is right, whatever was answered. */
interface Asked {
  readonly result: ProbeResult;
  readonly outcome: 'answer' | 'other protocol' | 'none';
}

interface SettledScheme {
  readonly asked: Asked;
  readonly scheme: ProbeRequest['scheme'];
}

async function settleScheme(request: ProbeRequest, limits: Limits): Promise<SettledScheme> {
  const first = { asked: await askOnce(request, limits), scheme: request.scheme };
  if (!request.settleScheme || first.asked.outcome !== 'other protocol') return first;
  const scheme: ProbeRequest['scheme'] = request.scheme === 'http' ? 'https' : 'http';
  const second = { asked: await askOnce({ ...request, scheme }, limits), scheme };
  return second.asked.outcome === 'answer' ? second : first;
}

/** The path in front of an API that does not answer where it was expected: looked for once in all attempts. */
class PrefixSearch {
  /** What the search found out, for the message. */
  #note: string | null = null;

  /** Four requests at most: `/`, and three paths that its redirect tells. */
  async continue(request: ProbeRequest, asked: Asked, limits: Limits): Promise<Asked> {
    if (asked.result.healthy || !request.findPrefix) return asked;
    if (this.#note === null) {
      const found = await findPrefix(request, limits);
      if (typeof found !== 'string') return found;
      this.#note = found;
    }
    const { result } = asked;
    return { ...asked, result: { ...result, message: [result.message, this.#note].filter(Boolean).join('; ') } };
  }
}

/** The proof below a prefix, or what is to be said instead; nothing where `/` is no redirect. */
async function findPrefix(request: ProbeRequest, limits: Limits): Promise<Asked | string> {
  const { authority } = partsOf(request.target);
  const location = await redirectOf(`${request.scheme}://${authority}/`, request, limits);
  if (location === null) return '';
  const redirect = prefixesOf(location, authority);
  if ('refused' in redirect) {
    const values = { location: excerpt(location), why: redirect.refused };
    return probeNotes('RedirectRefused', values).message;
  }
  for (const prefix of redirect.prefixes) {
    const { result, outcome } = await askOnce(below(prefix, request), limits);
    if (result.identified) return { result: { ...result, prefix }, outcome };
  }
  return probeNotes('NothingBelow', { prefixes: redirect.prefixes.join(', ') }).message;
}

/** Where `/` leads, as the server says; `null` where it leads nowhere. */
async function redirectOf(url: string, request: ProbeRequest, { get, attempt }: Limits): Promise<string | null> {
  const { namespace, service, clusterIP } = request;
  try {
    return (await get(url, { namespace, service, clusterIP, signal: attempt, withBody: false })).location;
  } catch {
    return null;
  }
}

function below(prefix: string | undefined, request: ProbeRequest): ProbeRequest {
  const { authority, path } = partsOf(request.target);
  return { ...request, target: `${authority}${prefix ?? ''}${path}` };
}

function partsOf(target: string): { readonly authority: string; readonly path: string } {
  const slash = target.indexOf('/');
  return { authority: target.slice(0, slash), path: target.slice(slash) };
}

async function askOnce(request: ProbeRequest, limits: Limits): Promise<Asked> {
  const url = `${request.scheme}://${request.target}`;
  try {
    const { namespace, service, clusterIP } = request;
    const { get, attempt: signal } = limits;
    const answer = await get(url, { namespace, service, clusterIP, signal, withBody: true });
    return evaluateAnswer(answer, url, request);
  } catch (error) {
    const result = { healthy: false, ...failureOf(error, url, request, limits) };
    return { result, outcome: isOtherProtocol(error) ? 'other protocol' : 'none' };
  }
}

function evaluateAnswer(answer: Answer, url: string, request: ProbeRequest): Asked {
  const { status, body, certificate } = answer;
  if (status === 400 && /HTTPS? (?:port|server)|SSL/i.test(body)) {
    return { result: { healthy: false, ...probeReason('TlsRequired', { url }) }, outcome: 'other protocol' };
  }
  const result = identify(answer, url, request);
  const host = result.healthy && certificate ? hostFacts(certificate, request.hostNames) : {};
  return { result: { ...result, ...host }, outcome: 'answer' };
}

/** 401 and 403 count as healthy: probes are anonymous and never carry a credential. */
function identify({ status, body }: Answer, url: string, { accept, contains }: ProbeRequest): ProbeResult {
  const isDenied = status === 401 || status === 403;
  if ((isDenied || status === 400) && /no org id/i.test(body)) {
    return { healthy: true, needsCredential: true, needsTenant: true, ...probeReason('TenantRequired', { status }) };
  }
  if (isDenied) return { healthy: true, needsCredential: true, ...probeReason('CredentialRequired', { status }) };
  if (!accept.includes(status)) {
    return { healthy: false, ...probeReason('UnexpectedStatus', { status, url, expected: accept.join(' or ') }) };
  }
  const compact = body.replace(/\s/g, '');
  if (!contains.every((text) => compact.includes(text))) {
    return { healthy: false, ...probeReason('OtherProduct', { url, body: JSON.stringify(body.slice(0, 60)) }) };
  }
  const identity = contains.length > 0 ? { identified: true as const } : {};
  return { healthy: true, ...identity, ...probeReason('Answered', { status, url }) };
}

function hostFacts(
  certificate: CertificateNames,
  names: readonly string[],
): Pick<ProbeResult, 'host' | 'certificateNames'> {
  if (names.length === 0) return {};
  const host = hostOf(certificate, names);
  if (host === null) return { certificateNames: namesIn(certificate) };
  return host === names[0] ? {} : { host };
}

/** TLS answered to HTTP is no HTTP to the parser; HTTP answered to TLS is a wrong version, or a broken handshake. */
function isOtherProtocol(error: unknown): boolean {
  return /^HPE_|^EPROTO$|^ERR_SSL_|^ECONNRESET$/.test(codeOf(error));
}

/** How requests are made, and signals that end one: after the time for one backend, and before the deadline of the whole run. */
interface Limits {
  readonly get: Get;
  readonly attempt: AbortSignal;
  readonly run: AbortSignal;
}

function failureOf(error: unknown, url: string, { timeoutSeconds }: ProbeRequest, limits: Limits): ProbeReason {
  if (limits.run.aborted) return probeReason('ProbeDeadline', { url });
  if (limits.attempt.aborted) return probeReason('ProbeTimeout', { url, seconds: timeoutSeconds });
  const code = codeOf(error);
  if (code.startsWith('HPE_')) return probeReason('NotHttp', { url });
  if (code === 'PROXY_FORBIDDEN') return probeReason('ProxyForbidden');
  if (code === 'PROXY_REFUSED') return probeReason('ProxyRefused', { why: messageOf(error) });
  if (code === 'PROXY_FAILED') return probeReason('ProxyFailed', { url, why: messageOf(error) });
  const known = getOwn(failures, code);
  if (known) return probeReason(known, { url });
  return probeReason('ProbeFailed', { url, error: messageOf(error) || code });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : '';
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
