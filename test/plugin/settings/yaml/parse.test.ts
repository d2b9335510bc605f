import { expect } from 'chai';
import { parseYamlFile } from '../../../../plugin/settings/yaml/parse.ts';
import { failure } from '../../../support/failure.ts';

const file = 'overrides.yaml';

describe('plugin/settings/yaml/parse', () => {
  describe('what it reads', () => {
    const cases: readonly { title: string; text: string; value: unknown }[] = [
      { title: 'an empty file', text: '', value: null },
      { title: 'a file of comments', text: '# nothing\n', value: null },
      { title: 'a file of only ---', text: '---\n', value: null },
      { title: 'JSON', text: '{"a": [1, true, null, "x"]}', value: { a: [1, true, null, 'x'] } },
      { title: 'a byte order mark', text: '\uFEFFa: 1\n', value: { a: 1 } },
      { title: 'CRLF line ends', text: 'a:\r\n  b: 1\r\nc: "x"\r\n', value: { a: { b: 1 }, c: 'x' } },
      { title: 'words that are not booleans in YAML 1.2', text: 'on: yes\n', value: { on: 'yes' } },
      { title: 'a date as a text', text: 'a: 2001-01-01\n', value: { a: '2001-01-01' } },
      { title: 'an alias of a value before it', text: 'a: &x [1]\nb: *x\n', value: { a: [1], b: [1] } },
      { title: 'the last safe integer', text: 'a: 9007199254740991', value: { a: Number.MAX_SAFE_INTEGER } },
      { title: 'lists 64 levels deep', text: nested('[', ']', 64), value: deepList(64) },
      {
        title: 'keys that every object inherits',
        text: 'toString: 1\nvalueOf: 2\n',
        value: { toString: 1, valueOf: 2 },
      },
    ];
    for (const { title, text, value } of cases) {
      it(`reads ${title}`, () => {
        expect(parse(text).value).to.deep.equal(value);
      });
    }

    it('accepts a hundred aliases', () => {
      const { value } = parse(`a: &x y\nb: [${Array.from({ length: 100 }, () => '*x').join(', ')}]\n`);

      expect((value as { readonly b: readonly string[] }).b).to.deep.equal(Array.from({ length: 100 }, () => 'y'));
    });
  });

  describe('what it rejects, and where', () => {
    const tooDeep = 'is nested more than 64 levels deep';
    const hasTag = 'has a tag, which is not supported';
    const notText = 'has a key that is not a string';
    const tooMuch = 'has aliases that expand to too much data, or to themselves';
    const cases = [
      { title: 'a duplicate key', text: 'a: 1\nb: 2\na: 3\n', says: '3:1 repeats the key "a" of the same map' },
      {
        title: 'a duplicate key, once in quotes',
        text: 'a: {b: 1, "b": 2}',
        says: '1:11 repeats the key "b" of the same map',
      },
      { title: 'a tab as indentation', text: 'a:\n\tb: 1\n', says: '2:1 is indented with a tab' },
      { title: 'a second document', text: 'a: 1\n---\nb: 2\n', says: '2:1 starts a second document (---)' },
      { title: 'an empty second document', text: 'a: 1\n---\n', says: '2:1 starts a second document (---)' },
      {
        title: 'a conflict marker of git',
        text: 'a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> theirs\n',
        says: '2:1 has a conflict marker of git: the merge is not finished',
      },
      { title: 'a %YAML directive', text: '%YAML 1.1\n---\na: yes\n', says: '1:1 has a %YAML directive' },
      {
        title: 'an unknown directive',
        text: '%FOO bar\n---\na: 1\n',
        says: '1:1 is not valid YAML: Unknown directive %FOO',
      },
      {
        title: 'a merge key',
        text: 'a: &x {b: 1}\nc:\n  <<: *x\n',
        says: '3:3 is a merge key, which is not supported',
      },
      {
        title: 'the key __proto__',
        text: 'a: {__proto__: {b: 1}}',
        says: '1:5 has the key __proto__, which is refused',
      },
      { title: 'the key constructor', text: '- constructor: 1', says: '1:3 has the key constructor, which is refused' },
      { title: 'the key prototype', text: '"prototype": 1', says: '1:1 has the key prototype, which is refused' },
      { title: 'a custom tag', text: 'a: !secret x\n', says: `1:4 ${hasTag}` },
      { title: 'a language-specific tag', text: 'a: !!python/object:os.system x\n', says: `1:4 ${hasTag}` },
      { title: 'a core tag', text: 'a: !!str 1\n', says: `1:10 ${hasTag}` },
      { title: 'a tag that gives a scalar another type', text: 'a: !!binary aGk=\n', says: `1:13 ${hasTag}` },
      { title: 'a tag that gives a map another type', text: '!!set {a, b}\n', says: `1:7 ${hasTag}` },
      { title: 'a tag that gives a list another type', text: '!!omap [a: 1]\n', says: `1:8 ${hasTag}` },
      { title: 'an empty tag', text: 'a: ! x\n', says: `1:6 ${hasTag}` },
      { title: 'infinity', text: 'a: [1, -.inf]\n', says: '1:8 is not a finite number' },
      { title: 'NaN', text: 'a: .nan\n', says: '1:4 is not a finite number' },
      { title: 'a number that overflows', text: 'a: 1e400\n', says: '1:4 is not a finite number' },
      {
        title: 'an integer that is not safe',
        text: 'a: 9007199254740993\n',
        says: '1:4 is a number too large to be kept exactly',
      },
      {
        title: 'a hexadecimal integer that is not safe',
        text: 'a: 0xFFFFFFFFFFFFFFFF\n',
        says: '1:4 is a number too large to be kept exactly',
      },
      {
        title: 'a lone surrogate',
        text: 'a: "\\uD800"\n',
        says: '1:4 holds half of a character (a lone surrogate)',
      },
      {
        title: 'a lone surrogate in a key',
        text: '"\\uDFFF": 1\n',
        says: '1:1 holds half of a character (a lone surrogate)',
      },
      { title: 'a number as a key', text: 'a:\n  012: x\n', says: `2:3 ${notText}` },
      { title: 'null as a key', text: '~: x\n', says: `1:1 ${notText}` },
      { title: 'an empty key', text: 'a: {: x}\n', says: `1:5 ${notText}` },
      { title: 'a boolean as a key', text: 'true: x\n', says: `1:1 ${notText}` },
      { title: 'a map as a key', text: '? {a: 1}\n: b\n', says: `1:3 ${notText}` },
      { title: 'a list as a key', text: '[a]: b\n', says: `1:1 ${notText}` },
      { title: 'an alias as a key', text: 'a: &x y\n*x : z\n', says: `2:1 ${notText}` },
      {
        title: 'an alias without an anchor',
        text: 'a: *x\n',
        says: '1:4 refers to the anchor &x, which is not defined before it',
      },
      {
        title: 'an alias before its anchor',
        text: 'a: *x\nb: &x 1\n',
        says: '1:4 refers to the anchor &x, which is not defined before it',
      },
      { title: 'a list that contains itself', text: 'a: &x [*x]\n', says: `1:1 ${tooMuch}` },
      { title: 'a map that contains itself', text: '&x\na: {b: *x}\n', says: `1:1 ${tooMuch}` },
      { title: 'aliases that expand exponentially', text: bomb(), says: `1:1 ${tooMuch}` },
      { title: 'aliases of one long text', text: longTextAliased(), says: `1:1 ${tooMuch}` },
      {
        title: 'the 101st alias',
        text: `a: &x y\nb: [${'*x, '.repeat(101)}]\n`,
        says: '2:405 is alias number 101: more than 100 are refused',
      },
      { title: 'lists 65 levels deep', text: nested('[', ']', 65), says: `1:65 ${tooDeep}` },
      { title: 'maps 65 levels deep', text: nested('{a: ', '}', 65), says: `1:257 ${tooDeep}` },
      { title: 'maps 65 levels deep by indentation', text: staircase(65), says: `65:65 ${tooDeep}` },
      { title: 'an unclosed quote', text: 'a: "x\n', says: '1:4 has a quote that is not closed' },
      {
        title: 'an unquoted value with a colon',
        text: 'a: b: c\n',
        says: '1:4 has a second colon in the line',
      },
      {
        title: 'a duplicate key after a CRLF line end',
        text: 'a: 1\r\na: 2\r\n',
        says: '2:1 repeats the key "a" of the same map',
      },
    ];
    for (const { title, text, says } of cases) {
      it(`rejects ${title}`, async () => {
        const error = await failure(() => parse(text));

        expect(error.message).to.equal(`${file}:${says}`);
        expect(error.code).to.equal('OVERRIDES_INVALID');
        expect(error.hint).not.to.equal('');
      });
    }

    it('uses the given error code', async () => {
      const error = await failure(() => parseYamlFile({ name: 'toolset.yaml', text: 'a: *x' }, 'SETTINGS_INVALID'));

      expect(error.code).to.equal('SETTINGS_INVALID');
    });
  });

  describe('locate', () => {
    const text = 'a:\n  b: [x, {c: 1}]\n  d:\ne: &x {f: 1}\ng: *x\n';
    const cases: readonly { path: readonly PropertyKey[]; part?: 'key'; at: string }[] = [
      { path: [], at: '1:1' },
      { path: ['a'], at: '2:3' },
      { path: ['a'], part: 'key', at: '1:1' },
      { path: ['a', 'b', 1, 'c'], at: '2:14' },
      { path: ['a', 'b', 1, 'c'], part: 'key', at: '2:11' },
      { path: ['a', 'd'], at: '3:5' },
      { path: ['a', 'nothing'], at: '2:3' },
      { path: ['a', 'b', 7], at: '2:6' },
      { path: ['g', 'f'], at: '5:4' },
    ];
    for (const { path, part, at } of cases) {
      it(`locates the ${part ?? 'value'} of /${path.join('/')}`, () => {
        const { line, column } = parse(text).locate(path, part);
        expect(`${String(line)}:${String(column)}`).to.equal(at);
      });
    }
  });
});

function parse(text: string): ReturnType<typeof parseYamlFile> {
  return parseYamlFile({ name: file, text }, 'OVERRIDES_INVALID');
}

function nested(open: string, close: string, levels: number): string {
  return open.repeat(levels) + close.repeat(levels);
}

function deepList(levels: number): unknown[] {
  return levels === 1 ? [] : [deepList(levels - 1)];
}

function staircase(levels: number): string {
  return (
    Array.from({ length: levels }, (_, level) => `${' '.repeat(level)}a:\n`).join('') + `${' '.repeat(levels)}b: 1\n`
  );
}

/** Nine times nine times …: a billion texts in a few lines. */
function bomb(): string {
  const lines = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name, index, names) => {
    const before = names[index - 1];
    return `${name}: &${name} [${Array.from({ length: 9 }, () => (before === undefined ? 'lol' : `*${before}`)).join(', ')}]`;
  });
  return lines.join('\n');
}

function longTextAliased(): string {
  return `a: &x ${'x'.repeat(100_000)}\nb: [${'*x, '.repeat(99)}]\n`;
}
