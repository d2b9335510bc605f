import { expect } from 'chai';
import { hubIdentity } from '../../plugin/serve/reconcile/evaluation/inputs.ts';
import fc from 'fast-check';
import { connect } from 'node:net';
import { createApp } from '../../plugin/serve/http/app.ts';
import { Authorizer } from '../../plugin/serve/http/auth/authorize.ts';
import { ExtensionAccess } from '../../plugin/serve/http/auth/extension-access.ts';
import type { Reviews, User } from '../../plugin/serve/http/auth/token-reviews.ts';
import { EventStreams } from '../../plugin/serve/http/handlers/events.ts';
import type { Listener } from '../../plugin/serve/http/listener.ts';
import { listen } from '../../plugin/serve/http/listener.ts';
import { operations } from '../../plugin/serve/http/openapi/operations.ts';
import { problems } from '../../plugin/serve/http/problem.ts';
import { ChangeFeed } from '../../plugin/serve/http/state/change-feed.ts';
import { ConfigMapHistory } from '../../plugin/serve/http/state/config-map-history.ts';
import { RequestHistory } from '../../plugin/serve/http/state/request-history.ts';
import { ServiceHistory } from '../../plugin/serve/http/state/service-history.ts';
import { createReadModel } from '../../plugin/serve/http/state/read-model.ts';
import { createMetrics } from '../../plugin/serve/metrics/metrics.ts';
import { Reconciler } from '../../plugin/serve/reconcile/reconciler.ts';
import { systemClock } from '../../plugin/lib/clock.ts';
import { apiConnection } from '../support/api.ts';
import { prometheus, service } from '../support/objects.ts';
import { application } from '../plugin/serve/argocd/argo-cd-model.ts';
import { clusterModel } from '../plugin/serve/cluster-model.ts';
import { generated } from '../plugin/serve/generated.ts';
import { fuzz } from './fuzz.ts';
import { hostileText, mutatedData, mutatedText } from './mutations.ts';
import { patienceMs } from '../support/until.ts';
import { noLinks } from '../plugin/serve/config-map-status.ts';

interface Input {
  /** Each character is a byte. */
  readonly request: string;
  /** Bytes that are sent at once; `0` for all. */
  readonly chunk: number;
}

/** In the cluster that is served: only a valid token or secret reads of it. */
const secretName = 'hidden-backend';
const token = 'valid-token';
/** As Argo CD's proxy adds it. */
const secret = 'valid-secret';
const user: User = { name: 'a', uid: 'u', groups: [], extra: {} };
/** Of one request, of which a connection may have several: metrics have a series for each kind of request. */
const maxAnswer = 512 * 1024;
/** Without a byte for so long, a request is not complete, and the client ends it. */
const idleMs = 40;

const reviews: Reviews = {
  validUserOf: () => undefined,
  wasRecentlyValid: () => false,
  userOf: (given) => Promise.resolve(given === token ? user : null),
  isAllowed: () => Promise.resolve(true),
};

