import type { Request } from 'express';
import type { Clock } from '../../../lib/clock.ts';
import { failedAuthentications } from '../limits/rate-limit.ts';
import type { RateLimit } from '../limits/rate-limit.ts';
import { problemFor } from '../problem-details.ts';
import type { Reviews, User } from './token-reviews.ts';

/** Identifies the user of a request by its bearer token. */
export class Authenticator {
  readonly #reviews: Reviews;
  readonly #failures: RateLimit;
  readonly #pending = new Map<string, Promise<User | null>>();

  constructor(reviews: Reviews, clock: Pick<Clock, 'now'>) {
    this.#reviews = reviews;
    this.#failures = failedAuthentications(clock);
  }

  /** Throws the HTTP problem if the token is missing or invalid. */
  async identify({ headers, socket }: Request): Promise<User> {
    const token = tokenOf(headers.authorization);
    if (token === null) throw problemFor.tokenMissing();
    const user = this.#reviews.validUserOf(token) ?? (await this.#review(token, socket.remoteAddress ?? ''));
    if (user === null) throw problemFor.tokenInvalid();
    return user;
  }

  async #review(token: string, address: string): Promise<User | null> {
    const pending = this.#pending.get(token);
    if (pending) return pending;
    // Clients may share an address with one that guesses tokens: a recently valid token does not count as a guess.
    const isCounted = !this.#reviews.wasRecentlyValid(token);
    // Count every unverified attempt against the failure rate; refund it when the token is valid.
    if (isCounted) this.#failures.consume(address);
    const review = this.#reviews.userOf(token).finally(() => this.#pending.delete(token));
    this.#pending.set(token, review);
    const user = await review;
    if (isCounted && user !== null) this.#failures.refund(address);
    return user;
  }
}

export function tokenOf(authorization: string | undefined): string | null {
  return /^Bearer +([\w.~+/=-]+) *$/i.exec(authorization ?? '')?.[1] ?? null;
}
