import { expect } from 'chai';
import fc from 'fast-check';
import { parse } from 'yaml';
import type { Data } from '../../../plugin/lib/json.ts';
import { parseData } from '../../../plugin/lib/data/yaml11-reader.ts';
import { valueIn, withValue } from '../../../plugin/propose/values.ts';
import { failure } from '../../support/failure.ts';

const key = '/holmes/toolsets';
const file = (text: string, pointer = key): { name: string; text: string; key: string } => ({
  name: 'values.yaml',
  text,
  key: pointer,
});
const value = { a: { enabled: true, config: { url: 'http://a:1' } } };

describe('plugin/propose/values', () => {
  const written: readonly (readonly [title: string, text: string, expected: string])[] = [
    [
      'an empty file',
      '',
      'holmes:\n  toolsets:\n    a:\n      enabled: true\n      config:\n        url: "http://a:1"\n',
    ],
    [
      'a file of only comments, which are kept',
      '# Values of prod.\n\n# nothing yet',
      '# Values of prod.\n\n# nothing yet\nholmes:\n  toolsets:\n    a:\n      enabled: true\n      config:\n        url: "http://a:1"\n',
    ],
    [
      'a document of only comments, which are kept',
      '---\n# Values of prod.\n',
      '---\n# Values of prod.\nholmes:\n  toolsets:\n    a:\n      enabled: true\n      config:\n        url: "http://a:1"\n',
    ],
    [
      'a null document',
      'null # nothing\n',
      'holmes:\n  toolsets:\n    a:\n      enabled: true\n      config:\n        url: "http://a:1"\n',
    ],
    [
      'a file with CRLF line ends, which are kept',
      'a: 1 # one\r\n\r\nholmes:\r\n  toolsets: {}\r\nz: "2"\r\n',
      'a: 1 # one\r\n\r\nholmes:\r\n  toolsets:\r\n    a:\r\n      enabled: true\r\n      config:\r\n        url: "http://a:1"\r\nz: "2"\r\n',
    ],
    [
      'a file without the key',
      '# top\nother: 1 # one\n',
      '# top\nother: 1 # one\nholmes:\n  toolsets:\n    a:\n      enabled: true\n      config:\n        url: "http://a:1"\n',
    ],
    [
      'an empty map with a comment',
      'holmes:\n    x: "1"\n    toolsets: {} # ours\n    y: [ 1,2 ]\n',
      'holmes:\n    x: "1"\n    toolsets:\n        # ours\n        a:\n            enabled: true\n            config:\n                url: "http://a:1"\n    y: [ 1,2 ]\n',
    ],
    [
      'a null value',
      'holmes:\n  toolsets:\nother:   1\n',
      'holmes:\n  toolsets:\n    a:\n      enabled: true\n      config:\n        url: "http://a:1"\nother:   1\n',
    ],
    [
      'an existing value, keeping unchanged lines',
      "holmes:\n  toolsets:\n    # why\n    a:   # a\n      enabled: true\n      config: {url: 'http://b:1'} # here\n    gone: {}\n",
      "holmes:\n  toolsets:\n    # why\n    a:   # a\n      enabled: true\n      config: {url: 'http://a:1'} # here\n",
    ],
  ];
  for (const [title, text, expected] of written) {
    it(`writes the value into ${title}`, () => {
      expect(withValue(file(text), value)).to.equal(expected);
    });
  }

  it('changes no byte when the value is already equal, however it is written', () => {
    const text = 'holmes:   {toolsets: {a: {config: {"url":   "http://a:1"}, enabled: true}}}   # odd\n';

    expect(withValue(file(text), value)).to.equal(text);
  });

  it('writes texts that YAML 1.1 would otherwise read as another type', () => {
    const texts = { a: 'yes', b: '1e3', c: '0o17', d: '012', on: '12:30:00', e: 'null', f: '' };

    const text = withValue(file('holmes:\n  toolsets:\n    a: plain\n    b: plain\n'), texts);

    expect((parseData(text) as Record<string, Record<string, Data>>).holmes?.toolsets).to.deep.equal(texts);
    expect(parse(text)).to.deep.equal({ holmes: { toolsets: texts } });
  });

  it('writes a text of several lines as a block, or in quotes into a flow map', () => {
    const at = '/data/custom_toolset.yaml';
    const lines = 'toolsets:\n  "a": {}\n';

    expect(withValue(file('data:\n  x: 1\n', at), lines)).to.equal(
      'data:\n  x: 1\n  custom_toolset.yaml: |\n    toolsets:\n      "a": {}\n',
    );
    expect(withValue(file('data: {x: 1}\n', at), lines)).to.equal(
      'data: {x: 1, custom_toolset.yaml: "toolsets:\\n  \\"a\\": {}\\n"}\n',
    );
  });

  const refused: readonly (readonly [title: string, text: string, told: string])[] = [
    ['a list at the key', 'holmes:\n  toolsets:\n    - a\n', 'values.yaml:3:5 /holmes/toolsets is a list'],
    ['a list in the path', 'holmes:\n  - toolsets\n', 'values.yaml:2:3 /holmes is a list'],
    ['a text in the path', 'holmes: yes\n', 'values.yaml:1:9 /holmes is a value'],
    ['a list as the file', '- a\n', 'values.yaml:1:1 the file is a list'],
    ['an alias at the key', 'x: &x {}\nholmes:\n  toolsets: *x\n', 'values.yaml:3:13 /holmes/toolsets is an alias'],
    ['an alias in the path', 'x: &x {}\nholmes: *x\n', 'values.yaml:2:9 /holmes is an alias'],
    [
      'an anchor that is used elsewhere',
      'holmes:\n  toolsets:\n    a: &a {enabled: false}\nother: *a\n',
      'values.yaml:3:11 /holmes/toolsets holds the anchor &a, which another part of the file repeats',
    ],
    [
      'an anchor on the value itself',
      'holmes:\n  toolsets: &all {a: {}}\nother: *all\n',
      '/holmes/toolsets holds the anchor &all',
    ],
    [
      'a merge key in the value',
      'x: &x {b: 1}\nholmes:\n  toolsets:\n    <<: *x\n',
      'values.yaml:4:5 /holmes/toolsets has a merge key',
    ],
    ['a merge key in the path', 'x: &x {b: 1}\nholmes:\n  <<: *x\n', 'values.yaml:3:3 /holmes has a merge key'],
    ['two documents', 'a: 1\n---\nb: 1\n', 'is a second YAML document'],
    ['invalid YAML', 'holmes: {{ .Values.x }\n', 'values.yaml:2:1 Flow map'],
    ['a duplicate key', 'holmes: {}\nholmes: {}\n', 'values.yaml:2:1 '],
    ['too many tokens', '- a\n'.repeat(60_000), 'values.yaml:1:1 holds more than 150000 tokens'],
    [
      'aliases that multiply',
      `a: &a [x,x]\nb: &b [*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n`,
      'values by aliases',
    ],
  ];
  for (const [title, text, told] of refused) {
    it(`rejects ${title}, with the reason and a hint`, async () => {
      const { code, message, hint } = await failure(() => withValue(file(text), value));

      expect([code, message]).to.satisfy(
        ([one, all]: string[]) => one === 'VALUES_INVALID' && all!.includes(told),
        message,
      );
      expect(hint).to.not.equal('');
    });
  }

  it('drops an anchor that only the replaced value uses', () => {
    const text = withValue(file('holmes:\n  toolsets:\n    a: &a {enabled: false}\n    b: *a\nlast: 1\n'), value);

    expect(parse(text)).to.deep.equal({ holmes: { toolsets: value }, last: 1 });
  });

  it('reads back exactly the value written and keeps the rest of the file, for any values', () => {
    const leaf = fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.constantFrom('on', 'a: b', '# c', '- d', '"', "'"),
      fc.boolean(),
      fc.integer(),
    );
    const map = fc.dictionary(
      fc.stringMatching(/^[a-z/-]{1,8}$/),
      fc.oneof(
        leaf,
        fc.array(leaf, { maxLength: 3 }),
        fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), leaf, { maxKeys: 3, noNullPrototype: true }),
      ),
      { maxKeys: 4, noNullPrototype: true },
    );
    fc.assert(
      fc.property(map, map, map, (before, after, others) => {
        const start = withValue(file(`# head\nothers:   ${JSON.stringify(others)}   # tail\n`), before);
        const text = withValue(file(start), after);

        expect(valueIn(file(text))).to.deep.equal(after);
        expect(text).to.match(/^# head\nothers: {3}.* {3}# tail\n/);
        expect(withValue(file(text), after)).to.equal(text);
      }),
      { numRuns: 200 },
    );
  });
});
