import { expect } from 'chai';
import { review } from '../../../../plugin/cluster/http/access-review.ts';
import type { ApiWriter } from '../../../../plugin/cluster/http/api-client.ts';
import { failure } from '../../../support/failure.ts';

describe('plugin/cluster/http/access-review', () => {
  for (const [kind, group, path] of [
    ['TokenReview', 'authentication.k8s.io', '/apis/authentication.k8s.io/v1/tokenreviews'],
    ['SelfSubjectReview', 'authentication.k8s.io', '/apis/authentication.k8s.io/v1/selfsubjectreviews'],
    ['SubjectAccessReview', 'authorization.k8s.io', '/apis/authorization.k8s.io/v1/subjectaccessreviews'],
  ] as const) {
    it(`creates a ${kind} and returns its status`, async () => {
      const requests: unknown[] = [];
      const write: ApiWriter = (...request) => {
        requests.push(request);
        return Promise.resolve({ status: 201, body: { status: { allowed: true } } });
      };

      expect(await review(write, kind, { user: 'a' }, { timeoutMs: 1_000 })).to.deep.equal({ allowed: true });
      expect(requests).to.deep.equal([
        [
          {
            method: 'POST',
            path,
            contentType: 'application/json',
            body: JSON.stringify({ apiVersion: `${group}/v1`, kind, spec: { user: 'a' } }),
            timeoutMs: 1_000,
          },
          { group, resource: path.split('/').at(-1), verb: 'create', namespace: null },
        ],
      ]);
    });
  }

  it('creates a LocalSubjectAccessReview in the namespace that it is about', async () => {
    const requests: unknown[] = [];
    const write: ApiWriter = (...request) => {
      requests.push(request);
      return Promise.resolve({ status: 201, body: {} });
    };

    await review(write, 'LocalSubjectAccessReview', { user: 'a' }, { namespace: 'n' });

    const path = '/apis/authorization.k8s.io/v1/namespaces/n/localsubjectaccessreviews';
    const body = {
      ...{ apiVersion: 'authorization.k8s.io/v1', kind: 'LocalSubjectAccessReview' },
      ...{ metadata: { namespace: 'n' }, spec: { user: 'a' } },
    };
    expect(requests).to.have.deep.nested.property('[0][0].path', path);
    expect(requests).to.have.deep.nested.property('[0][0].body', JSON.stringify(body));
  });

  it('rejects any status but 201 for a review', async () => {
    const write: ApiWriter = () => Promise.resolve({ status: 200, body: { status: { allowed: true } } });

    const error = await failure(() => review(write, 'SubjectAccessReview', {}));

    expect(error.code).to.equal('CLUSTER_RESPONSE_INVALID');
    expect(error.message).to.equal(
      'create subjectaccessreviews in all namespaces failed: the API server answered 200 without a review',
    );
  });
});
