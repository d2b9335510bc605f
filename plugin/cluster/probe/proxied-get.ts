import { codeOf } from '../../lib/errors.ts';
import { asString, parseJson } from '../../lib/json.ts';
import { excerpt } from '../../lib/messages/text.ts';
import type { Connection } from '../connection/connection.ts';
import { openResponse } from '../http/http-client.ts';
import { collectionPath } from '../http/resource-path.ts';
import type { Answer, Get, GetOptions } from './anonymous-get.ts';
import { readAnswer } from './anonymous-get.ts';

/**
 * Concurrent probes of one cluster: each occupies a request of its API server, which by default allows 400 for all read
 * requests together and expects them to be short.
 */
export const maxProxied = 16;

/** The response did not come from the Service; `code` distinguishes the causes, like that of Node's errors. */
export class ProxyError extends Error {
  readonly code: 'PROXY_REFUSED' | 'PROXY_FORBIDDEN' | 'PROXY_FAILED' | 'ECONNREFUSED' | 'EPROTO';

  constructor(code: ProxyError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Asks Services through the proxy of their cluster's API server, which removes the request's credential before it
 * forwards it (apiserver/pkg/endpoints/filters/authentication.go), follows no redirect, and verifies no certificate of
 * a Service. Rejects with ProxyError, or with the reason of `signal`.
 */
export function proxiedGet(connection: Connection): Get {
  return async (url, options) => {
    const base = proxyPath(url, options);
    const request = { method: 'GET', path: `${base}${pathOf(url)}` } as const;
    const response = await openResponse(connection, request, options.signal);
    if (response instanceof Error) throw unreachable(response);
    const isFailure = (response.statusCode ?? 0) >= 400;
    const answer = await readAnswer(response, { ...options, withBody: options.withBody || isFailure });
    if (isFailure) assertPassedOn(answer);
    const prefix = `${connection.server.pathname.replace(/\/$/, '')}${base}`;
    return { ...answer, certificate: null, location: answer.location && withoutPrefix(answer.location, prefix) };
  };
}

function unreachable(error: Error): ProxyError {
  return new ProxyError('PROXY_REFUSED', `it cannot be reached: ${codeOf(error) || error.message}`);
}

function proxyPath(url: string, { namespace, service }: Pick<GetOptions, 'namespace' | 'service'>): string {
  if (!service) throw new ProxyError('PROXY_REFUSED', 'its endpoint is on another host than the Service');
  const scheme = url.startsWith('https:') ? 'https:' : '';
  // Not encoded: the API server prefixes the target of a Service's redirect with this path as written here.
  const name = `${scheme}${encodeURIComponent(service.name)}:${String(service.port)}`;
  return `${collectionPath({ group: '', resource: 'services', namespace })}/${name}/proxy`;
}

/**
 * Path and query of the Service. The connection's credential travels as far as the API server: a path that is not taken
 * literally, such as `/../../secrets`, would reach the API server itself.
 */
function pathOf(url: string): string {
  const [, path = '', query = ''] = /^https?:\/\/[^/?#]*((?:[/#][^?]*)?)((?:\?.*)?)$/s.exec(url) ?? [];
  const isPlain = /^(?:\/[\w.~:@$!*+,;=()-]*)+$/.test(path) && !/\/\.|\/\/./.test(path);
  if (isPlain && /^(?:\?[\x21\x23-\x7e]*)?$/.test(query) && !query.includes('#')) return `${path}${query}`;
  throw new ProxyError('PROXY_REFUSED', `${excerpt(`${path}${query}`)} is not a plain path`);
}

/** A failure of the API server is a Status; any other response, whatever its status, is the Service's. */
function assertPassedOn({ status, body }: Answer): void {
  const { kind, apiVersion, message } = parseJson(body);
  if (kind !== 'Status' || apiVersion !== 'v1') return;
  const text = asString(message);
  if (status === 401 || status === 403) throw new ProxyError('PROXY_FORBIDDEN', text);
  if (/gave HTTP response to HTTPS client|first record does not look like a TLS/.test(text)) {
    throw new ProxyError('EPROTO', text);
  }
  if (text.includes('connection refused')) throw new ProxyError('ECONNREFUSED', text);
  throw new ProxyError('PROXY_FAILED', `${String(status)} ${excerpt(text)}`);
}

/** The API server prefixes the target of a redirect within the Service with its own path. */
function withoutPrefix(location: string, prefix: string): string {
  const path = /^https?:\/\/[^/?#]*(\/.*)$/s.exec(location)?.[1] ?? location;
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : location;
}
