import { expect } from 'chai';
import { inlineSecrets } from '../../../plugin/secrets/index.ts';
import { maxFileBytes } from '../../../plugin/settings/file.ts';
import { parseYamlFile } from '../../../plugin/settings/yaml/parse.ts';
import { filled } from '../../support/large.ts';
import { pieces } from './pieces.ts';

/** Characters of as many secrets as a file may have: each is a map and its value. */
const maxSecrets = 24_000 * 'token: a,'.length;

describe('plugin/secrets/secrets.large: a megabyte of', () => {
  const cases = [
    ...[...pieces, '#', 'aA1', '{{ ', '{{ a', "{{a['", '${', '\\n', 'token', '?token', '-----BEGIN A '].map((unit) => ({
      title: `one text of ${JSON.stringify(unit)}`,
      text: () => `a: "${filled(unit).slice(10)}"`,
      found: ['?token=', 'glsa_'].includes(unit) ? 1 : 0,
    })),
    { title: 'the key of a secret', text: () => `? "${filled('aB1 _').slice(20)}"\n: {token: a}`, found: 1 },
    { title: 'secrets', text: () => filled(`- token: hunter2 ${'#'.repeat(30)}\n`), found: 21_845 },
    { title: 'secrets on one line', text: () => `[${filled('token: a,', maxSecrets)}]`, found: 24_000 },
    {
      title: 'secrets on one line after a long comment',
      text: () => `${half('#')}\n[${filled('token: a,', maxSecrets)}]`,
      found: 24_000,
    },
    {
      title: 'secrets on one line of comments',
      text: () => `[${filled('token: a,', maxSecrets)}] ${half('# gitleaks:allow ')}`,
      found: 0,
    },
    {
      title: 'secrets under a long key',
      text: () => `? "${'a b '.repeat(10)}"\n: [${filled('token: a,', maxSecrets)}]`,
      found: 24_000,
    },
    {
      title: 'secrets, each behind an alias of all',
      text: () => `a: &a [${filled('b, ', 3 * 24_000)}]\ntokens: [*a]`,
      found: 24_000,
    },
  ];
  for (const { title, text, found } of cases) {
    it(`${title}: completes within the test timeout`, () => {
      const file = parseYamlFile({ name: 'overrides.yaml', text: text() }, 'OVERRIDES_INVALID');

      expect(inlineSecrets(file)).to.have.length(found);
    });
  }
});

function half(unit: string): string {
  return filled(unit, maxFileBytes / 2 - 100);
}
