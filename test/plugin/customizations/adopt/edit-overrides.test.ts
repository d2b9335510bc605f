import { expect } from 'chai';
import { kubernaut } from '../../../../plugin/consumers/kubernaut/yaml.ts';
import type { Sections } from '../../../../plugin/customizations/adopt/edit-overrides.ts';
import { editOverrides } from '../../../../plugin/customizations/adopt/edit-overrides.ts';
import type { DataMap } from '../../../../plugin/lib/json.ts';
import { parseData } from '../../../../plugin/lib/data/yaml11-reader.ts';
import { holmesgpt045 } from '../../../support/git.ts';

/** What becomes of a file of Kubernaut, whose entries stand at the top. */
function edited(text: string, change: (entries: DataMap) => DataMap): string {
  const before = parseData(text) as DataMap | null;
  return editOverrides(
    text,
    { toolsets: before ?? {} },
    { toolsets: { ...change(before ?? {}) }, mcp_servers: {} },
    kubernaut,
  );
}

/** What becomes of a file of HolmesGPT, with its sections. */
function editedSections(text: string, after: Partial<Sections>): string {
  const { toolsets, mcp_servers } = (parseData(text) ?? {}) as Partial<Record<keyof Sections, DataMap | null>>;
  const before = { toolsets: toolsets ?? {}, mcp_servers: mcp_servers ?? {} };
  return editOverrides(text, before, { ...before, ...after }, holmesgpt045);
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
      'nothing to see a style by',
      '# ours\none: 1\n',
      '# ours\none: 1\nnew:\n  config:\n    list:\n      - x\n      - k: 1\n    inner:\n      deep: true\n',
    ],
  ] as const) {
    it(`writes new lines as the others are written: ${title}`, () => {
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

  it('changes the lines of an edit alone, however the others are spaced', () => {
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

  it('takes out the lines of an entry, and leaves those around it', () => {
    const text = 'first:   1  # a\nsecond:\n  url: x\nthird:   3  # c\n';

    expect(edited(text, ({ second: _, ...others }) => others)).to.equal('first:   1  # a\nthird:   3  # c\n');
  });

  it('leaves a file in which nothing changes as it is', () => {
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

  it('empties a section without a trace in what the file says', () => {
    const after = editedSections('toolsets:\n  own: {enabled: true}\n', { toolsets: {} });

    expect(parseData(after)).to.deep.equal({ toolsets: {} });
  });

  for (const [title, text] of [
    ['no text', ''],
    ['a comment alone', '# ours\n'],
    ['aliases that share what changes', 'one: &one {a: 1}\ntwo: *one\n'],
    ['a merge key, which stays a key like any other', 'base: &base {a: 1}\none:\n  <<: *base\n  b: 2\n'],
  ] as const) {
    it(`says what is intended where the file is ${title}`, () => {
      const wanted = { one: { a: 2, b: 3 }, two: { a: 1 }, base: { a: 1 } };

      expect(parseData(edited(text, () => wanted))).to.deep.equal(wanted);
    });
  }

  it('writes a file anew whose text alone would take too long to compare', () => {
    const line = (index: number): string => `entry${String(index)}:     {a:    ${String(index)}}`;
    const text = `${Array.from({ length: 2_500 }, (_, index) => line(index)).join('\n')}\n`;

    const after = edited(text, () => ({ only: { a: 1 } }));

    expect(parseData(after)).to.deep.equal({ only: { a: 1 } });
  });
});
