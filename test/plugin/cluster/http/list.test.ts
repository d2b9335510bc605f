import { expect } from 'chai';
import { list, listWithVersion, pageSize } from '../../../../plugin/cluster/http/list.ts';
import type { ApiReader, ApiResponse } from '../../../../plugin/cluster/http/api-client.ts';
import { asObject, asString } from '../../../../plugin/lib/json.ts';
import { failure } from '../../../support/failure.ts';

const services = { group: '', resource: 'services', verb: 'list', namespace: null } as const;

/** The name of an object, for the view of a list; `null` drops it. */
function nameOf(object: unknown): string | null {
  const name = asString(asObject(asObject(object).metadata).name);
  return name === 'dropped' ? null : name;
}

function page(names: readonly string[], next = '', metadata: object = {}): ApiResponse {
  const items = names.map((name) => ({ metadata: { name, namespace: 'team' } }));
  return listed({ items, metadata: { continue: next, resourceVersion: '7', ...metadata } });
}

function listed(body: object): ApiResponse {
  return { status: 200, body: { kind: 'ServiceList', apiVersion: 'v1', metadata: { resourceVersion: '7' }, ...body } };
}

/** Answers the n-th request with the n-th response, and all further ones with the last. */
function answering(
  responses: readonly ApiResponse[],
  itemBytes: readonly number[] = [],
): { readonly read: ApiReader; readonly paths: string[] } {
  const paths: string[] = [];
  const read: ApiReader = (path, _resource, begin) => {
    paths.push(path);
    const response = responses[Math.min(paths.length, responses.length) - 1]!;
    const take = begin?.();
    const { items } = asObject(response.body);
    for (const item of Array.isArray(items) ? items : []) take?.(item, itemBytes[paths.length - 1] ?? 0);
    return Promise.resolve(response);
  };
  return { read, paths };
}

