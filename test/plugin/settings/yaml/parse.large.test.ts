import { expect } from 'chai';
import { parseYamlFile } from '../../../../plugin/settings/yaml/parse.ts';
import { failure } from '../../../support/failure.ts';
import { filled } from '../../../support/large.ts';

describe('plugin/settings/yaml/parse.large: a megabyte of', () => {
  const cases = [
    { title: 'opening brackets', text: () => filled('['), says: /nested more than 64 levels deep$/ },
    { title: 'list markers', text: () => filled('- '), says: /nested more than 64 levels deep$/ },
    { title: 'question marks', text: () => filled('? '), says: /nested more than 64 levels deep$/ },
    { title: 'anchors', text: () => filled('&a '), says: /A node can have at most one anchor$/ },
    { title: 'one key', text: () => filled('a: 1\n'), says: /repeats the key "a" of the same map$/ },
    { title: 'document ends', text: () => filled('---\n'), says: /starts a second document \(---\)$/ },
    { title: 'digits', text: () => `a: ${filled('9').slice(3)}`, says: /is not a finite number$/ },
  ];
  for (const { title, text, says } of cases) {
    it(`${title} is answered`, async () => {
      const error = await failure(() => parse(text()));

      expect(error.message).to.match(says);
    }).timeout(120_000);
  }

  it('90,000 different keys is read', () => {
    const text = Array.from({ length: 90_000 }, (_, index) => `k${index}: 1\n`).join('');

    expect(Object.keys(parse(text).value as object)).to.have.length(90_000);
  }).timeout(120_000);
});

function parse(text: string): ReturnType<typeof parseYamlFile> {
  return parseYamlFile({ name: 'overrides.yaml', text }, 'OVERRIDES_INVALID');
}
