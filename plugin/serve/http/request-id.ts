import type { RequestHandler, Response } from 'express';
import { randomUUID } from 'node:crypto';

const header = 'x-request-id';

/** What a client may call its request: no other character could harm a log, and no longer name is worth keeping. */
const accepted = /^[A-Za-z0-9._-]{1,64}$/;

/** Names each request: as the client or its proxy does, else by a UUID. The response, its problem and the log have the name. */
export const nameRequests: RequestHandler = (request, response, next) => {
  const given = request.get(header) ?? '';
  response.set(header, accepted.test(given) ? given : randomUUID());
  next();
};

/** The name of the request that this responds to; `undefined` where it has none. */
export function requestIdOf(response: Pick<Response, 'get'>): string | undefined {
  return response.get(header);
}
