import { expect } from 'chai';
import { parseSettings } from '../../../plugin/settings/parse-settings.ts';
import type { Settings } from '../../../plugin/settings/settings.ts';
import { parseYamlFile } from '../../../plugin/settings/yaml/parse.ts';
import { failure } from '../../support/failure.ts';

const head = 'apiVersion: toolset.kubernaut.ai/v1alpha1\nkind: ToolsetConfig\n';

describe('plugin/settings/settings.large', () => {
  it('reports 45,000 unknown keys in 51 lines', async () => {
    const keys = Array.from({ length: 45_000 }, (_, index) => `  k${index}: 1\n`).join('');

    const error = await failure(() => parse(`${head}spec:\n${keys}`));

    expect(error.message.split('\n')).to.have.length(51);
    expect(error.message).to.match(/\nand 44950 more$/);
  });

  it('reports 45,000 invalid values in about 3,500 characters, with the number of those left out', async () => {
    const labels = Array.from({ length: 45_000 }, (_, index) => `    k${index}: 1\n`).join('');

    const error = await failure(() => parse(`${head}spec:\n target:\n  configMap:\n   labels:\n${labels}`));

    const lines = error.message.split('\n');
    expect(lines.at(-1)).to.equal(`and ${45_000 - lines.length + 1} more`);
    expect(error.message.length).to.be.within(3_400, 3_600);
  });
});

function parse(text: string): Settings {
  return parseSettings(parseYamlFile({ name: 'toolset.yaml', text }, 'SETTINGS_INVALID'));
}
