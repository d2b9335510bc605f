import { expect } from 'chai';
import { apiVersionOf, collectionPath, groupPath, objectPath } from '../../../../plugin/cluster/http/resource-path.ts';

const services = { group: '', resource: 'services', namespace: null } as const;
const leases = { group: 'coordination.k8s.io', resource: 'leases', namespace: 'team' } as const;

describe('plugin/cluster/http/resource-path', () => {
  it('puts the core group under /api and every other group under /apis', () => {
    expect(groupPath('')).to.equal('/api/v1');
    expect(groupPath('argoproj.io')).to.equal('/apis/argoproj.io/v1alpha1');
  });

  it('writes apiVersion without a group for the core group', () => {
    expect(apiVersionOf('')).to.equal('v1');
    expect(apiVersionOf('argoproj.io')).to.equal('argoproj.io/v1alpha1');
  });

  it('builds the path of a collection in the whole cluster or in one namespace', () => {
    expect(collectionPath(services)).to.equal('/api/v1/services');
    expect(collectionPath({ ...services, namespace: 'team' })).to.equal('/api/v1/namespaces/team/services');
    expect(collectionPath(leases)).to.equal('/apis/coordination.k8s.io/v1/namespaces/team/leases');
  });

  it('builds the path of one object', () => {
    expect(objectPath(leases, 'toolset')).to.equal('/apis/coordination.k8s.io/v1/namespaces/team/leases/toolset');
  });

  it('escapes a namespace or a name, so that it cannot lead to another path', () => {
    expect(objectPath({ ...leases, namespace: '../x' }, 'a/b?c')).to.equal(
      '/apis/coordination.k8s.io/v1/namespaces/..%2Fx/leases/a%2Fb%3Fc',
    );
  });
});
