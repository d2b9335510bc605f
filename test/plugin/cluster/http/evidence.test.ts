import { expect } from 'chai';
import nock from 'nock';
import { prometheus } from '../../../../detectors/prometheus.ts';
import type { CustomResource } from '../../../../detectors/types.ts';
import type { EvidenceTimeouts } from '../../../../plugin/cluster/http/evidence.ts';
import { evidenceOf, maxObjectBytes, runTimeouts } from '../../../../plugin/cluster/http/evidence.ts';
import type { Cluster, PodRef, ResourceRef } from '../../../../plugin/cluster/types.ts';
import { apiConnection, apiUrl } from '../../../support/api.ts';
import { answerOnLoopback } from '../../../support/loopback.ts';

const prometheusType = prometheus.resources![0]!;
const two: CustomResource = { ...prometheusType, versions: ['v1', 'v1beta1'] };
const ref: ResourceRef = { type: two, namespace: 'obs', name: 'k8s', uid: 'u1' };
const keys = { commands: new Set<string>(), flags: new Map() };
const podRef: PodRef = { namespace: 'obs', name: 'k8s-0', selector: { app: 'k8s' } };
const never = new AbortController().signal;

const at = (version: string): string => `/apis/monitoring.coreos.com/${version}/namespaces/obs/prometheuses/k8s`;
const podPath = '/api/v1/namespaces/obs/pods/k8s-0';
const k8s = (spec: unknown): object => ({ kind: 'Prometheus', metadata: { name: 'k8s', uid: 'u1' }, spec });
const notFound = { kind: 'Status', reason: 'NotFound', details: { name: 'k8s', kind: 'prometheuses' } };

