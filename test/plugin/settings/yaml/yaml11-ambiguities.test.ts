import fc from 'fast-check';
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { isScalar, isSeq, parseDocument } from 'yaml';
import { formatLocation } from '../../../../plugin/lib/diagnostic.ts';
import { parseYamlFile } from '../../../../plugin/settings/yaml/parse.ts';
import type { YamlFile } from '../../../../plugin/settings/yaml/parse.ts';
import { readAsPyYaml, yaml11Ambiguities } from '../../../../plugin/settings/yaml/yaml11-ambiguities.ts';
import { renderYaml } from '../../../../plugin/lib/data/yaml-writer.ts';
import { PluginError } from '../../../../plugin/lib/errors.ts';
import { ambiguous, anyMap } from '../../../support/data.ts';
import { hasPyYaml } from '../../../support/pyyaml.ts';
import { findPython } from '../../../tools/python.ts';

describe('plugin/settings/yaml/yaml11-ambiguities', () => {
  describe('what it finds', () => {
    const cases = [
      { text: 'on', says: 'is the text "on" here, and true to HolmesGPT', hint: 'write true, or "on" in quotes' },
      { text: 'No', says: 'is the text "No" here, and false to HolmesGPT', hint: 'write false, or "No" in quotes' },
      {
        text: '012',
        says: 'is the number 12 here, and the number 10 to HolmesGPT',
        hint: 'write 10 or 12, or "012" in quotes',
      },
      { text: '08', says: 'is the number 8 here, and the text "08" to HolmesGPT', hint: 'write 8, or "08" in quotes' },
      {
        text: '0o10',
        says: 'is the number 8 here, and the text "0o10" to HolmesGPT',
        hint: 'write 8, or "0o10" in quotes',
      },
      {
        text: '1e3',
        says: 'is the number 1000 here, and the text "1e3" to HolmesGPT',
        hint: 'write 1000, or "1e3" in quotes',
      },
      {
        text: '1e-7',
        says: 'is the number 1e-7 here, and the text "1e-7" to HolmesGPT',
        hint: 'write 1.0e-7, or "1e-7" in quotes',
      },
      {
        text: '-.5',
        says: 'is the number -0.5 here, and the text "-.5" to HolmesGPT',
        hint: 'write -0.5, or "-.5" in quotes',
      },
      {
        text: '1_000',
        says: 'is the text "1_000" here, and the number 1000 to HolmesGPT',
        hint: 'write 1000, or "1_000" in quotes',
      },
      {
        text: '12:30:45',
        says: 'is the text "12:30:45" here, and the number 45045 to HolmesGPT',
        hint: 'write 45045, or "12:30:45" in quotes',
      },
      {
        text: '1:30.5',
        says: 'is the text "1:30.5" here, and the number 90.5 to HolmesGPT',
        hint: 'write 90.5, or "1:30.5" in quotes',
      },
      {
        text: '0b101',
        says: 'is the text "0b101" here, and the number 5 to HolmesGPT',
        hint: 'write 5, or "0b101" in quotes',
      },
      {
        text: '-0x1F',
        says: 'is the text "-0x1F" here, and the number -31 to HolmesGPT',
        hint: 'write -31, or "-0x1F" in quotes',
      },
      {
        text: '2026-01-01',
        says: 'is the text "2026-01-01" here, and a date to HolmesGPT',
        hint: 'write "2026-01-01" in quotes',
      },
      {
        text: '2026-02-30',
        says: 'is the text "2026-02-30" here, and refused by HolmesGPT',
        hint: 'write "2026-02-30" in quotes',
      },
      { text: '=', says: 'is the text "=" here, and refused by HolmesGPT', hint: 'write "=" in quotes' },
      { text: '<<', says: 'is the text "<<" here, and refused by HolmesGPT', hint: 'write "<<" in quotes' },
    ];
    for (const { text, says, hint } of cases) {
      it(`reports that ${text} ${says}`, () => {
        const findings = yaml11Ambiguities(parse(`a: ${text}\n`));

        expect(findings).to.deep.equal([
          {
            code: 'YAML_AMBIGUOUS',
            severity: 'warning',
            location: { file: 'overrides.yaml', line: 1, column: 4 },
            message: `${text} ${says}`,
            hint,
          },
        ]);
      });
    }

    it('reports a key, for which it suggests only quotes', () => {
      const [finding, ...others] = yaml11Ambiguities(parse('a:\n  on: 1\n'));

      expect(finding?.message).to.equal('on is the text "on" here, and true to HolmesGPT');
      expect(finding?.hint).to.equal('write "on" in quotes');
      expect(finding && formatLocation(finding.location)).to.equal('overrides.yaml:2:3');
      expect(others).to.deep.equal([]);
    });

    it('reports an anchored value once, at the anchor', () => {
      expect(placesIn('a: [&x off, *x]\nb: *x\n')).to.deep.equal(['overrides.yaml:1:8']);
    });

    it('reports a timestamp that spans two lines', () => {
      expect(placesIn('a: 2001-12-14\n  21:59:43\n')).to.deep.equal(['overrides.yaml:1:4']);
    });

    it('reports words in flow collections, in the order of the file', () => {
      expect(placesIn('{no: [yes, x], b: 1_0}\n')).to.deep.equal([
        'overrides.yaml:1:2',
        'overrides.yaml:1:7',
        'overrides.yaml:1:19',
      ]);
    });

    it('truncates a long number', () => {
      const [finding] = yaml11Ambiguities(parse(`a: 1_${'0'.repeat(1000)}\n`));

      expect(finding?.message).to.have.length.below(250);
      expect(finding?.hint).to.match(/^write "1_0+…" in quotes$/);
    });
  });

  describe('what it ignores', () => {
    const cases = [
      { title: 'quoted texts', text: `a: ["on", 'no', "012"]\n"yes": "1e3"\n` },
      { title: 'block scalars', text: 'a: |\n  on\nb: >-\n  012\n' },
      {
        title: 'values that both read alike',
        text: 'a: [true, False, null, ~, 1, -2, +3, 0x1F, 1.5, 1., .5, 1.0e+3, y, n, oN]\nb:\n',
      },
      { title: 'comments', text: '# on\na: 1 # 012\n' },
      { title: 'an empty file', text: '' },
    ];
    for (const { title, text } of cases) {
      it(`ignores ${title}`, () => {
        expect(placesIn(text)).to.deep.equal([]);
      });
    }

    it('ignores everything that the renderer writes', () => {
      fc.assert(
        fc.property(anyMap, (data) => {
          const file = readable(renderYaml(data));
          return file === null || yaml11Ambiguities(file).length === 0;
        }),
      );
    });
  });

  describe('compared with the real PyYAML', () => {
    let readings: readonly { readonly text: string; readonly theirs: Reading }[];
    before(function () {
      if (!hasPyYaml()) this.skip();
      const texts = samples();
      const all = readWithPyYaml(texts);
      readings = texts
        .map((text, index) => ({ text, theirs: all[index]! }))
        .filter(({ theirs }) => theirs[0] !== 'none');
    });

    it('reads thousands of scalars as the same kind and value', () => {
      expect(readings).to.have.length.above(10_000);
      for (const { text, theirs } of readings) expect(ourReading(text), JSON.stringify(text)).to.deep.equal(theirs);
      for (const kind of ['null', 'boolean', 'number', 'text', 'date', 'refused'])
        expect(
          readings.filter(({ theirs }) => theirs[0] === kind),
          kind,
        ).to.have.length.above(3);
    });

    it('reports exactly those that are read differently here', () => {
      for (const { text, theirs } of readings) {
        const file = readable(`- ${text}\n`);
        if (!file) continue;
        const [value] = file.value as readonly unknown[];
        expect(yaml11Ambiguities(file), JSON.stringify(text)).to.have.length(isSame(value, theirs) ? 0 : 1);
      }
    });

    it('suggests only values that both read alike', () => {
      const advised = readings.flatMap(({ text }) => {
        const [finding] = yaml11Ambiguities(readable(`- ${text}\n`) ?? parse(''));
        return finding ? [...finding.hint.matchAll(/(?<=^write |^write \S+ or )[^" ,]+/g)].map(([value]) => value) : [];
      });
      const theirs = readWithPyYaml(advised);

      expect(advised).to.have.length.above(100);
      for (const [index, text] of advised.entries())
        expect(isSame((parse(`- ${text}\n`).value as readonly unknown[])[0], theirs[index]!), text).to.equal(true);
    });
  });

  it('accepts any readable file without throwing', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          anyMap.map(renderYaml),
          fc.array(plain).map((texts) => `[${texts.join(', ')}]`),
        ),
        (text) => {
          const file = readable(text);
          if (file) yaml11Ambiguities(file);
        },
      ),
    );
  });
});

