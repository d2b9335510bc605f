import { expect } from 'chai';
import { parseYamlFile } from '../../../../plugin/settings/yaml/parse.ts';
import { failure } from '../../../support/failure.ts';
import { filled, filledToParse } from '../../../support/large.ts';

describe('plugin/settings/yaml/parse.large: at the size limit', () => {
  const cases = [
    { title: 'opening brackets', text: () => filledToParse('['), says: /nested more than 64 levels deep$/ },
    { title: 'list markers', text: () => filledToParse('- '), says: /nested more than 64 levels deep$/ },
    { title: 'question marks', text: () => filledToParse('? '), says: /nested more than 64 levels deep$/ },
    { title: 'anchors', text: () => filledToParse('&a '), says: /A node can have at most one anchor$/ },
    {
      title: 'the same key on every line',
      text: () => filledToParse('a: 1\n'),
      says: /^overrides.yaml:2:1 repeats the key "a" of the same map; keep one of them$/m,
    },
    { title: 'document markers', text: () => filledToParse('---\n'), says: /starts a second document \(---\)$/ },
    { title: 'digits', text: () => `a: ${filled('9').slice(3)}`, says: /is not a finite number$/ },
  ];
  for (const { title, text, says } of cases) {
    it(`rejects ${title}`, async () => {
      const error = await failure(() => parse(text()));

      expect(error.message).to.match(says);
    }).timeout(120_000);
  }

  it('reads one text', () => {
    expect(parse(`a: ${filled('b').slice(3)}`).value)
      .to.have.property('a')
      .with.length(1024 * 1024 - 3);
  });

  /** A map with so many keys. With itself it has one value more. */
  const keys = (count: number): string => Array.from({ length: count }, (_, index) => `k${index}: 1\n`).join('');

  it('reads a map of up to 50,000 values', () => {
    expect(Object.keys(parse(keys(49_999)).value as object)).to.have.length(49_999);
  }).timeout(120_000);

  it('rejects a map at the first value past 50,000', async () => {
    const error = await failure(() => parse(keys(50_000)));

    expect(error.message).to.equal('overrides.yaml:50000:9 exceeds the limit of a file: 50000 values');
  }).timeout(120_000);

  /** A list of ones within maps that have a key of 1,000 characters each. */
  const longPaths = (depth: number, count: number): string =>
    `${`{${'k'.repeat(1_000)}: `.repeat(depth)}[${'1, '.repeat(count)}1]${'}'.repeat(depth)}`;

  it('reads up to 4 MB of paths to values', () => {
    expect(parse(longPaths(4, 1_000)).name).to.equal('overrides.yaml');
  });

  it('rejects more than 4 MB of paths to values', async () => {
    const error = await failure(() => parse(longPaths(4, 1_100)));

    expect(error.message).to.match(
      /^overrides\.yaml:1:\d+ exceeds the limit of a file: 4 MB of paths to its values, with the keys around each$/,
    );
  });
});

function parse(text: string): ReturnType<typeof parseYamlFile> {
  return parseYamlFile({ name: 'overrides.yaml', text }, 'OVERRIDES_INVALID');
}