const paths = [...operations.map(({ path }) => path), '/', '/healthz', '/metrics', '/openapi.json', '/api/v1/events'];
const bodies: readonly unknown[] = [
  {},
  { configMap: 'holmesgpt/c' },
  { files: { 'toolset.yaml': 'spec: {}', 'overrides.yaml': 'toolsets: {a: {}}' } },
];
const header = fc.oneof(
  fc.constantFrom(
    'accept: text/html',
    'accept: */*;q=0',
    'content-type: text/plain',
    'content-encoding: gzip',
    'expect: 100-continue',
  ),
  fc.constantFrom(
    'transfer-encoding: chunked',
    'content-length: 0',
    'content-length: -1',
    'upgrade: websocket',
    'range: bytes=0-',
  ),
  fc.constantFrom(
    'x-forwarded-for: 127.0.0.1',
    'x-http-method-override: POST',
    'if-none-match: *',
    'host: a',
    'cookie: a=b',
  ),
  fc.constantFrom(
    `x-dynamic-toolset-secret: ${secret}`,
    'x-dynamic-toolset-secret: x',
    'argocd-username: a',
    'argocd-application-name: argocd:one',
    'argocd-project-name: default',
  ),
  hostileText.map((text) => `x-a: ${text}`),
  hostileText.map((text) => `x-request-id: ${text}`),
);
const segment = fc.oneof(
  hostileText,
  hostileText.map(encodeURIComponentOrNot),
  fc.constantFrom('prometheus/metrics', '..%2f..', '%'),
);
const requests = fc
  .record({
    method: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom('GET', 'POST', 'HEAD') },
      { weight: 2, arbitrary: fc.constantFrom('OPTIONS', 'PUT', 'DELETE', 'TRACE', 'CONNECT', 'get', 'PRI') },
    ),
    path: fc.oneof(
      fc.constantFrom(...paths),
      segment.map((text) => `/${text}`),
    ),
    name: segment,
    query: fc.array(
      fc.tuple(fc.constantFrom('configMap', 'limit', 'offset', 'search', 'decision', 'a[b]', '__proto__'), segment),
      {
        maxLength: 3,
      },
    ),
    authorization: fc.oneof(
      { weight: 4, arbitrary: fc.constant(`Bearer ${token}`) },
      fc.constantFrom('', 'Bearer x', 'Basic YTpi'),
      hostileText,
    ),
    headers: fc.array(header, { maxLength: 3 }),
    body: fc.oneof(
      fc.constant(''),
      mutatedData(bodies).map((data) => JSON.stringify(data)),
      hostileText,
    ),
  })
  .map(({ method, path, name, query, authorization, headers, body }) => {
    const search = query.map(([key, value]) => `${key}=${value}`).join('&');
    const hasBody = method === 'POST' || body !== '';
    const bytes = Buffer.from(body);
    const lines = [
      `${method} ${path.replace('{name}', name)}${search === '' ? '' : `?${search}`} HTTP/1.1`,
      'host: a',
      ...(authorization === '' ? [] : [`authorization: ${authorization}`]),
      ...(hasBody ? ['content-type: application/json', `content-length: ${bytes.length}`] : []),
      ...headers,
    ];
    return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`).toString('latin1');
  });

function encodeURIComponentOrNot(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) : text;
}

const fromArgoCd = `x-dynamic-toolset-secret: ${secret}\r\nargocd-username: a\r\nargocd-application-name: argocd:one\r\nargocd-project-name: default`;
const seeds = [
  `GET /api/v1/extension/configmap?configMap=holmesgpt/c HTTP/1.1\r\nhost: a\r\n${fromArgoCd}\r\n\r\n`,
  `GET /api/v1/explain?limit=1 HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${token}\r\n\r\n`,
  `POST /api/v1/discover HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
  'GET /api/v1/toolsets HTTP/1.1\r\nhost: a\r\n\r\nGET /openapi.json HTTP/1.1\r\nhost: a\r\n\r\n',
  'GET /metrics HTTP/1.0\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001',
];

describe('fuzz/http', () => {
  const ended = new AbortController();
  const bugs: unknown[] = [];
  let listener: Listener;

  before(async () => {
    const prober = (): Promise<never> => Promise.reject(new Error('nothing is probed'));
    const model = clusterModel();
    model.put(prometheus('monitoring', secretName));
    model.put(service({ name: 'other' }));
    const spec = { health: { check: 'none' } };
    model.putConfigMap(await generated({ name: 'c', spec, cluster: model.cluster, prober }));
    model.putApplication(application({ configMaps: [{ namespace: 'holmesgpt', name: 'c', status: 'Synced' }] }));
    const changes = new ChangeFeed(ended.signal);
    const reconciler = new Reconciler({
      caches: model.caches,
      signal: ended.signal,
      prober,
      evidence: model.cluster,
      stores: () => Promise.resolve({ noFacts: 'Credential' }),
      here: hubIdentity,
      grantOf: () => null,
      permits: () => Promise.resolve(true),
      onBug: (error) => bugs.push(error),
      onStatus: (after, before) => {
        changes.statusChanged(after, before);
      },
    });
    reconciler.start();
    const requestHistory = new RequestHistory(systemClock, () => true);
    const serviceHistory = new ServiceHistory(systemClock);
    const configMapHistory = new ConfigMapHistory(systemClock);
    const sources = {
      cluster: 'in-cluster',
      connection: apiConnection,
      caches: model.caches,
      reconciler,
      requestHistory,
      serviceHistory,
      configMapHistory,
      changes,
    };
    const readModel = createReadModel({ ...sources, clock: systemClock, links: noLinks, signal: ended.signal });
    // A second passes with each look: no limit of requests is reached.
    let now = 0;
    const authorizer = new Authorizer(reviews, { now: () => (now += 1_000) });
    const app = createApp({
      metrics: createMetrics(),
      clusters: () => [
        {
          name: 'in-cluster',
          isOwn: true,
          server: 'example.com',
          isOpen: true,
          unread: null,
          since: 0,
          services: 2,
          configMaps: 1,
          model: readModel,
          builtFromOthers: [],
          parts: null,
        },
      ],
      authorizer,
      extension: new ExtensionAccess((text) => text === secret, { now: () => (now += 1_000) }),
      metricsAccess: 'token',
      streams: new EventStreams({ changes, authorizer, signal: ended.signal }),
      version: '1.2.3',
      notReady: () => null,
      onBug: (error) => bugs.push(error),
    });
    listener = await listen(app, { host: '127.0.0.1', port: 0, certificate: null });
  });
  after(async () => {
    ended.abort();
    await listener.close(0);
  });

  fuzz<Input>({
    name: 'http',
    law: 'answers any bytes without a bug, reveals nothing of the cluster without a token, and keeps serving',
    inputs: fc.record({
      request: fc.oneof(
        { weight: 3, arbitrary: requests },
        { weight: 3, arbitrary: mutatedText(seeds).map((text) => Buffer.from(text).toString('latin1')) },
      ),
      chunk: fc.constantFrom(0, 0, 0, 1, 50),
    }),
    check: async ({ request, chunk }) => {
      const answer = await exchange(listener.port, Buffer.from(request, 'latin1'), chunk);

      assertAnswer(answer, request);
      if (!request.includes(token) && !request.includes(secret)) expect(answer).not.to.include(secretName);
      expect(bugs.splice(0)).to.deep.equal([]);
      const healthy = 'GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n';
      expect(await exchange(listener.port, Buffer.from(healthy), 0)).to.match(/^HTTP\/1\.1 200 OK[^]*\r\n\r\nok\n$/);
    },
  });
});

/** Sends the bytes and reads until the server has nothing more to say. */
async function exchange(port: number, bytes: Buffer, chunk: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const parts: Buffer[] = [];
  const socket = connect(port, '127.0.0.1');
  const idle = setTimeout(() => socket.end(), idleMs);
  const limit = setTimeout(reject, patienceMs, new Error('the server keeps a connection that the client has ended'));
  socket.setNoDelay(true);
  socket.on('data', (part: Buffer) => {
    parts.push(part);
    idle.refresh();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    clearTimeout(idle);
    clearTimeout(limit);
    resolve(Buffer.concat(parts).toString('latin1'));
  });
  const size = chunk === 0 ? bytes.length : Math.max(chunk, Math.ceil(bytes.length / 20));
  for (let at = 0; at < bytes.length; at += size) socket.write(bytes.subarray(at, at + size));
  return promise;
}

const statuses = new Set([100, 200, 304, 417, ...Object.values(problems).map(({ status }) => status)]);
/** Of every response; a header that a request brings in would be another. */
const knownHeaders =
  /^(?:accept|accept-encoding|connection|keep-alive|date|content-type|content-length|transfer-encoding|etag|vary|cache-control|allow|www-authenticate|retry-after|ratelimit|ratelimit-policy|x-request-id|x-content-type-options|content-security-policy|x-accel-buffering)$/;

/** Node itself refuses a request without a host, or with an expectation that it does not know, and says no more. */
function isOfNode(status: number, headers: ReadonlyMap<string, string>): boolean {
  return (status === 400 || status === 417) && !headers.has('content-type');
}

/** The first answer; a bug would be 500. */
function assertAnswer(answer: string, request: string): void {
  expect(answer.length).to.be.at.most(maxAnswer * request.split('HTTP/1.').length);
  if (answer === '') return;
  const [head = '', ...rest] = answer.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]);
  expect(statuses.has(status) && status !== 500, `${first} for ${JSON.stringify(request.slice(0, 300))}`).to.equal(
    true,
  );
  const headers = new Map(
    lines
      .map((line) => line.split(/: ?(.*)/s, 2) as [string, string])
      .map(([name, value]) => [name.toLowerCase(), value]),
  );
  for (const name of headers.keys()) expect(name).to.match(knownHeaders);
  expect(headers.get('x-request-id') ?? 'none').to.match(/^[A-Za-z0-9._-]{1,64}$/);
  const body = rest.join('\r\n\r\n');
  if (status < 400 || isOfNode(status, headers)) return;
  expect(headers.get('content-type')).to.match(/^(?:application\/problem\+json|text\/plain; charset=utf-8)/);
  if (
    headers.get('content-type')?.includes('json') &&
    body !== '' &&
    Number(headers.get('content-length')) === body.length
  )
    expect(JSON.parse(Buffer.from(body, 'latin1').toString())).to.include.keys('type', 'title', 'status', 'detail');
}
