import { expect } from 'chai';
import { kubernaut } from '../../../../plugin/consumers/kubernaut/yaml.ts';
import type { Sections } from '../../../../plugin/customizations/adopt/edit-overrides.ts';
import { editOverrides } from '../../../../plugin/customizations/adopt/edit-overrides.ts';
import type { DataMap } from '../../../../plugin/lib/json.ts';
import { parseData } from '../../../../plugin/lib/data/yaml11-reader.ts';
import type { Overrides } from '../../../../plugin/customizations/overrides/overrides.ts';
import { changesOf, holmesgpt045 } from '../../../support/git.ts';

/** What becomes of a file of Kubernaut, whose entries stand at the top. */
function edited(text: string, change: (entries: DataMap) => DataMap): string {
  const before = parseData(text) as DataMap | null;
  return editOverrides(text, { toolsets: { ...change(before ?? {}) }, mcp_servers: {} }, kubernaut);
}

/** What becomes of a file of HolmesGPT, with its sections. */
function editedSections(text: string, after: Partial<Sections>): string {
  const [{ sections }] = changesOf({ 'overrides.yaml': text }).overrides as [Overrides];
  const before = { toolsets: { ...sections.toolsets }, mcp_servers: { ...sections.mcp_servers } };
  return editOverrides(text, { ...before, ...after }, holmesgpt045);
}

