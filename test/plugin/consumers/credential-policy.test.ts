import { expect } from 'chai';
import { credentialPolicyOf } from '../../../plugin/consumers/index.ts';
import { parseSettings } from '../../../plugin/settings/parse-settings.ts';
import { parseYamlFile } from '../../../plugin/settings/yaml/parse.ts';

/** Who may receive a credential: those that Git trusts, as far as the platform's policy allows. */
describe('plugin/consumers credential policy', () => {
  function trusted(git: readonly string[], policy: readonly string[] | null | undefined): readonly string[] {
    const file = {
      apiVersion: 'toolset.kubernaut.ai/v1alpha1',
      kind: 'ToolsetConfig',
      spec: { trust: { namespaces: git } },
    };
    const { spec } = parseSettings(
      parseYamlFile({ name: 'toolset.yaml', text: JSON.stringify(file) }, 'SETTINGS_INVALID'),
    );
    const { isTrusted } = credentialPolicyOf(
      spec,
      policy === undefined ? null : { include: ['*'], exclude: [], trust: policy, clusters: [] },
    );
    return ['monitoring', 'logging', 'team'].filter(isTrusted);
  }

  it('trusts no namespace unless Git trusts it', () => {
    expect(trusted([], undefined)).to.deep.equal([]);
    expect(trusted([], ['*'])).to.deep.equal([]);
  });

  it('trusts what Git trusts without a policy, and with a policy that does not mention trust', () => {
    expect(trusted(['monitoring', 'log*'], undefined)).to.deep.equal(['monitoring', 'logging']);
    expect(trusted(['*'], null)).to.deep.equal(['monitoring', 'logging', 'team']);
  });

  it('trusts only what both Git and the policy allow', () => {
    expect(trusted(['*'], ['monitoring', 'team'])).to.deep.equal(['monitoring', 'team']);
    expect(trusted(['logging'], ['monitoring'])).to.deep.equal([]);
    expect(trusted(['*'], [])).to.deep.equal([]);
  });
});
