import { expect } from 'chai';
import nock from 'nock';
import type { LiveConfigMap } from '../../../../../plugin/cluster/types.ts';
import type { ManagedConfigMap } from '../../../../../plugin/serve/reconcile/managed-config-map.ts';
import { configMapReader, readConfigMap } from '../../../../../plugin/serve/http/state/config-map-data.ts';
import type { ConfigMapReaderOptions, ReadConfigMap } from '../../../../../plugin/serve/http/state/config-map-data.ts';
import { testClock } from '../../../../support/clock.ts';
import type { TestClock } from '../../../../support/clock.ts';
import { failure } from '../../../../support/failure.ts';
import { connection, server } from '../../argocd/fake-connection.ts';

describe('plugin/serve/http/state/config-map-data', () => {
  let clock: TestClock;
  let data: Record<string, string> | null;
  let requests: number;
  let known: Set<string>;
  let read: ReadConfigMap;

  beforeEach(() => {
    clock = testClock();
    data = { key: 'a' };
    requests = 0;
    known = new Set(['ns/one', 'ns/two']);
    const objects = new Map([...known].map((key) => [key, { key } as unknown as ManagedConfigMap]));
    const configMaps = { get: (key: string) => (known.has(key) ? objects.get(key) : undefined) };
    read = configMapReader({
      caches: { configMaps } as unknown as ConfigMapReaderOptions['caches'],
      read: () => {
        requests += 1;
        return Promise.resolve(data && ({ data: { ...data } } as unknown as LiveConfigMap));
      },
      clock,
    });
  });

  it('caches what it has read for exactly 2 s', async () => {
    clock.advance(1_900);
    await read('ns/one');
    data = { key: 'b' };

    clock.advance(2_000);
    expect((await read('ns/one'))?.data).to.deep.equal({ key: 'a' });
    clock.advance(1);
    expect((await read('ns/one'))?.data).to.deep.equal({ key: 'b' });
    expect(requests).to.equal(2);
  });

  it('returns the same object as long as the content is unchanged', async () => {
    const first = await read('ns/one');
    clock.advance(2_001);
    expect(await read('ns/one')).to.equal(first);
    expect(requests).to.equal(2);

    data = { key: 'b' };
    clock.advance(2_001);
    expect(await read('ns/one')).to.not.equal(first);
  });

  it('reads each ConfigMap separately, and once for concurrent requests', async () => {
    await Promise.all([read('ns/one'), read('ns/one'), read('ns/two')]);

    expect(requests).to.equal(2);
  });

  it('sends no request for a ConfigMap that is not managed', async () => {
    expect(await read('ns/other')).to.equal(null);
    await read('ns/one');
    known.delete('ns/one');
    expect(await read('ns/one')).to.equal(null);
    expect(requests).to.equal(1);
  });

  it('returns null for a deleted ConfigMap, and its data once it exists again', async () => {
    data = null;
    expect(await read('ns/one')).to.equal(null);
    data = { key: 'a' };
    clock.advance(2_001);
    expect((await read('ns/one'))?.data).to.deep.equal({ key: 'a' });
  });

  it('caches at most 4 Mi characters', async () => {
    data = { key: 'x'.repeat(3 * 1024 * 1024) };
    await read('ns/one');
    await read('ns/two');
    expect(requests).to.equal(2);

    await read('ns/two');
    expect(requests).to.equal(2);
    await read('ns/one');
    expect(requests).to.equal(3);
  });

  it('calls a response that is not JSON a response of no API server', async () => {
    nock(server.origin)
      .get('/api/v1/namespaces/ns/configmaps')
      .query({ fieldSelector: 'metadata.name=one' })
      .reply(200, '<title>Sign in</title>');

    const failed = await readConfigMap(
      connection,
      { namespace: 'ns', name: 'one', labels: {}, annotations: {} },
      new AbortController().signal,
    ).catch((error: unknown) => error);

    expect(failed).to.include({ code: 'CLUSTER_RESPONSE_INVALID' });
  });

  describe('from the API server', () => {
    const at = '/api/v1/namespaces/holmesgpt/configmaps';
    const readBy = (reply: (scope: nock.Interceptor) => unknown): ReturnType<typeof readConfigMap> => {
      reply(nock(server.origin).get(at).query({ fieldSelector: 'metadata.name=toolsets' }));
      return readConfigMap(connection, { namespace: 'holmesgpt', name: 'toolsets' } as ManagedConfigMap, signal);
    };
    const { signal } = new AbortController();

    it('is the one item of a list, with its annotations and data', async () => {
      const metadata = { namespace: 'holmesgpt', name: 'toolsets', annotations: { a: '1' } };

      const found = await readBy((request) => request.reply(200, { items: [{ metadata, data: { 'a.yaml': 'x' } }] }));

      expect(found).to.deep.equal({ annotations: { a: '1' }, data: { 'a.yaml': 'x' } });
    });

    it('is null where the list is empty', async () => {
      expect(await readBy((request) => request.reply(200, { items: [] }))).to.equal(null);
    });

    for (const [title, code, reply] of [
      ['refuses', 'CLUSTER_FORBIDDEN', (request: nock.Interceptor) => request.reply(403, { message: 'no' })],
      ['fails', 'CLUSTER_FAILED', (request: nock.Interceptor) => request.reply(500, { message: 'no' })],
      ['is gone', 'CLUSTER_UNREACHABLE', (request: nock.Interceptor) => request.replyWithError('reset')],
    ] as const)
      it(`fails with ${code} when the server ${title}`, async () => {
        const error = await failure(() => readBy(reply));

        expect(error.code).to.equal(code);
        expect(error.message).to.include('configmaps').and.include('holmesgpt');
      });
  });
});