describe('plugin/customizations/adopt/edit-overrides', () => {
  const added = { config: { list: ['x', { k: 1 }], inner: { deep: true } } };

  for (const [title, text, expected] of [
    [
      'two spaces, lists indented',
      'one:\n  enabled: true\n  list:\n    - a\n',
      'one:\n  enabled: true\n  list:\n    - a\nnew:\n  config:\n    list:\n      - x\n      - k: 1\n    inner:\n      deep: true\n',
    ],
    [
      'two spaces, lists at the column of their key',
      'one:\n  enabled: true\n  list:\n  - a\n',
      'one:\n  enabled: true\n  list:\n  - a\nnew:\n  config:\n    list:\n    - x\n    - k: 1\n    inner:\n      deep: true\n',
    ],
    [
      'four spaces, and a comment before them',
      'one:\n    # the first\n    enabled: true\n',
      'one:\n    # the first\n    enabled: true\nnew:\n    config:\n        list:\n            - x\n            - k: 1\n        inner:\n            deep: true\n',
    ],
    [
      'four spaces around a list of maps that comes first',
      'one:\n    - a: 1\n      b: 2\n',
      'one:\n    - a: 1\n      b: 2\nnew:\n    config:\n        list:\n            - x\n            - k: 1\n        inner:\n            deep: true\n',
    ],
    [
      'no style to follow',
      '# ours\none: 1\n',
      '# ours\none: 1\nnew:\n  config:\n    list:\n      - x\n      - k: 1\n    inner:\n      deep: true\n',
    ],
  ] as const) {
    it(`writes new lines in the style of the others: ${title}`, () => {
      expect(edited(text, (entries) => ({ ...entries, new: added }))).to.equal(expected);
    });
  }

  for (const [title, text, expected] of [
    ['without spaces', 'one: {a: 1, b: [1, 2]}\n', 'one: {a: 2, b: [1, 2]}\n'],
    ['with spaces', 'one: { a: 1, b: [ 1, 2 ] }\n', 'one: { a: 2, b: [ 1, 2 ] }\n'],
  ] as const) {
    it(`keeps braces and brackets ${title}`, () => {
      expect(edited(text, (entries) => ({ one: { ...(entries.one as DataMap), a: 2 } }))).to.equal(expected);
    });
  }

  it('changes only the edited lines, however the others are spaced', () => {
    const text = [
      '# head',
      'first:   {enabled:   true}    # why',
      '',
      'second:',
      '      url:   "http://a"   # old',
      '      more:     x',
      '',
      '# tail',
      'third:    {a:   1}',
      '# end',
      '',
    ].join('\n');

    const after = edited(text, ({ second, ...others }) => ({
      ...others,
      second: { ...(second as DataMap), more: 'y' },
    }));

    expect(after).to.equal(text.replace('more:     x', 'more: y'));
  });

  it('removes the lines of an entry, and keeps those around it', () => {
    const text = 'first:   1  # a\nsecond:\n  url: x\nthird:   3  # c\n';

    expect(edited(text, ({ second: _, ...others }) => others)).to.equal('first:   1  # a\nthird:   3  # c\n');
  });

  it('leaves a file without changes as it is', () => {
    const text = 'first:   1  # a\n\n\nsecond: [ ]\n';

    expect(edited(text, (entries) => entries)).to.equal(text);
  });

  it('fills a section that is empty, missing or commented out', () => {
    const own = { own: { enabled: true } };

    expect(editedSections('toolsets:\n', { toolsets: own })).to.equal('toolsets:\n  own:\n    enabled: true\n');
    expect(editedSections('toolsets:\n  # own: {}\nmcp_servers: {}\n', { toolsets: own })).to.satisfy(
      (text: string) => (parseData(text) as { toolsets: DataMap }).toolsets.own !== undefined,
    );
    expect(editedSections('# ours\ntoolsets: {a: {enabled: false}}\n', { mcp_servers: own })).to.equal(
      '# ours\ntoolsets: {a: {enabled: false}}\nmcp_servers:\n  own:\n    enabled: true\n',
    );
  });

  it('empties a section', () => {
    const after = editedSections('toolsets:\n  own: {enabled: true}\n', { toolsets: {} });

    expect(parseData(after)).to.deep.equal({ toolsets: {} });
  });

  for (const [title, text] of [
    ['no text', ''],
    ['only a comment', '# ours\n'],
    ['aliases that share what changes', 'one: &one {a: 1}\ntwo: *one\n'],
    ['a merge key, which remains an ordinary key', 'base: &base {a: 1}\none:\n  <<: *base\n  b: 2\n'],
  ] as const) {
    it(`produces the intended data for a file with ${title}`, () => {
      const wanted = { one: { a: 2, b: 3 }, two: { a: 1 }, base: { a: 1 } };

      expect(parseData(edited(text, () => wanted))).to.deep.equal(wanted);
    });
  }

  for (const [title, text, wanted, expected] of [
    [
      'a file of only comments',
      '# yaml-language-server: $schema=x\n\n# ours\n',
      { one: { a: 1 } },
      '# yaml-language-server: $schema=x\n\n# ours\n\none:\n  a: 1\n',
    ],
    [
      'a file with CRLF line ends',
      '# ours\r\none:\r\n  a: 1 # a\r\n  b:   2\r\n',
      { one: { a: 2, b: 2 }, two: { a: 1 } },
      '# ours\r\none:\r\n  a: 2 # a\r\n  b:   2\r\ntwo:\r\n  a: 1\r\n',
    ],
    [
      'multi-line JSON',
      '{\n    "one": { "a": 1 },\n    "two": {\n        "b": "no"\n    }\n}\n',
      { one: { a: 1 }, two: { b: 'yes' } },
      '{\n    "one": { "a": 1 },\n    "two": {\n        "b": "yes"\n    }\n}\n',
    ],
    ['single-line JSON', '{"one": {"a": 1}}', { one: { a: 1 }, two: {} }, '{"one":{"a":1},"two":{}}\n'],
    [
      'a value beside an alias',
      'a: &a {x: 1}   # a\nb: *a # b\nc: 1\n',
      { a: { x: 1 }, b: { x: 1 }, c: 2 },
      'a: &a {x: 1}   # a\nb: *a # b\nc: 2\n',
    ],
    [
      'an alias whose value changes',
      'a: &a {x: 1}   # a\nb: *a # b\n',
      { a: { x: 1 }, b: { x: 2 } },
      'a: &a {x: 1}   # a\nb: {x: 2} # b\n',
    ],
    [
      'an anchor whose value changes',
      'a: &a {x: 1} # a\nb: *a # b\n',
      { a: { x: 2 }, b: { x: 1 } },
      'a: &a {x: 2} # a\nb: {x: 1} # b\n',
    ],
    [
      'an anchor and its alias that change alike',
      'a: &a {x: 1} # a\nb: *a # b\n',
      { a: { x: 2 }, b: { x: 2 } },
      'a: &a {x: 2} # a\nb: *a # b\n',
    ],
    ['a removed anchor', '# head\na: &a {x: 1} # a\nb: *a # b\n', { b: { x: 1 } }, '# head\n\nb: {x: 1} # b\n'],
    [
      'a list with an anchor',
      'a: # a\n  - &x {x: 1}\nb: *x # b\n',
      { a: [{ y: 1 }, { x: 1 }], b: { x: 1 } },
      'a: # a\n  - y: 1\n  - &x {x: 1}\nb: {x: 1} # b\n',
    ],
    [
      'list items with comments',
      'a:\n  # first\n  - n: 1 # one\n    u: x\n  # second\n  - n: 2 # two\n    u: y\n',
      { a: [{ n: 0 }, { n: 1, u: 'x' }, { n: 2, u: 'z' }] },
      'a:\n  # first\n  - n: 0 # one\n  # second\n  - n: 1 # two\n    u: x\n  - n: 2\n    u: z\n',
    ],
    ['an empty map', 'a: {} # a\nb: {}\n', { a: { x: { y: 1 } }, b: {} }, 'a:\n  x:\n    y: 1\n  # a\nb: {}\n'],
    ['a value that becomes a map', 'a: null # gone\nb: 1\n', { a: { x: 1 }, b: 1 }, 'a:\n  # gone\n  x: 1\nb: 1\n'],
    [
      'a map that becomes a value',
      'a: # why\n  # more\n  x: 1\nb: 1\n',
      { a: 5, b: 1 },
      'a: 5\n  # why\n  # more\nb: 1\n',
    ],
    [
      'texts that YAML 1.1 reads as other types',
      'a: 1\n',
      { a: 'on', b: { yes: '2024-01-01', c: ['1:30', 'plain'] } },
      'a: "on"\nb:\n  "yes": "2024-01-01"\n  c:\n    - "1:30"\n    - plain\n',
    ],
  ] as const) {
    it(`makes exactly the intended change to ${title}`, () => {
      const after = editOverrides(text, { toolsets: wanted, mcp_servers: {} }, kubernaut);

      expect(after).to.equal(expected);
    });
  }

  it('removes an entry with the comment directly above it, and no other comment', () => {
    const text = [
      'first: 1',
      '',
      '# Off for now:',
      '# old: 1',
      '',
      '# about second',
      'second: 2',
      '',
      '# about third',
      'third: 3',
      '',
    ].join('\n');

    const [second, third] = [
      edited(text, ({ second: _, ...others }) => others),
      edited(text, ({ third: _, ...others }) => others),
    ];

    expect(second).to.equal(text.replace('# about second\nsecond: 2\n\n', ''));
    expect(third).to.equal(text.replace('\n# about third\nthird: 3\n', ''));
  });

  it('keeps the head of a file when its first or only entry is removed', () => {
    const head = '# yaml-language-server: $schema=x\n';

    expect(edited(`${head}one: 1\ntwo: 2\n`, () => ({ two: 2 }))).to.equal(`${head}\ntwo: 2\n`);
    expect(edited(`${head}one: 1\n`, () => ({}))).to.equal(`${head}\n{}\n`);
  });

  it('keeps commented-out entries of a section that it fills', () => {
    const text = 'toolsets:\n  # own: {}\nmcp_servers: {} # none\n';

    expect(editedSections(text, { toolsets: { a: { enabled: false } } })).to.equal(
      'toolsets:\n  # own: {}\n  a:\n    enabled: false\nmcp_servers: {} # none\n',
    );
  });

  describe('a group of toolsets', () => {
    const group = 'toolsets:\n  # all of it\n  elasticsearch: {config: {timeout_seconds: 5}}   # group\n';
    const [data, cluster] = ['elasticsearch/data', 'elasticsearch/cluster'];
    const of = (seconds: number): DataMap => ({ config: { timeout_seconds: seconds } });

    it('is kept when another entry changes', () => {
      const text = `${group}  own: {a: 1}\n`;

      const after = editedSections(text, { toolsets: { [data]: of(5), [cluster]: of(5), own: { a: 2 } } });

      expect(after).to.equal(text.replace('a: 1', 'a: 2'));
    });

    it('changes when all of its toolsets change alike, and is kept when one of them differs', () => {
      expect(editedSections(group, { toolsets: { [data]: of(6), [cluster]: of(6) } })).to.equal(
        group.replace('5}}   #', '6}} #'),
      );
      expect(editedSections(group, { toolsets: { [data]: of(6), [cluster]: of(5) } })).to.equal(
        `${group}  elasticsearch/data:\n    config:\n      timeout_seconds: 6\n`,
      );
    });

    it('is expanded when it would apply to too much', () => {
      const after = editedSections(group, { toolsets: { [data]: of(5) } });

      expect(parseData(after)).to.deep.equal({ toolsets: { [data]: of(5) } });
    });
  });

  it('rewrites a file whose text would take too long to compare', () => {
    const line = (index: number): string => `entry${String(index)}:     {a:    ${String(index)}}`;
    const text = `${Array.from({ length: 2_500 }, (_, index) => line(index)).join('\n')}\n`;

    const after = edited(text, () => ({ only: { a: 1 } }));

    expect(parseData(after)).to.deep.equal({ only: { a: 1 } });
  });
});
