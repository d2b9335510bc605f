import { expect } from 'chai';
import { parseYamlFile } from '../../../../plugin/settings/yaml/parse.ts';
import { yaml11Ambiguities } from '../../../../plugin/settings/yaml/yaml11-ambiguities.ts';
import { filled } from '../../../support/large.ts';

describe('plugin/settings/yaml/yaml11-ambiguities.large: a megabyte of', () => {
  const cases = [
    { title: 'on between comments', text: filled(`- on ${'#'.repeat(20)}\n`), found: 40_329 },
    { title: 'one number with underscores', text: `- 1_${filled('0').slice(4)}`, found: 1 },
    { title: 'one base-60 number', text: `- 1${filled(':1').slice(4)}`, found: 1 },
    { title: 'one malformed base-60 number', text: `- 1${filled(':1').slice(6)}x`, found: 0 },
    { title: 'one base-60 float', text: `- 1${filled(':1').slice(6)}.`, found: 1 },
    { title: 'one binary number', text: `- 0b${filled('1').slice(4)}`, found: 1 },
    { title: 'one date with spaces', text: `- 2001-01-01${filled(' ').slice(24)}x`, found: 0 },
  ];
  for (const { title, text, found } of cases) {
    it(`${title}: completes within the test timeout`, () => {
      const file = parseYamlFile({ name: 'overrides.yaml', text }, 'OVERRIDES_INVALID');

      expect(yaml11Ambiguities(file)).to.have.length(found);
    });
  }
});