describe('plugin/cluster/http/evidence', () => {
  let cluster: Pick<Cluster, 'customResource' | 'pod'>;
  beforeEach(() => {
    cluster = evidenceOf(apiConnection, never, runTimeouts);
  });

  it('reads a custom resource in the newest version that is served', async () => {
    nock(apiUrl).get(at('v1')).reply(404, '404 page not found\n');
    nock(apiUrl)
      .get(at('v1beta1'))
      .reply(200, k8s({ routePrefix: '/prometheus' }));

    const { value } = (await cluster.customResource(ref)) as { value: object };

    expect(value).to.deep.equal({ prefix: '/prometheus' });
  });

  it('reports NotServed when each version is a 404 of the path, with or without JSON', async () => {
    nock(apiUrl).get(at('v1')).reply(404, '404 page not found\n');
    nock(apiUrl).get(at('v1beta1')).reply(404, { kind: 'Status', reason: 'NotFound' });

    expect(await cluster.customResource(ref)).to.deep.equal({ unread: 'NotServed' });
  });

  it('does not try another version of an object that is gone', async () => {
    nock(apiUrl).get(at('v1')).reply(404, notFound);

    expect(await cluster.customResource(ref)).to.deep.equal({ unread: 'NotFound' });
  });

  it('does not read an object with another uid', async () => {
    nock(apiUrl).get(at('v1')).times(2).reply(200, k8s({}));

    expect(await cluster.customResource({ ...ref, uid: 'u2' })).to.deep.equal({ unread: 'NotItsOwn' });
    expect(await cluster.customResource({ ...ref, uid: null })).to.deep.equal({ value: {} });
  });

  it('does not read a response that is another object', async () => {
    for (const body of [
      { ...k8s({}), kind: 'Alertmanager' },
      { ...k8s({}), metadata: { name: 'other', uid: 'u1' } },
      { kind: 'PrometheusList', items: [k8s({})] },
      [],
      'null',
      'no JSON',
    ]) {
      nock(apiUrl).get(at('v1')).reply(200, body);

      expect(await cluster.customResource(ref)).to.deep.equal({ unread: 'Unavailable' });
    }
  });

  for (const [spec, value] of [
    ['a text', {}],
    [[], {}],
    [{ routePrefix: { a: 1 }, web: 'x', listenLocal: [] }, {}],
    [{ routePrefix: '/{{ x }}', web: { tlsConfig: null } }, {}],
    [{ routePrefix: `/${'x'.repeat(100_000)}`, externalUrl: 'x'.repeat(100_000) }, {}],
    [{ routePrefix: '/a', password: 'x'.repeat(100_000) }, { prefix: '/a' }],
  ] as const)
    it(`reads what is valid of the spec ${JSON.stringify(spec).slice(0, 60)}`, async () => {
      nock(apiUrl).get(at('v1')).reply(200, k8s(spec));

      expect(await cluster.customResource(ref)).to.deep.equal({ value });
    });

  it('reads an object of 256 KB, and nothing of a larger one', async () => {
    const pod = { kind: 'Pod', metadata: { labels: { app: 'k8s' } }, spec: { containers: [] }, more: '' };
    const padded = (object: object, bytes: number): object => ({
      ...object,
      more: 'x'.repeat(bytes - JSON.stringify({ ...object, more: '' }).length),
    });
    for (const [bytes, resource, own] of [
      [maxObjectBytes, { value: {} }, { value: [] }],
      [maxObjectBytes + 1, { unread: 'TooLarge' }, { unread: 'TooLarge' }],
    ] as const) {
      nock(apiUrl)
        .get(at('v1'))
        .reply(200, padded(k8s({}), bytes));
      nock(apiUrl).get(podPath).reply(200, padded(pod, bytes));

      expect(await cluster.customResource(ref)).to.deep.equal(resource);
      expect(await cluster.pod(podRef, keys)).to.deep.equal(own);
    }
  });

  it('reads a Pod that the selector matches, and no other one', async () => {
    const pod = (labels: object): object => ({ kind: 'Pod', metadata: { labels }, spec: { containers: [] } });
    nock(apiUrl)
      .get(podPath)
      .reply(200, pod({ app: 'k8s' }));
    nock(apiUrl)
      .get(podPath)
      .reply(200, pod({ app: 'other' }));
    nock(apiUrl)
      .get(podPath)
      .reply(200, { ...pod({ app: 'k8s' }), kind: 'PodList' });

    expect(await cluster.pod(podRef, keys)).to.deep.equal({ value: [] });
    expect(await cluster.pod(podRef, keys)).to.deep.equal({ unread: 'NotItsOwn' });
    expect(await cluster.pod(podRef, keys)).to.deep.equal({ unread: 'Unavailable' });
    expect(await cluster.pod({ ...podRef, name: null }, keys)).to.deep.equal({ unread: 'NotFound' });
  });

  for (const [status, unread] of [
    [401, 'Forbidden'],
    [403, 'Forbidden'],
    [302, 'Unavailable'],
    [410, 'Unavailable'],
    [429, 'Unavailable'],
    [500, 'Unavailable'],
    [503, 'Unavailable'],
  ] as const)
    it(`reports ${unread} when the API server answers ${String(status)}, without a retry`, async () => {
      nock(apiUrl).get(at('v1')).reply(status, {});
      nock(apiUrl).get(podPath).reply(status, {});

      expect(await cluster.customResource(ref)).to.deep.equal({ unread });
      expect(await cluster.pod(podRef, keys)).to.deep.equal({ unread });
    });

  it('reports Unavailable when the connection breaks, there is no credential, or the run has ended', async () => {
    nock(apiUrl).get(at('v1')).replyWithError('socket hang up');
    const authenticate = (): Promise<never> => Promise.reject(new Error('no token'));
    const anonymous = evidenceOf({ ...apiConnection, authenticate }, never, runTimeouts);
    const ended = evidenceOf(apiConnection, AbortSignal.abort(), runTimeouts);

    for (const one of [cluster, anonymous, ended])
      expect(await one.customResource(ref)).to.deep.equal({ unread: 'Unavailable' });
  });

  it('limits the wait for one object, and for all objects of a run together', async () => {
    nock.restore();
    let requests = 0;
    const server = await answerOnLoopback(() => {
      requests += 1;
    });
    const connection = { ...apiConnection, server: new URL(`http://127.0.0.1:${String(server.port)}`) };
    const read = (timeouts: EvidenceTimeouts): Promise<unknown> =>
      evidenceOf(connection, never, timeouts).customResource(ref);
    try {
      expect(await read({ objectMs: 20, allMs: 60_000 })).to.deep.equal({ unread: 'Unavailable' });
      expect(await read({ objectMs: 60_000, allMs: 20 })).to.deep.equal({ unread: 'Unavailable' });
      expect(await read({ objectMs: 20, allMs: null })).to.deep.equal({ unread: 'Unavailable' });
      const run = evidenceOf(connection, never, { objectMs: 60_000, allMs: 20 });
      for (let index = 0; index < 5; index += 1) await run.pod(podRef, keys);
      // One each: on a busy machine a request can be given up before the server sees it.
      expect(requests).to.be.at.most(4);
    } finally {
      await server.stop();
      nock.activate();
    }
  });
});
