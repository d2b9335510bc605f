import type { RequestHandler, Response } from 'express';
import { randomUUID } from 'node:crypto';

const header = 'x-request-id';

/** Names that clients may give their requests: characters that cannot harm a log, and a length worth keeping. */
const accepted = /^[A-Za-z0-9._-]{1,64}$/;

/**
 * Names each request: with the client's or proxy's X-Request-Id, else with a UUID. The response, its problem and the
 * log carry the name.
 */
export const nameRequests: RequestHandler = (request, response, next) => {
  const given = request.get(header) ?? '';
  response.set(header, accepted.test(given) ? given : randomUUID());
  next();
};

/** The name of the request that this responds to; `undefined` if it has none. */
export function requestIdOf(response: Pick<Response, 'get'>): string | undefined {
  return response.get(header);
}
