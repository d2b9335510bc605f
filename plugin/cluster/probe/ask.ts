import { maxHeaderSize } from 'node:http';
import { codeOf } from '../../lib/errors.ts';
import { getOwn } from '../../lib/json.ts';
import { excerpt } from '../../lib/messages/text.ts';
import type { Answer, Get } from './anonymous-get.ts';
import type { CertificateNames } from './certificate-names.ts';
import { hostOf, namesIn } from './certificate-names.ts';
import type { ProbeReason } from './probe-reasons.ts';
import { probeNotes, probeReason } from './probe-reasons.ts';
import type { ProbeRequest, ProbeResult } from './probe.ts';
import { prefixesOf } from './route-prefix.ts';

/**
 * How requests are made, and the signals that end one: after the time for one backend, and before the run's deadline.
 */
export interface Limits {
  readonly get: Get;
  readonly attempt: AbortSignal;
  readonly run: AbortSignal;
}

/**
 * One attempt: finds the scheme and path at which the backend identifies itself, and whether it wants a credential.
 * Never rejects.
 */
export async function ask(request: ProbeRequest, search: PrefixSearch, limits: Limits): Promise<ProbeResult> {
  const { asked, scheme } = await settleScheme(request, limits);
  const settled = { ...request, scheme };
  const { result } = asked.outcome === 'answer' ? await search.continue(settled, asked, limits) : asked;
  if (!result.healthy) return result;
  const found = scheme === request.scheme ? result : { ...result, scheme };
  if (found.needsCredential || request.access === null) return found;
  const { result: denied } = await askOnce(below(found.prefix, { ...settled, target: request.access }), limits);
  return denied.needsCredential ? { ...found, ...denied } : found;
}

/** Result of one request. An `answer`, whatever it says, shows that the scheme is right. */
interface RequestResult {
  readonly result: ProbeResult;
  readonly outcome: 'answer' | 'other protocol' | 'none';
}

interface SettledScheme {
  readonly asked: RequestResult;
  readonly scheme: ProbeRequest['scheme'];
}

async function settleScheme(request: ProbeRequest, limits: Limits): Promise<SettledScheme> {
  const first = { asked: await askOnce(request, limits), scheme: request.scheme };
  if (!request.settleScheme || first.asked.outcome !== 'other protocol') return first;
  const scheme: ProbeRequest['scheme'] = request.scheme === 'http' ? 'https' : 'http';
  const second = { asked: await askOnce({ ...request, scheme }, limits), scheme };
  return second.asked.outcome === 'answer' ? second : first;
}

/** Finds the path prefix of an API that does not answer where it was expected: searched once for all attempts. */
export class PrefixSearch {
  /** Result of the search, for the message. */
  #note: string | null = null;

  /** At most four requests: `/`, and three paths from its redirect. */
  async continue(request: ProbeRequest, asked: RequestResult, limits: Limits): Promise<RequestResult> {
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

/** The proof below a prefix, or the text to report instead; without a redirect of `/`, the empty text. */
async function findPrefix(request: ProbeRequest, limits: Limits): Promise<RequestResult | string> {
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

/** Where `/` redirects to; `null` without a redirect. */
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

async function askOnce(request: ProbeRequest, limits: Limits): Promise<RequestResult> {
  const url = `${request.scheme}://${request.target}`;
  try {
    const { namespace, service, clusterIP } = request;
    const { get, attempt: signal } = limits;
    const answer = await get(url, { namespace, service, clusterIP, signal, withBody: true });
    return evaluateAnswer(answer, url, request);
  } catch (error) {
    const result = { healthy: false, ...failureOf(error, url, request, limits) };
    return { result, outcome: outcomeOf(error) };
  }
}

function evaluateAnswer(answer: Answer, url: string, request: ProbeRequest): RequestResult {
  const { status, body, certificate } = answer;
  if (request.scheme === 'http' && status === 400 && /HTTPS? (?:port|server)|SSL/i.test(body)) {
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

/** Node's error code for an HTTP response whose headers are too long. */
const headerOverflow = 'HPE_HEADER_OVERFLOW';

/** TLS in reply to HTTP is unparsable HTTP; HTTP in reply to TLS is a wrong version or a broken handshake. */
function outcomeOf(error: unknown): RequestResult['outcome'] {
  if (refusalOf(error) !== null || codeOf(error) === headerOverflow) return 'answer';
  return /^HPE_|^EPROTO$|^ERR_SSL_|^ECONNRESET$/.test(codeOf(error)) ? 'other protocol' : 'none';
}

/**
 * Why TLS fails with a server that speaks it, in OpenSSL's words, without the thread number and source lines around
 * them.
 */
function refusalOf(error: unknown): string | null {
  const [, why = null] = /:SSL routines:[^:]*:([^:]+):/.exec(messageOf(error)) ?? [];
  return why === 'wrong version number' ? null : why;
}

function failureOf(error: unknown, url: string, { timeoutSeconds }: ProbeRequest, limits: Limits): ProbeReason {
  if (limits.run.aborted) return probeReason('ProbeDeadline', { url });
  if (limits.attempt.aborted) return probeReason('ProbeTimeout', { url, seconds: timeoutSeconds });
  const code = codeOf(error);
  const why = refusalOf(error);
  if (why !== null) return probeReason('TlsRefused', { url, why });
  if (code === headerOverflow) return probeReason('HeadersTooLarge', { url, kib: maxHeaderSize / 1024 });
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
