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

  it('grant what the file says, and nothing to a project that it does not name', async () => {
    const policies = await openPolicies(await write({ team: { namespaces: { include: ['team-*'] } } }));

    expect(policies.grantOf('team')).to.deep.equal({ include: ['team-*'], exclude: [], trust: null });
    expect(policies.grantOf('other')).to.equal('nothing');
    expect(policies.grantOf('constructor')).to.equal('nothing');
  });

  it('limit no project where there is no file', async () => {
    const policies = await openPolicies(undefined);

    expect(policies.grantOf('team')).to.equal(null);
    expect(await policies.reload()).to.equal(false);
  });

  it('are those of the file as it is now, once it is read again', async () => {
    const policies = await openPolicies(await write({ team: { namespaces: { include: ['team-*'] } } }));
    expect(await policies.reload()).to.equal(false);

    await write({ team: { namespaces: { include: ['blue'] } } });

    expect(policies.grantOf('team')).to.deep.include({ include: ['team-*'] });
    expect(await policies.reload()).to.equal(true);
    expect(policies.grantOf('team')).to.deep.include({ include: ['blue'] });
  });

  it('stay what they were where the file cannot be read any more', async () => {
    const file = await write({ team: { namespaces: { include: ['team-*'] } } });
    const policies = await openPolicies(file);
    await write({ team: { namespaces: {} } });

    const error = await failure(() => policies.reload());

    expect(error.message).to.include(file);
    expect(policies.grantOf('team')).to.deep.include({ include: ['team-*'] });
  });

  it('cannot do without the file that was named', async () => {
    const error = await failure(() => openPolicies(`${folder.path}/policy.yaml`));

    expect(error.code).to.equal('FILE_UNREADABLE');
  });
});
