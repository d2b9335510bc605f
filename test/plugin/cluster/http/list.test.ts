import { expect } from 'chai';
import { list, listWithVersion, pageSize } from '../../../../plugin/cluster/http/list.ts';
import type { ApiReader, ApiResponse } from '../../../../plugin/cluster/http/api-client.ts';
import { asObject, asString } from '../../../../plugin/lib/json.ts';
import { failure } from '../../../support/failure.ts';

const services = { group: '', resource: 'services', verb: 'list', namespace: null } as const;

/** The name of an object, for the view of a list. */
function nameOf(object: unknown): string | null {
  return asString(asObject(object).name) || null;
}

function page(names: readonly string[], next = '', resourceVersion = '7'): ApiResponse {
  const items = names.map((name) => ({ name }));
  return { status: 200, body: { kind: 'ServiceList', items, metadata: { continue: next, resourceVersion } } };
}

/** Answers the n-th request with the n-th response. */
function answering(...responses: readonly ApiResponse[]): { readonly read: ApiReader; readonly paths: string[] } {
  const paths: string[] = [];
  const read: ApiReader = (path) => {
    paths.push(path);
    const response = responses[paths.length - 1];
    return response ? Promise.resolve(response) : Promise.reject(new Error(`unexpected request ${path}`));
  };
  return { read, paths };
}

describe('plugin/cluster/http/list', () => {
  it('reads all pages in their order, and leaves out what the view drops', async () => {
    const { read, paths } = answering(page(['a', ''], 'x/1'), page(['b']));

    expect(await listWithVersion(read, services, nameOf)).to.deep.equal({ items: ['a', 'b'], resourceVersion: '7' });
    expect(paths).to.deep.equal([
      `/api/v1/services?limit=${String(pageSize)}`,
      `/api/v1/services?limit=${String(pageSize)}&continue=x%2F1`,
    ]);
  });

  it('asks for the labels and the page size that it is given', async () => {
    const { read, paths } = answering(page([]));

    await list(read, { ...services, namespace: 'team' }, nameOf, { labelSelector: 'a in (b,c)', limit: 5 });

    expect(paths).to.deep.equal(['/api/v1/namespaces/team/services?limit=5&labelSelector=a+in+%28b%2Cc%29']);
  });

  it('starts again from the first page where a continue token expires, without the pages before', async () => {
    const { read, paths } = answering(
      page(['old'], 't'),
      { status: 410, body: {} },
      page(['a'], 'u', '9'),
      page(['b'], '', '9'),
    );

    expect(await listWithVersion(read, services, nameOf)).to.deep.equal({ items: ['a', 'b'], resourceVersion: '9' });
    expect(paths).to.have.length(4);
    expect(paths[2]).to.equal(paths[0]);
  });

  it('fails where the continue token expires twice', async () => {
    const expired = { status: 410, body: {} };
    const { read } = answering(page(['a'], 't'), expired, page(['a'], 't'), expired);

    const error = await failure(() => list(read, services, nameOf));

    expect(error.code).to.equal('CLUSTER_FAILED');
    expect(error.message).to.equal("list services failed: the API server's list expired twice (410)");
  });

  for (const [title, response, says] of [
    ['a 410 on the first page', { status: 410, body: {} }, '410'],
    ['a 404', { status: 404, body: null }, '404'],
    ['an object', { status: 200, body: { kind: 'Service', items: [] } }, 'with "Service", not with a list'],
    ['a list without items', { status: 200, body: { kind: 'ServiceList' } }, 'with "ServiceList", not with a list'],
    ['null', { status: 200, body: null }, 'with null, not with a list'],
    [
      'an empty list of metadata without a version',
      { status: 200, body: { kind: 'PartialObjectMetadataList', items: null } },
      'with "PartialObjectMetadataList", not with a list',
    ],
  ] as const) {
    it(`refuses ${title}`, async () => {
      const error = await failure(() => list(answering(response).read, services, nameOf));

      expect(error.code).to.equal('CLUSTER_RESPONSE_INVALID');
      expect(error.message).to.equal(`list services failed: the API server answered ${says}`);
    });
  }

  it('takes `items: null` of a list of metadata for an empty list', async () => {
    const body = { kind: 'PartialObjectMetadataList', items: null, metadata: { resourceVersion: '3' } };

    expect(await listWithVersion(answering({ status: 200, body }).read, services, nameOf)).to.deep.equal({
      items: [],
      resourceVersion: '3',
    });
  });

  it('fails with the error of the view, though the page that is prefetched fails as well', async () => {
    const { read } = answering(page(['a'], 't'));
    const broken = (): never => {
      throw new Error('broken view');
    };

    const error: unknown = await list(read, services, broken).catch((reason: unknown) => reason);

    // An unhandled rejection would fail this test in the meantime.
    await new Promise((resolve) => setImmediate(resolve));
    expect(error).to.have.property('message', 'broken view');
  });
});