describe('plugin/cluster/http/list', () => {
  it('reads all pages in their order, and leaves out what the view drops', async () => {
    const { read, paths } = answering([page(['a', 'dropped'], 'x/1'), page(['b'])]);

    expect(await listWithVersion(read, services, nameOf)).to.deep.equal({ items: ['a', 'b'], resourceVersion: '7' });
    expect(paths).to.deep.equal([
      `/api/v1/services?limit=${String(pageSize)}`,
      `/api/v1/services?limit=${String(2 * pageSize)}&continue=x%2F1`,
    ]);
  });

  it('asks for the labels and the page size that it is given', async () => {
    const { read, paths } = answering([page([])]);

    await list(read, { ...services, namespace: 'team' }, nameOf, { labelSelector: 'a in (b,c)', limit: 5 });

    expect(paths).to.deep.equal(['/api/v1/namespaces/team/services?limit=5&labelSelector=a+in+%28b%2Cc%29']);
  });

  it('starts again from the first page where a continue token expires, without the pages before', async () => {
    const { read, paths } = answering([
      page(['old'], 't'),
      { status: 410, body: {} },
      page(['a'], 'u', { resourceVersion: '9' }),
      page(['b'], '', { resourceVersion: '9' }),
    ]);

    expect(await listWithVersion(read, services, nameOf)).to.deep.equal({ items: ['a', 'b'], resourceVersion: '9' });
    expect(paths).to.have.length(4);
    expect(paths[2]).to.equal(paths[0]);
  });

  it('fails where the continue token expires twice', async () => {
    const expired = { status: 410, body: {} };
    const { read } = answering([page(['a'], 't'), expired, page(['a'], 't'), expired]);

    const error = await failure(() => list(read, services, nameOf));

    expect(error.code).to.equal('CLUSTER_FAILED');
    expect(error.message).to.equal("list services failed: the API server's list expired twice (410)");
  });

  const mib = 1024 * 1024;
  for (const [title, bytes, limits] of [
    ['fewer objects after a large page, and twice as many after a small one', [10 * mib, mib, 0], [100, 10, 10, 20]],
    ['one object after the largest page', [2000 * mib], [100, 1]],
    ['1,000 objects at most, however small they are', [0, 0, 0, 0, 0], [100, 200, 400, 800, 1000, 1000]],
  ] as const) {
    it(`asks for ${title}`, async () => {
      const pages = bytes.map((_, index) => page([`a${String(index)}`], `t${String(index)}`));
      const { read, paths } = answering([...pages, page(['last'])], bytes);

      await list(read, services, nameOf, { limit: 100 });

      const asked = paths.map((path) => new URLSearchParams(path.split('?')[1]).get('limit'));
      expect(asked).to.deep.equal(limits.map(String));
    });
  }

  const metadata = { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' };

  for (const [title, responses, says] of [
    ['a 410 on the first page', [{ status: 410, body: {} }], '410'],
    ['a 404', [{ status: 404, body: null }], '404'],
    ['an object', [listed({ kind: 'Service', items: [] })], 'with "Service" of "v1", not v1 ServiceList'],
    ['a list of another kind', [listed({ kind: 'PodList', items: [] })], 'with "PodList" of "v1", not v1 ServiceList'],
    [
      'a list of another version',
      [listed({ apiVersion: 'v2', items: [] })],
      'with "ServiceList" of "v2", not v1 ServiceList',
    ],
    ['a list without items', [listed({})], 'with "ServiceList" of "v1", not v1 ServiceList'],
    ['null', [{ status: 200, body: null }], 'with null of null, not v1 ServiceList'],
    [
      'metadata alone, which was not asked for',
      [listed({ ...metadata, items: [] })],
      'with "PartialObjectMetadataList" of "meta.k8s.io/v1", not v1 ServiceList',
    ],
    [
      'a second page of another kind',
      [page(['a'], 't'), listed({ kind: 'PodList', items: [] })],
      'with "PodList" of "v1", not v1 ServiceList',
    ],
    [
      'pages of two resource versions',
      [page(['a'], 't'), page(['b'], '', { resourceVersion: '8' })],
      'with pages of the resource versions "7" and "8"',
    ],
    [
      'a list without a resource version',
      [listed({ items: [], metadata: {} })],
      'with a list without a resource version',
    ],
    ['an object twice in a page', [page(['a', 'a'])], 'with "team/a" twice'],
    ['an object twice on different pages', [page(['a'], 't'), page(['b', 'a'])], 'with "team/a" twice'],
    [
      'an item of another kind',
      [listed({ items: [{ kind: 'Pod', metadata: { name: 'a' } }] })],
      'with an item of kind "Pod"',
    ],
    [
      'a kind without an end, of which it tells the beginning',
      [listed({ items: [{ kind: 'x'.repeat(1_000), metadata: { name: 'a' } }] })],
      `with an item of kind "${'x'.repeat(79)}…`,
    ],
    ['an item without a name', [page([''])], 'with an item without a name'],
    ['the same continue token twice', [page(['a'], 't'), page(['b'], 't')], 'with the same continue token twice'],
    ['a continue token that is no text', [page(['a'], '', { continue: 0 })], 'with a continue token that is a number'],
  ] as const) {
    it(`refuses ${title}`, async () => {
      const error = await failure(() => list(answering(responses).read, services, nameOf));

      expect(error.code).to.equal('CLUSTER_RESPONSE_INVALID');
      expect(error.message).to.equal(`list services failed: the API server answered ${says}`);
    });
  }

  it('refuses an object of another namespace than the one that was asked for', async () => {
    const error = await failure(() => list(answering([page(['a'])]).read, { ...services, namespace: 'other' }, nameOf));

    expect(error.message).to.equal('list services failed: the API server answered with "a" of another namespace');
  });

  for (const [title, responses, says] of [
    [
      'an end where more is to follow',
      [page(['a'], '', { remainingItemCount: 2 })],
      '1 objects in all, where its first page says 3',
    ],
    [
      'fewer objects than the first page said',
      [page(['a'], 't', { remainingItemCount: 2 }), page(['b'])],
      '2 objects in all, where its first page says 3',
    ],
  ] as const) {
    it(`lists again after ${title}, and refuses it the second time`, async () => {
      const error = await failure(() => list(answering([...responses, ...responses]).read, services, nameOf));
      const { read } = answering([...responses, page(['a', 'b', 'c'])]);

      expect(error.code).to.equal('CLUSTER_RESPONSE_INVALID');
      expect(error.message).to.equal(`list services failed: the API server answered with ${says} in all`);
      expect(await list(read, services, nameOf)).to.deep.equal(['a', 'b', 'c']);
    });
  }

  it('takes more objects than its pages said, for what they say is an estimate', async () => {
    const pages = [
      page(['a'], 't', { remainingItemCount: 1 }),
      page(['b'], 'u', { remainingItemCount: 7 }),
      page(['c'], 'v', { remainingItemCount: 1 }),
      page(['d']),
    ];

    expect(await list(answering(pages).read, services, nameOf)).to.deep.equal(['a', 'b', 'c', 'd']);
  });

  it('takes pages that say how many objects follow', async () => {
    const pages = [
      page(['a'], 't', { remainingItemCount: 2 }),
      page(['b'], 'u', { remainingItemCount: 1 }),
      page(['c']),
    ];

    expect(await list(answering(pages).read, services, nameOf)).to.deep.equal(['a', 'b', 'c']);
  });

  it('ends a list of pages without an end, with or without objects', async () => {
    for (const count of [0, 100]) {
      let pages = 0;
      const read: ApiReader = (_path, _resource, begin) => {
        const take = begin?.();
        const names = Array.from({ length: count }, (_, index) => `web-${String(pages)}-${String(index)}`);
        for (const name of names) take?.({ metadata: { name } }, 100);
        pages += 1;
        return Promise.resolve(page([], String(pages)));
      };

      const error = await failure(() => list(read, services, () => null));

      const limit = count === 0 ? '10000 pages' : '250000 objects';
      expect(error.message).to.equal(`list services failed: the API server answered with more than ${limit}`);
    }
  });

  it('takes `items: null` of a list of metadata for an empty list', async () => {
    const { read } = answering([listed({ ...metadata, items: null })]);

    expect(await listWithVersion(read, services, nameOf, { metadataOnly: true })).to.deep.equal({
      items: [],
      resourceVersion: '7',
    });
  });

  it('fails with the error of the view', async () => {
    const broken = (): never => {
      throw new Error('broken view');
    };

    const error: unknown = await list(answering([page(['a'])]).read, services, broken).catch(
      (reason: unknown) => reason,
    );

    expect(error).to.have.property('message', 'broken view');
  });
});
