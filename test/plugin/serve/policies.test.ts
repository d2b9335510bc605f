import { expect } from 'chai';
import { openPolicies } from '../../../plugin/serve/policies.ts';
import { failure } from '../../support/failure.ts';
import { temporaryFolder } from '../../support/folder.ts';

describe('plugin/serve/policies', () => {
  const folder = temporaryFolder();
  const write = (projects: object): Promise<string> =>
    folder.write(
      'policy.yaml',
      JSON.stringify({
        apiVersion: 'toolset.kubernaut.ai/v1alpha1',
        kind: 'DiscoveryPolicy',
        spec: { projects },
      }),
    );

  it('grants what the file says, and nothing to a project that it does not name', async () => {
    const policies = await openPolicies(await write({ team: { namespaces: { include: ['team-*'] } } }));

    const granted = { include: ['team-*'], exclude: [], trust: null, clusters: ['in-cluster'] };
    expect(policies.grantOf('team', 'in-cluster')).to.deep.equal(granted);
    expect(policies.grantOf('other', 'in-cluster')).to.equal('nothing');
    expect(policies.grantOf('constructor', 'in-cluster')).to.equal('nothing');
  });

  it('grants nothing in a cluster that the project may not read', async () => {
    const policies = await openPolicies(
      await write({ team: { namespaces: { include: ['*'] }, clusters: ['spoke-*', 'https://a.example.com'] } }),
    );

    for (const cluster of ['spoke-1', 'https://a.example.com'])
      expect(policies.grantOf('team', cluster)).to.deep.include({ include: ['*'] });
    for (const cluster of ['in-cluster', 'hub', 'https://b.example.com'])
      expect(policies.grantOf('team', cluster)).to.equal('nothing');
  });

  it('without a file, lets Applications read other clusters only if any cluster is allowed', async () => {
    expect((await openPolicies(undefined)).grantOf('team', 'spoke-1')).to.equal('nothing');
    expect((await openPolicies(undefined, true)).grantOf('team', 'spoke-1')).to.equal(null);
  });

  it('restricts no project without a file', async () => {
    const policies = await openPolicies(undefined);

    expect(policies.grantOf('team', 'in-cluster')).to.equal(null);
    expect(await policies.reload()).to.equal(false);
  });

  it('applies changes of the file once it is reloaded', async () => {
    const policies = await openPolicies(await write({ team: { namespaces: { include: ['team-*'] } } }));
    expect(await policies.reload()).to.equal(false);

    await write({ team: { namespaces: { include: ['blue'] } } });

    expect(policies.grantOf('team', 'in-cluster')).to.deep.include({ include: ['team-*'] });
    expect(await policies.reload()).to.equal(true);
    expect(policies.grantOf('team', 'in-cluster')).to.deep.include({ include: ['blue'] });
  });

  it('keeps the last grants when the file can no longer be parsed', async () => {
    const file = await write({ team: { namespaces: { include: ['team-*'] } } });
    const policies = await openPolicies(file);
    await write({ team: { namespaces: {} } });

    const error = await failure(() => policies.reload());

    expect(error.message).to.include(file);
    expect(policies.grantOf('team', 'in-cluster')).to.deep.include({ include: ['team-*'] });
  });

  it('fails when the given file is missing', async () => {
    const error = await failure(() => openPolicies(`${folder.path}/policy.yaml`));

    expect(error.code).to.equal('FILE_UNREADABLE');
  });
});
