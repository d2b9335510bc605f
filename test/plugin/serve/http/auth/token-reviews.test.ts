import { expect } from 'chai';
import type { ApiWriter } from '../../../../../plugin/cluster/http/api-client.ts';
import { ApiServerReviews } from '../../../../../plugin/serve/http/auth/token-reviews.ts';
import type { User } from '../../../../../plugin/serve/http/auth/token-reviews.ts';
import { testClock } from '../../../../support/clock.ts';
import type { TestClock } from '../../../../support/clock.ts';

const alice: User = { name: 'alice', uid: 'u1', groups: ['sre'], extra: { scopes: ['a'] } };
const bob: User = { ...alice, name: 'bob' };

describe('plugin/serve/http/auth/token-reviews', () => {
  let clock: TestClock;
  let reviews: ApiServerReviews;
  /** Kind and spec of each review that was sent. */
  let sent: (readonly [kind: string, spec: unknown])[];
  let validTokens: Set<string>;
  let allowed: boolean;

  beforeEach(() => {
    clock = testClock();
    sent = [];
    validTokens = new Set(['valid']);
    allowed = true;
    const write: ApiWriter = ({ body }) => {
      const { kind, spec } = JSON.parse(body ?? '') as { kind: string; spec: { token?: string } };
      sent.push([kind, spec]);
      const { name: username, uid, groups, extra } = alice;
      const isValid = validTokens.has(spec.token ?? '');
      const ofToken = isValid ? { authenticated: true, user: { username, uid, groups, extra } } : {};
      return Promise.resolve({ status: 201, body: { status: kind === 'TokenReview' ? ofToken : { allowed } } });
    };
    reviews = new ApiServerReviews(write, clock);
  });

  const isAllowed = (verb = 'get', path = '/p', user = alice): Promise<boolean> => reviews.isAllowed(user, verb, path);

  it('returns the user of a token', async () => {
    expect(await reviews.userOf('valid')).to.deep.equal(alice);
    expect(sent).to.deep.equal([['TokenReview', { token: 'valid' }]]);
  });

  it('caches a valid token for exactly 5 s after its review', async () => {
    clock.advance(4_900);
    await reviews.userOf('valid');

    clock.advance(5_000);
    expect(reviews.validUserOf('valid')).to.deep.equal(alice);
    await reviews.userOf('valid');
    expect(sent).to.have.length(1);

    clock.advance(1);
    expect(reviews.validUserOf('valid')).to.equal(undefined);
    await reviews.userOf('valid');
    expect(sent).to.have.length(2);
  });

  it('caches an invalid token for exactly 2 s after its review', async () => {
    clock.advance(1_900);
    expect(await reviews.userOf('other')).to.equal(null);
    validTokens.add('other');

    clock.advance(2_000);
    expect(await reviews.userOf('other')).to.equal(null);
    expect(sent).to.have.length(1);

    clock.advance(1);
    expect(await reviews.userOf('other')).to.deep.equal(alice);
  });

  it('caches a granted permission for exactly 5 s and a denied one for exactly 2 s', async () => {
    clock.advance(4_900);
    expect(await isAllowed()).to.equal(true);
    allowed = false;
    clock.advance(5_000);
    expect(await isAllowed()).to.equal(true);
    clock.advance(1);
    expect(await isAllowed()).to.equal(false);

    allowed = true;
    clock.advance(2_000);
    expect(await isAllowed()).to.equal(false);
    clock.advance(1);
    expect(await isAllowed()).to.equal(true);
  });

  it('reviews each user, verb and path separately', async () => {
    await isAllowed();
    await isAllowed('post');
    await isAllowed('get', '/q');
    await isAllowed('get', '/p', bob);

    const { name: _, ...rest } = alice;
    expect(sent.map(([, spec]) => spec)).to.deep.equal([
      { user: 'alice', ...rest, nonResourceAttributes: { verb: 'get', path: '/p' } },
      { user: 'alice', ...rest, nonResourceAttributes: { verb: 'post', path: '/p' } },
      { user: 'alice', ...rest, nonResourceAttributes: { verb: 'get', path: '/q' } },
      { user: 'bob', ...rest, nonResourceAttributes: { verb: 'get', path: '/p' } },
    ]);
  });

  it('sends one review for concurrent requests', async () => {
    await Promise.all([reviews.userOf('valid'), reviews.userOf('valid'), isAllowed(), isAllowed()]);

    expect(sent.map(([kind]) => kind)).to.deep.equal(['TokenReview', 'SubjectAccessReview']);
  });

  it('keeps valid tokens cached, whatever the number of invalid ones', async () => {
    await reviews.userOf('valid');
    for (let guess = 0; guess < 2_500; guess += 1) await reviews.userOf(`guess-${String(guess)}`);

    expect(reviews.validUserOf('valid')).to.deep.equal(alice);
  });

  it('remembers for an hour that a token was valid, unless it is found invalid', async () => {
    await reviews.userOf('valid');
    clock.advance(60 * 60_000);
    expect(reviews.wasRecentlyValid('valid')).to.equal(true);
    clock.advance(1);
    expect(reviews.wasRecentlyValid('valid')).to.equal(false);

    await reviews.userOf('valid');
    expect(reviews.wasRecentlyValid('valid')).to.equal(true);
    validTokens.clear();
    clock.advance(5_001);
    await reviews.userOf('valid');
    expect(reviews.wasRecentlyValid('valid')).to.equal(false);
  });

  it('does not send a token that is longer than any API server accepts', async () => {
    expect(await reviews.userOf('x'.repeat(16 * 1024 + 1))).to.equal(null);
    expect(sent).to.deep.equal([]);
    await reviews.userOf('x'.repeat(16 * 1024));
    expect(sent).to.have.length(1);
  });
});
