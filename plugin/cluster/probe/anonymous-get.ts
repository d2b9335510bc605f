import * as http from 'node:http';
import * as https from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { CertificateNames } from './certificate-names.ts';
import { lookupOf } from './lookup.ts';
import type { ProbeRequest } from './probe.ts';

/** Bytes of a response that are read: what identifies a product is at the beginning. */
const identityBytes = 64 * 1024;

/** A backend's response. */
export interface Answer {
  readonly status: number;
  /** The beginning of the body; empty if it was not requested. */
  readonly body: string;
  /** The body is longer than what was read. */
  readonly isCut: boolean;
  /** Target of a redirect; `null` for any other response. */
  readonly location: string | null;
  /** `null` without TLS. */
  readonly certificate: CertificateNames | null;
}

export interface GetOptions extends Pick<ProbeRequest, 'namespace' | 'service' | 'clusterIP'> {
  readonly signal: AbortSignal;
  /** Whether to read the body, or stop after the headers. */
  readonly withBody: boolean;
  /** Bytes of the body to read; 64 KB by default. */
  readonly maxBytes?: number;
  /** In addition to `accept`; never a credential. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends a GET request to a backend. */
export type Get = (url: string, options: GetOptions) => Promise<Answer>;

/**
 * Connects to the cluster IP of the Service as read, and resolves the DNS name only if there is none. Follows no
 * redirect, sends no credential and verifies no certificate: the response is only compared.
 */
export function get(
  url: string,
  { clusterIP, signal, headers: own, ...reading }: Omit<GetOptions, 'namespace' | 'service'>,
): Promise<Answer> {
  const { request } = url.startsWith('https:') ? https : http;
  const headers = { accept: 'application/json', ...own };
  const options = { signal, agent: false, rejectUnauthorized: false, headers, lookup: lookupOf(clusterIP) };
  return new Promise((resolve, reject) => {
    request(url, options, (response) => {
      readAnswer(response, reading).then(resolve, reject);
    })
      // Only this event reports a switch to another protocol, and its request no longer notices an abort.
      .on('upgrade', (response) => {
        readAnswer(response, { withBody: false }).then(resolve, reject);
      })
      .on('error', reject)
      .end();
  });
}

/** The beginning of a response; the rest is not read. */
export async function readAnswer(
  response: http.IncomingMessage,
  { withBody, maxBytes = identityBytes }: Pick<GetOptions, 'withBody' | 'maxBytes'>,
): Promise<Answer> {
  const status = response.statusCode ?? 0;
  const location = status >= 300 && status < 400 ? (response.headers.location ?? null) : null;
  const certificate = certificateOf(response);
  return { status, ...(withBody ? await head(response, maxBytes) : hangUp(response)), location, certificate };
}

function certificateOf({ socket }: http.IncomingMessage): CertificateNames | null {
  if (!('getPeerCertificate' in socket)) return null;
  const { subject, subjectaltname } = (socket as TLSSocket).getPeerCertificate();
  return { subject, ...(subjectaltname === undefined ? {} : { subjectaltname }) };
}

type BodyStart = Pick<Answer, 'body' | 'isCut'>;

/** The beginning of the body; a longer or endless body is cut off. */
async function head(response: http.IncomingMessage, maxBytes: number): Promise<BodyStart> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > maxBytes) break;
  }
  return { body: Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8'), isCut: bytes > maxBytes };
}

function hangUp(response: http.IncomingMessage): BodyStart {
  response.destroy();
  return { body: '', isCut: false };
}
