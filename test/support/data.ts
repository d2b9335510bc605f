import fc from 'fast-check';
import type { Data, DataMap } from '../../plugin/lib/json.ts';

/** Texts that some YAML reader misinterprets, or that a careless writer breaks. */
export const ambiguous: readonly string[] = [
  ...['on', 'off', 'On', 'OFF', 'yes', 'no', 'Yes', 'y', 'n', 'true', 'TRUE', 'false', 'null', 'Null', 'NULL', '~', ''],
  ...['012', '0o7', '0x1F', '0b11', '1_000', '1e3', '1E3', '1e-7', '+1', '-0', '1.', '.5', '.inf', '-.INF', '.nan'],
  ...['12:30', '12:30:45', '190:20:30.15', '2001-01-01', '2001-12-14t21:59:43.10-05:00'],
  ...['=', '<<', '-', '?', ':', '- a', '? a', 'a: b', 'a:', ':a', 'a #b', '#a', '@a', '`a`', '%a', '!a', '&a', '*a'],
  ...['---', '...', '--- a', '{', '}', '[', ']', ',', '|', '>', '"', "'", 'a"b', "a'b", 'a\\b', '\\n', '{{ env.X }}'],
  ...[' a', 'a ', '  ', '\t', 'a\tb', '\n', '\n\n', 'a\n', '\na', 'a\nb', 'a\nb\n', 'a\nb\n\n\n', ' a\nb', 'a\n b'],
  ...['a \nb', 'a\n\tb', 'a\r\nb', 'a\rb', 'a\n---\nb', 'a\n# b\n', '%a\nb', 'a\n...\n', 'key: |\n  text\n'],
  ...['\u0000', 'a\u0007b', 'a\nb\u001B[31m\n', '\u007F', '\u0085', 'a\u0085b', '\u00A0', '\u00AD', '\u200B', '\u200D'],
  ...[
    '\u2028',
    'a\nb\u2029c\n',
    '\u202E',
    '\uFEFF',
    'a\uFEFFb',
    '\uFFFD',
    '\uFFFE',
    '\uFFFF',
    'é',
    'ﷺ',
    '😀',
    '😀\n🏳️‍🌈\n',
  ],
  ...['x'.repeat(200), 'x'.repeat(1100), 'word '.repeat(100)],
];

const text = fc.oneof(
  fc.constantFrom(...ambiguous),
  fc.string({ unit: 'binary', maxLength: 8 }).filter((one) => one.isWellFormed()),
  fc.array(fc.constantFrom(...ambiguous), { maxLength: 3 }).map((parts) => parts.join('')),
);

/** `__proto__` never gets this far: files in Git that contain it are refused. */
const key = text.filter((one) => one !== '__proto__');

const number = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(1e-7, 5e-324, 1.5e-10, 0.1, -1e-9),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((one) => !Number.isInteger(one)),
);

const { data, map } = fc.letrec<{ data: Data; map: DataMap }>((tie) => ({
  data: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(text, number, fc.boolean(), fc.constant(null)),
    fc.array(tie('data'), { maxLength: 3 }),
    tie('map'),
  ),
  map: fc.dictionary(key, tie('data'), { maxKeys: 4, noNullPrototype: true }),
}));

/** Any plain data that files in Git can hold, with nasty values first. */
export const anyData: fc.Arbitrary<Data> = data;
export const anyMap: fc.Arbitrary<DataMap> = map;

/** The same data, deeply frozen. */
export function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}

/** The same data with the keys of every map in reverse order. */
export function reordered<T>(value: T): T {
  if (Array.isArray(value)) return value.map(reordered) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, one]) => [name, reordered(one as unknown)] as const);
  return Object.fromEntries(entries.reverse()) as T;
}
