import * as http from 'node:http';
import * as https from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { CertificateNames } from './certificate-names.ts';
import { lookupOf } from './lookup.ts';

/** Bytes of a response that are read: what identifies a product is at its beginning. */
const identityBytes = 64 * 1024;

/** What a backend answered. */
export interface Answer {
  readonly status: number;
  /** Its beginning; empty where it was not asked for. */
  readonly body: string;
  /** There is more of the body than was read. */
  readonly isCut: boolean;
  /** Where a redirect leads; `null` for every other answer. */
  readonly location: string | null;
  /** `null` without TLS. */
  readonly certificate: CertificateNames | null;
}

export interface GetOptions {
  /** Where its Service is. */
  readonly namespace: string;
  /** The Service's name, and its own port, which is not that of its pods; `null` where another host is asked. */
  readonly service: { readonly name: string; readonly port: number } | null;
  /** Address to connect to; where it is not one (headless, external), DNS resolves the host. */
  readonly clusterIP: string;
  readonly signal: AbortSignal;
  /** Whether the body is read, or the answer ends with its headers. */
  readonly withBody: boolean;
  /** Of the body that are read; 64 KB unless given. */
  readonly maxBytes?: number;
  /** Besides `accept`: none of them is a credential. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** How a backend is asked. */
export type Get = (url: string, options: GetOptions) => Promise<Answer>;

/**
 * Connects to the cluster IP of the Service that was read, and resolves the DNS name only where there is none. Follows no
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
      // An answer that switches to another protocol is told by this event alone, and its request hears of no abort any more.
      .on('upgrade', (response) => {
        readAnswer(response, { withBody: false }).then(resolve, reject);
      })
      .on('error', reject)
      .end();
  });
}

/** The beginning of a response, whose rest is not read. */
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

type Beginning = Pick<Answer, 'body' | 'isCut'>;

/** The beginning of the body; what is longer, or never ends, is cut off. */
async function head(response: http.IncomingMessage, maxBytes: number): Promise<Beginning> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > maxBytes) break;
  }
  return { body: Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8'), isCut: bytes > maxBytes };
}

function hangUp(response: http.IncomingMessage): Beginning {
  response.destroy();
  return { body: '', isCut: false };
}
