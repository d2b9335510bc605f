import { expect } from 'chai';
import { list, listWithVersion, pageSize } from '../../../../plugin/cluster/http/list.ts';
import type { ApiReader, ApiResponse, ListOptions } from '../../../../plugin/cluster/http/api-client.ts';
import { PluginError } from '../../../../plugin/lib/errors.ts';
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
  const read: ApiReader = (path, _resource, options) => {
    paths.push(path);
    const response = responses[Math.min(paths.length, responses.length) - 1]!;
    return Promise.resolve(passing(response, options, itemBytes[paths.length - 1]));
  };
  return { read, paths };
}

/** Passes the items of the response on, as a reader does. */
function passing(response: ApiResponse, options: ListOptions = {}, bytes = 0): ApiResponse {
  const take = options.items?.();
  const { items } = asObject(response.body);
  for (const item of Array.isArray(items) ? items : []) take?.(item, bytes);
  return response;
}

describe('plugin/cluster/http/list', () => {
  it('reads all pages in order, and leaves out what the view drops', async () => {
    const { read, paths } = answering([page(['a', 'dropped'], 'x/1'), page(['b'])]);

    expect(await listWithVersion(read, services, nameOf)).to.deep.equal({ items: ['a', 'b'], resourceVersion: '7' });
    expect(paths).to.deep.equal([
      `/api/v1/services?limit=${String(pageSize)}`,
      `/api/v1/services?limit=${String(2 * pageSize)}&continue=x%2F1`,
    ]);
  });

  it('requests the given labels and page size', async () => {
    const { read, paths } = answering([page([])]);

    await list(read, { ...services, namespace: 'team' }, nameOf, { labelSelector: 'a in (b,c)', limit: 5 });

    expect(paths).to.deep.equal(['/api/v1/namespaces/team/services?limit=5&labelSelector=a+in+%28b%2Cc%29']);
  });

  it('starts again from the first page when a continue token expires, and discards the pages before', async () => {
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

  const expired = { status: 410, body: {} };

  it('requests the whole list in one response when the continue token expires twice', async () => {
    const whole = page(['a', 'b'], '', { resourceVersion: '9' });
    const { read, paths } = answering([page(['a'], 't'), expired, page(['a'], 't'), expired, whole]);

    const result = await listWithVersion(read, services, nameOf, { labelSelector: 'a=b' });

    expect(result).to.deep.equal({ items: ['a', 'b'], resourceVersion: '9' });
    expect(paths[4]).to.equal('/api/v1/services?labelSelector=a%3Db');
  });

  it('requests the whole list when its token expires after it came with too few objects', async () => {
    const short = page(['a'], '', { remainingItemCount: 1 });
    const { read, paths } = answering([short, page(['a'], 't'), expired, page(['a', 'b'])]);

    expect(await list(read, services, nameOf)).to.deep.equal(['a', 'b']);
    expect(paths[3]).to.equal('/api/v1/services?');
  });

  it('fails when even the whole list comes in pages, and expires', async () => {
    const { read } = answering([page(['a'], 't'), expired, page(['a'], 't'), expired, page(['a'], 't'), expired]);

    const error = await failure(() => list(read, services, nameOf));

    expect(error.code).to.equal('CLUSTER_FAILED');
    expect(error.message).to.equal("list services failed: the API server's list expired each time it was read (410)");
  });

  const mib = 1024 * 1024;
  for (const [title, bytes, limits] of [
    ['fewer objects after a large page, and twice as many after a small one', [10 * mib, mib, 0], [100, 10, 10, 20]],
    ['one object after the largest page', [2000 * mib], [100, 1]],
    ['at most 1,000 objects, however small they are', [0, 0, 0, 0, 0], [100, 200, 400, 800, 1000, 1000]],
  ] as const) {
    it(`requests ${title}`, async () => {
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
    [
      'an object instead of a list',
      [listed({ kind: 'Service', items: [] })],
      'with "Service" of "v1", not v1 ServiceList',
    ],
    ['a list of another kind', [listed({ kind: 'PodList', items: [] })], 'with "PodList" of "v1", not v1 ServiceList'],
    [
      'a list of another version',
      [listed({ apiVersion: 'v2', items: [] })],
      'with "ServiceList" of "v2", not v1 ServiceList',
    ],
    ['a list without items', [listed({})], 'with "ServiceList" of "v1", not v1 ServiceList'],
    ['null', [{ status: 200, body: null }], 'with null of null, not v1 ServiceList'],
    [
      'metadata only, which was not requested',
      [listed({ ...metadata, items: [] })],
      'with "PartialObjectMetadataList" of "meta.k8s.io/v1", not v1 ServiceList',
    ],
    [
      'a second page of another kind',
      [page(['a'], 't'), listed({ kind: 'PodList', items: [] })],
      'with "PodList" of "v1", not v1 ServiceList',
    ],
    [
      'pages with two resource versions',
      [page(['a'], 't'), page(['b'], '', { resourceVersion: '8' })],
      'with pages of the resource versions "7" and "8"',
    ],
    [
      'a list without a resource version',
      [listed({ items: [], metadata: {} })],
      'with a list without a resource version',
    ],
    ['a duplicate object on one page', [page(['a', 'a'])], 'with "team/a" twice'],
    ['a duplicate object on different pages', [page(['a'], 't'), page(['b', 'a'])], 'with "team/a" twice'],
    [
      'an item of another kind',
      [listed({ items: [{ kind: 'Pod', metadata: { name: 'a' } }] })],
      'with an item of kind "Pod"',
    ],
    [
      'an overlong kind, of which it prints the beginning',
      [listed({ items: [{ kind: 'x'.repeat(1_000), metadata: { name: 'a' } }] })],
      `with an item of kind "${'x'.repeat(79)}…`,
    ],
    ['an item without a name', [page([''])], 'with an item without a name'],
    ['the same continue token twice', [page(['a'], 't'), page(['b'], 't')], 'with the same continue token twice'],
    [
      'a continue token that is not a string',
      [page(['a'], '', { continue: 0 })],
      'with a continue token that is a number',
    ],
  ] as const) {
    it(`rejects ${title}`, async () => {
      const error = await failure(() => list(answering(responses).read, services, nameOf));

      expect(error.code).to.equal('CLUSTER_RESPONSE_INVALID');
      expect(error.message).to.equal(`list services failed: the API server answered ${says}`);
    });
  }

  it('rejects an object from a namespace that was not requested', async () => {
    const error = await failure(() => list(answering([page(['a'])]).read, { ...services, namespace: 'other' }, nameOf));

    expect(error.message).to.equal('list services failed: the API server answered with "a" of another namespace');
  });

  for (const [title, responses, says] of [
    [
      'an end although more should follow',
      [page(['a'], '', { remainingItemCount: 2 })],
      '1 objects in all, where its first page says 3',
    ],
    [
      'fewer objects than the first page announces',
      [page(['a'], 't', { remainingItemCount: 2 }), page(['b'])],
      '2 objects in all, where its first page says 3',
    ],
  ] as const) {
    it(`lists again after ${title}, and rejects it the second time`, async () => {
      const error = await failure(() => list(answering([...responses, ...responses]).read, services, nameOf));
      const { read } = answering([...responses, page(['a', 'b', 'c'])]);

      expect(error.code).to.equal('CLUSTER_RESPONSE_INVALID');
      expect(error.message).to.equal(`list services failed: the API server answered with ${says} in all`);
      expect(await list(read, services, nameOf)).to.deep.equal(['a', 'b', 'c']);
    });
  }

  it('accepts more objects than its pages announce, as their number is an estimate', async () => {
    const pages = [
      page(['a'], 't', { remainingItemCount: 1 }),
      page(['b'], 'u', { remainingItemCount: 7 }),
      page(['c'], 'v', { remainingItemCount: 1 }),
      page(['d']),
    ];

    expect(await list(answering(pages).read, services, nameOf)).to.deep.equal(['a', 'b', 'c', 'd']);
  });

  it('accepts pages that announce how many objects follow', async () => {
    const pages = [
      page(['a'], 't', { remainingItemCount: 2 }),
      page(['b'], 'u', { remainingItemCount: 1 }),
      page(['c']),
    ];

    expect(await list(answering(pages).read, services, nameOf)).to.deep.equal(['a', 'b', 'c']);
  });

  it('stops at a list with endless pages, with or without objects', async () => {
    for (const count of [0, 100]) {
      let pages = 0;
      const read: ApiReader = (_path, _resource, { items } = {}) => {
        const take = items?.();
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

  describe('a list of more than 20,000 objects', () => {
    const first = page(['a'], 't', { remainingItemCount: 20_000 });
    const all = Array.from({ length: 20_001 }, (_, index) => `web-${String(index)}`);
    const rest = page(all.slice(1));
    const ok = (body: object): ApiResponse => ({ status: 200, body });
    const current = ok({ major: '1', minor: '34' });

    /** Answers for the version, for the list without a limit, and for the first and second page; keeps what was asked. */
    function server(
      version: () => ApiResponse,
      whole: () => ApiResponse,
      begin = first,
    ): { readonly read: ApiReader; readonly asked: string[]; readonly attempts: (number | undefined)[] } {
      const asked: string[] = [];
      const attempts: (number | undefined)[] = [];
      const answers = { version, whole, first: () => begin, second: () => rest };
      const read: ApiReader = (path, _resource, options) => {
        const params = new URLSearchParams(path.split('?')[1]);
        const page = params.has('continue') ? 'second' : 'first';
        const what = path === '/version' ? 'version' : params.has('limit') ? page : 'whole';
        asked.push(what);
        attempts.push(options?.attempts);
        return Promise.resolve().then(() => passing(answers[what](), options));
      };
      return { read, asked, attempts };
    }

    for (const minor of ['34', '34+', '40'])
      it(`is read in one response from an API server 1.${minor}`, async () => {
        const whole = page(all, '', { resourceVersion: '9' });
        const { read, asked, attempts } = server(
          () => ok({ major: '1', minor }),
          () => whole,
        );

        const { items, resourceVersion } = await listWithVersion(read, services, nameOf, { labelSelector: 'x' });

        expect(asked).to.deep.equal(['first', 'version', 'whole']);
        expect(attempts).to.deep.equal([undefined, 1, 1]);
        expect(items).to.deep.equal(all);
        expect(resourceVersion).to.equal('9');
      });

    const failing = (error: Error) => (): never => {
      throw error;
    };
    const refused = failing(new PluginError('CLUSTER_FORBIDDEN', 'no', { hint: 'none' }));
    for (const [title, version] of [
      ['an older API server', () => ok({ major: '1', minor: '33' })],
      ['an API server with another major version', () => ok({ major: '0', minor: '34' })],
      ['an API server that does not report its version', () => ({ status: 404, body: null })],
      ['an API server that forbids reading its version', refused],
    ] as const)
      it(`is read in pages from ${title}`, async () => {
        const { read, asked } = server(version, () => page(all));

        expect(await list(read, services, nameOf)).to.have.length(20_001);
        expect(asked).to.deep.equal(['first', 'version', 'second']);
      });

    for (const [title, whole] of [
      ['fails', refused],
      ['is of another kind', () => ok({ kind: 'PodList' })],
      ['has a duplicate object', () => page([...all, 'web-0'])],
      ['has fewer objects than the first page announces', () => page(all.slice(1))],
      ['announces that more follows', () => page(all, 'u')],
      ['is a 404', () => ({ status: 404, body: null })],
    ] as const)
      it(`is read in pages when the single response ${title}`, async () => {
        const { read, asked } = server(() => current, whole);

        expect(await list(read, services, nameOf)).to.deep.equal(['a', ...all.slice(1)]);
        expect(asked).to.deep.equal(['first', 'version', 'whole', 'second']);
      });

    it('does not include one of exactly 20,000, which is read in pages', async () => {
      const { read, asked } = server(
        () => current,
        () => page(all),
        page(['a'], 't', { remainingItemCount: 19_999 }),
      );

      await list(read, services, nameOf);

      expect(asked).to.deep.equal(['first', 'second']);
    });

    it('fails with an error that is not a failure of the API server', async () => {
      const broken = failing(new Error('broken'));

      for (const { read } of [server(broken, () => page(all)), server(() => current, broken)]) {
        const error: unknown = await list(read, services, nameOf).catch((reason: unknown) => reason);
        expect(error).to.have.property('message', 'broken');
      }
    });
  });

  it('treats `items: null` of a list of metadata as an empty list', async () => {
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
