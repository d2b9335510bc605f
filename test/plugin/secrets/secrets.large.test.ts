import { expect } from 'chai';
import { inlineSecrets } from '../../../plugin/secrets/index.ts';
import { maxFileBytes } from '../../../plugin/settings/file.ts';
import { parseYamlFile } from '../../../plugin/settings/yaml/parse.ts';
import { filled } from '../../support/large.ts';
import { pieces } from './pieces.ts';

describe('plugin/secrets/secrets.large: a megabyte of', () => {
  const cases = [
    ...[...pieces, '#', 'aA1', '{{ ', '{{ a', "{{a['", '${', '\\n', 'token', '?token', '-----BEGIN A '].map((unit) => ({
      title: `one text of ${JSON.stringify(unit)}`,
      text: () => `a: "${filled(unit).slice(10)}"`,
      found: ['?token=', 'glsa_'].includes(unit) ? 1 : 0,
    })),
    { title: 'the key of a secret', text: () => `? "${filled('aB1 _').slice(20)}"\n: {token: a}`, found: 1 },
    { title: 'secrets', text: () => filled('- token: hunter2\n'), found: 61_680 },
    { title: 'secrets on one line', text: () => `[${filled('token: a,')}]`.slice(0, maxFileBytes), found: 116_508 },
    {
      title: 'secrets on one line after a long comment',
      text: () => `${half('#')}\n[${half('token: a,')}]`,
      found: 58_243,
    },
    {
      title: 'secrets on one line of comments',
      text: () => `[${half('token: a,')}] ${half('# gitleaks:allow ')}`,
      found: 0,
    },
    { title: 'secrets under a long key', text: () => `? "${half('a b ')}"\n: [${half('token: a,')}]`, found: 58_243 },
    {
      title: 'secrets, each behind an alias of all',
      text: () => `a: &a [${filled('b, ', maxFileBytes / 4)}]\ntokens: [*a]`,
      found: 87_381,
    },
  ];
  for (const { title, text, found } of cases) {
    it(`${title} is answered, in the time that a test has`, () => {
      const file = parseYamlFile({ name: 'overrides.yaml', text: text() }, 'OVERRIDES_INVALID');

      expect(inlineSecrets(file)).to.have.length(found);
    });
  }
});

function half(unit: string): string {
  return filled(unit, maxFileBytes / 2 - 100);
}
