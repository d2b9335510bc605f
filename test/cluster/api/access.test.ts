import { expect } from 'chai';
import { until } from '../../support/until.ts';
import { apiScene } from './scene.ts';

const problem = (name: string): string => `https://toolset.kubernaut.ai/problems/${name}`;

describe('cluster/api/access', () => {
  const scene = apiScene();

  for (const path of ['/api/v1/toolsets', '/api/v1/events', '/metrics']) {
    it(`requires a token for ${path}`, async () => {
      const { status, headers, json } = await scene.ask(path, { headers: { authorization: '' } });

      expect(status).to.equal(401);
      expect(headers['www-authenticate']).to.equal('Bearer realm="dynamic-toolset"');
      expect(json).to.include({ type: problem('unauthenticated'), status: 401 });
    });
  }

  for (const path of ['/healthz', '/readyz', '/openapi.json']) {
    it(`serves ${path} without a token`, async () => {
      expect((await scene.ask(path, { headers: { authorization: '' } })).status).to.equal(200);
    });
  }

  it('rejects an invalid token', async () => {
    const { status, headers } = await scene.ask('/api/v1/toolsets', { token: 'eyJhbGciOiJub25lIn0.e30.' });

    expect(status).to.equal(401);
    expect(headers['www-authenticate']).to.include('error="invalid_token"');
  });

  it('names the missing rule, which then grants access', async () => {
    const token = await scene.tokenFor('unprivileged', []);
    const { status, json } = await scene.ask('/api/v1/toolsets', { token });

    expect(status).to.equal(403);
    expect(json).to.include({ type: problem('forbidden') });
    const { detail } = json as { readonly detail: string };
    const rule = /\{nonResourceURLs: (\[.*?\]), verbs: (\[.*?\])\}$/.exec(detail)!;
    expect(detail).to.include('"system:serviceaccount:default:unprivileged"');
    const [nonResourceURLs, verbs] = rule.slice(1).map((one) => JSON.parse(one) as string[]);
    await scene.tokenFor('unprivileged', [{ nonResourceURLs: nonResourceURLs!, verbs: verbs! }]);
    await until('the rule takes effect', async () => (await scene.ask('/api/v1/toolsets', { token })).status === 200);
  });

  it('distinguishes reading from triggering discovery', async () => {
    const token = await scene.tokenFor('viewer', [{ nonResourceURLs: ['/dynamic-toolset/api/*'], verbs: ['get'] }]);

    expect((await scene.ask('/api/v1/applications', { token })).status).to.equal(200);
    expect((await scene.ask('/api/v1/discover', { token, method: 'POST', body: {} })).status).to.equal(403);
    expect((await scene.ask('/metrics', { token })).status).to.equal(403);
  });

  it('rejects a revoked token and ends its event stream within seconds', async () => {
    const token = await scene.tokenFor('leaver', [{ nonResourceURLs: ['/dynamic-toolset/api/*'], verbs: ['get'] }]);
    expect((await scene.ask('/api/v1/toolsets', { token })).status).to.equal(200);
    const headers = { authorization: `Bearer ${token}` };
    const stream = await fetch(`${scene.serve.url}/api/v1/events`, { headers });
    const ended = stream.text();
    await scene.cluster.kubectl(['delete', 'serviceaccount', 'leaver', '--namespace', 'default']);

    await until('it is rejected', async () => (await scene.ask('/api/v1/toolsets', { token })).status === 401);
    expect(await ended).to.include('event: changed');
  });

  it('reviews a token once for many requests', async () => {
    await Promise.all(Array.from({ length: 50 }, () => scene.ask('/api/v1/services')));
    const events = await scene.cluster.auditEvents();
    const reviews = events.filter(({ requestURI }) => requestURI.includes('/tokenreviews'));
    const before = reviews.length;
    await Promise.all(Array.from({ length: 50 }, () => scene.ask('/api/v1/services')));

    const after = (await scene.cluster.auditEvents()).filter(({ requestURI }) => requestURI.includes('/tokenreviews'));
    expect(after.length - before).to.be.at.most(1);
  });

  it('limits guessed tokens, but not a valid one from the same address', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const { status } = await scene.ask('/api/v1/toolsets', { token: `guess-${String(index)}` });
        return status;
      }),
    );

    expect(statuses).to.include(429);
    expect((await scene.ask('/api/v1/toolsets')).status).to.equal(200);
  });
});
