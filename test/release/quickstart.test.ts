import { expect } from 'chai';
import { parseSettings } from '../../plugin/settings/parse-settings.ts';
import { parseYamlFile } from '../../plugin/settings/yaml/parse.ts';
import { shellBlocks, yamlBlock } from '../support/guide.ts';

const guide = 'docs/quickstart.md';

/** test/cluster/chart runs the one that has an id. */
describe('release/quickstart: docs/quickstart.md', () => {
  it('marks every command that no test runs', () => {
    const [verified, others] = [
      shellBlocks(guide).filter(({ id }) => id !== null),
      shellBlocks(guide).filter(({ id }) => id === null),
    ] as const;

    expect(verified.map(({ id }) => id)).to.deep.equal(['install']);
    expect(others.filter(({ script }) => !script.startsWith('# unverified\n'))).to.deep.equal([]);
  });

  it('shows a valid toolset.yaml', () => {
    expect(
      parseSettings(parseYamlFile({ name: 'toolset.yaml', text: yamlBlock(guide, 'toolset') }, 'SETTINGS_INVALID')).spec
        .target.configMap.namespace,
    ).to.equal('holmesgpt');
  });
});