/** Kind and value, as text: `none` for what is no plain scalar of one line. */
type Reading = readonly [kind: string, value: string];

const charOf = (chars: string): fc.Arbitrary<string> => fc.nat(chars.length - 1).map((index) => chars.charAt(index));
const numberLike = fc.string({
  unit: charOf('0001112345678999__..::--++eExXobBaftTZ '),
  minLength: 1,
  maxLength: 12,
});
const digits = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: charOf('0123456789'), minLength: 1, maxLength });
const two = fc.integer({ min: 0, max: 70 }).map((value) => String(value).padStart(2, '0'));
const time = fc
  .tuple(
    fc.constantFrom('0000', '0001', '1900', '2000', '2023', '2024', '9999'),
    fc.integer({ min: 0, max: 13 }),
    fc.integer({ min: 0, max: 32 }),
    fc.constantFrom('', '', 'T', 't', ' ', '  '),
    fc.tuple(fc.integer({ min: 0, max: 25 }), two, two),
    fc.constantFrom('', '.', '.5', '.1234567'),
    fc.constantFrom('', 'Z', ' Z', '+1', '-05:00', ' +23:59', '+23:60', '-24:00', '+99'),
  )
  .map(([year, month, day, separator, clock, fraction, zone]) => {
    const date = `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
    return separator === '' ? date : `${date}${separator}${clock.join(':')}${fraction}${zone}`;
  });
const number = fc
  .tuple(
    fc.constantFrom('', '', '-', '+'),
    fc.oneof(
      digits(18),
      digits(6).map((text) => `0${text}`),
      fc.constantFrom('0x', '0o', '0b', '0X', '0B').chain((prefix) => digits(8).map((text) => prefix + text)),
      fc.array(two, { minLength: 2, maxLength: 4 }).map((parts) => parts.join(':')),
      fc
        .tuple(digits(3), fc.constantFrom('.', ''), digits(3), fc.constantFrom('', 'e3', 'E+2', 'e-9', 'e+3'))
        .map((parts) => parts.join('')),
    ),
    fc.constantFrom('', '', '_', '.', '.5'),
  )
  .map((parts) => parts.join(''));
const word = fc
  .constantFrom('yes', 'no', 'on', 'off', 'true', 'false', 'null', 'y', 'n', '.inf', '.nan')
  .chain((text) =>
    fc.constantFrom(text, text.toUpperCase(), text.charAt(0).toUpperCase() + text.slice(1), `${text} `, `-${text}`),
  );
const plain = fc.oneof(numberLike, time, number, word, fc.constantFrom(...ambiguous));

const huge = [
  `1${'0'.repeat(4299)}`,
  `1_${'0'.repeat(4300)}`,
  `0x${'F'.repeat(400)}`,
  `0b${'1'.repeat(2000)}`,
  `1${':00'.repeat(173)}.`,
  `1${':00'.repeat(174)}.`,
  `1${':00'.repeat(173)}`,
  `1${':00'.repeat(200)}`,
  `${'1'.repeat(4301)}:1`,
  `${'1'.repeat(400)}:1.5`,
  `1:${'59:'.repeat(30)}59`,
  `1:${'59:'.repeat(30)}59.`,
];

function samples(): readonly string[] {
  const generated = fc.sample(plain, { numRuns: 20_000, seed: 1 });
  return [...new Set([...ambiguous, ...huge, ...generated])].filter(isPlainScalar);
}

/** Whether it is one plain scalar, as it is written; to YAML 1.1 some characters more end a line. */
function isPlainScalar(text: string): boolean {
  if (/[\u0085\u2028\u2029]/.test(text)) return false;
  const { contents, errors } = parseDocument(`- ${text}\n`);
  const item: unknown = isSeq(contents) && contents.items.length === 1 ? contents.items[0] : null;
  return errors.length === 0 && isScalar(item) && item.type === 'PLAIN' && item.source === text;
}

const script = `
import datetime, json, sys, yaml

def value(data):
    if data is None: return ["null", "null"]
    if isinstance(data, bool): return ["boolean", str(data).lower()]
    if isinstance(data, (int, float)):
        try: return ["number", repr(float(data))]
        except OverflowError: return ["number", "inf" if data > 0 else "-inf"]
    if isinstance(data, datetime.date): return ["date", ""]
    return ["text", data] if isinstance(data, str) else ["none", ""]

def read(text):
    try:
        return value(yaml.safe_load("- " + text + "\\n")[0])
    except (ValueError, OverflowError, yaml.constructor.ConstructorError):
        return ["refused", ""]
    except yaml.YAMLError:
        return ["none", ""]

json.dump([read(text) for text in json.load(sys.stdin)], sys.stdout)
`;

function readWithPyYaml(texts: readonly string[]): readonly Reading[] {
  const { stdout, stderr, status } = spawnSync(findPython() ?? 'python3', ['-c', script], {
    input: JSON.stringify(texts),
    maxBuffer: 256 * 1024 * 1024,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`python3 ended with ${String(status)}: ${stderr}`);
  return (JSON.parse(stdout) as readonly Reading[]).map(([kind, value]) => [
    kind,
    kind === 'number' ? numeral(value) : value,
  ]);
}

/** The number that Python writes, as JavaScript writes it. */
function numeral(python: string): string {
  return String(Number(python.replace('inf', 'Infinity')) + 0);
}

function ourReading(text: string): Reading {
  const { kind, value } = readAsPyYaml(text);
  if (kind === 'date' || kind === 'refused') return [kind, ''];
  return [kind, typeof value === 'number' ? String(value + 0) : String(value)];
}

function isSame(value: unknown, [kind, theirs]: Reading): boolean {
  if (typeof value === 'string') return kind === 'text' && value === theirs;
  if (typeof value === 'number') return kind === 'number' && String(value) === theirs;
  return value === null ? kind === 'null' : kind === typeof value && JSON.stringify(value) === theirs;
}

function parse(text: string): YamlFile {
  return parseYamlFile({ name: 'overrides.yaml', text }, 'OVERRIDES_INVALID');
}

/** `null` for what is refused. */
function readable(text: string): YamlFile | null {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof PluginError) return null;
    throw error;
  }
}

function placesIn(text: string): readonly string[] {
  return yaml11Ambiguities(parse(text)).map(({ location }) => formatLocation(location));
}
