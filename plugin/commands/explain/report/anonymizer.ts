import { compare } from '../../../lib/object-key.ts';
import { addressesIn, otherAddresses, otherCodes } from './addresses.ts';
import { knownAbbreviations, knownNumbers, knownParts, knownWords } from './known-words.ts';

/** A piece of a text: kept as it is, or a word, number, code or address to replace. */
interface Piece {
  readonly text: string;
  readonly kind: 'kept' | 'word' | 'number' | 'code' | 'address';
}

/** No rule looks for an unknown word of two characters, and such a word identifies nothing. */
const maxShort = 2;

const parts = new RegExp(knownParts.map((part) => part.replace(/[^a-z0-9-]/g, '\\$&')).join('|'), 'gi');

/**
 * Replaces the words of texts that no rule knows, consistently. A replacement has the same length as its word and the
 * same order among the others, because rules compare lengths and order of names. Deterministic.
 */
export class Anonymizer {
  /** Keyed by kind and lower-case text. */
  readonly #replacements: Readonly<Record<Exclude<Piece['kind'], 'kept'>, ReadonlyMap<string, string>>>;
  /** Cache of replaced texts: each is requested several times. */
  readonly #replaced = new Map<string, string>();

  /** Takes all texts to replace; any other text would lack replacements. */
  constructor(texts: Iterable<string>) {
    const pieces = [...texts].flatMap(piecesOf);
    const lower = pieces.map(({ text, kind }) => ({ text: text.toLowerCase(), kind }));
    const textsOf = (own: Piece['kind']): ReadonlySet<string> =>
      new Set(lower.filter(({ kind }) => kind === own).map(({ text }) => text));
    const kept = lower.filter(({ text, kind }) => kind === 'kept' && /^[a-z]+$/.test(text)).map(({ text }) => text);
    this.#replacements = {
      word: replacements(textsOf('word'), new Set(kept)),
      number: numbersFor(textsOf('number')),
      code: otherCodes(textsOf('code')),
      address: otherAddresses(textsOf('address')),
    };
  }

  replace(text: string): string {
    const before = this.#replaced.get(text);
    if (before !== undefined) return before;
    const replaced = this.#replacementOf(text);
    this.#replaced.set(text, replaced);
    return replaced;
  }

  #replacementOf(text: string): string {
    return piecesOf(text)
      .map((piece) => {
        if (piece.kind === 'kept') return piece.text;
        const own = this.#replacements[piece.kind].get(piece.text.toLowerCase()) ?? 'unknown';
        return piece.kind === 'word' || piece.kind === 'code' ? likeCase(own, piece.text) : own;
      })
      .join('');
  }
}

/** Addresses, words and numbers that no rule knows, and the text in between. */
export function piecesOf(text: string): Piece[] {
  return addressesIn(text).flatMap((part) =>
    part.kind === 'text'
      ? wordPieces(part.text)
      : { text: part.text, kind: part.kind === 'address' ? ('address' as const) : ('kept' as const) },
  );
}

function wordPieces(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const [token] of text.matchAll(/[\p{L}\p{N}]+|[^\p{L}\p{N}]+/gu)) {
    if (!/[\p{L}\p{N}]/u.test(token)) pieces.push(...kept(token.replace(/[^ -~]|`/g, '\u00A7')));
    else if (isKnown(token)) pieces.push(...kept(token));
    else pieces.push(...aroundParts(text, token, at));
    at += token.length;
  }
  return pieces;
}

function kept(text: string): Piece[] {
  return [{ text, kind: 'kept' }];
}

function isKnown(token: string): boolean {
  return token.length <= maxShort || knownWords.has(token.toLowerCase()) || knownNumbers.has(token);
}

/** A known part may extend beyond the token, as `victoria-metrics` does. */
function aroundParts(text: string, token: string, start: number): Piece[] {
  const end = start + token.length;
  const pieces: Piece[] = [];
  let at = start;
  for (const match of text.matchAll(parts)) {
    const from = Math.max(match.index, at);
    const to = Math.min(match.index + match[0].length, end);
    if (from >= to) continue;
    pieces.push(...atoms(text.slice(at, from)), ...kept(text.slice(from, to)));
    at = to;
  }
  return [...pieces, ...atoms(text.slice(at, end))];
}

function atoms(text: string): Piece[] {
  if (isCode(text)) return [{ text, kind: 'code' }];
  // eslint-disable-next-line regexp/no-super-linear-move -- a run of capitals gives back one letter at most
  const found = text.match(/\p{Lu}?\p{Ll}+|\p{Lu}+(?!\p{Ll})|[^\p{Lu}\p{Ll}0-9]+|[0-9]+|\p{Lu}/gu) ?? [];
  return found.flatMap(withDatabaseEnd).map((atom) => {
    const isNumber = /^[0-9]+$/.test(atom);
    const isSafe = isNumber ? atom.length <= maxShort || knownNumbers.has(atom) : isKnownAtom(atom);
    return { text: atom, kind: isSafe ? 'kept' : isNumber ? 'number' : 'word' };
  });
}

/** The end of `wpdb` apart, which a rule looks for: it says database. */
function withDatabaseEnd(atom: string): readonly string[] {
  return /^\p{L}{2,}db$/iu.test(atom) && !isKnownAtom(atom) ? [atom.slice(0, -2), atom.slice(-2)] : [atom];
}

/**
 * Alternating letters and digits, as in the names of ReplicaSets and of managed clusters: each part is short, but
 * together they identify something.
 */
function isCode(text: string): boolean {
  const runs = text.match(/[a-z]+|[0-9]+/gi) ?? [];
  return (
    text.length > 2 * maxShort &&
    /^[a-z0-9]+$/i.test(text) &&
    runs.length >= 4 &&
    runs.every((run) => run.length <= maxShort || !(knownWords.has(run.toLowerCase()) || knownNumbers.has(run)))
  );
}

/** A single letter counts as a separator: `v` of a version, `s` of a plural. `db` is the end of `wpdb`. */
function isKnownAtom(atom: string): boolean {
  const word = atom.toLowerCase();
  return (
    /^[A-Za-z]$/.test(atom) ||
    word === 'db' ||
    knownAbbreviations.has(word) ||
    (word.length > maxShort && knownWords.has(word))
  );
}

function likeCase(word: string, like: string): string {
  if (like === like.toLowerCase()) return word;
  if (like.length > 1 && like === like.toUpperCase()) return word.toUpperCase();
  return word.charAt(0).toUpperCase() + word.slice(1);
}

const consonants = 'b d f g h j k l m n p r s t v z'.split(' ');
const vowels = 'a e i o u'.split(' ');

/** Pronounceable beginnings of words, in order: `aba`, `abe`, …, `zuz`. */
const wordBeginnings: readonly string[] = [
  ...vowels.flatMap((a) => consonants.flatMap((b) => vowels.map((c) => a + b + c))),
  ...consonants.flatMap((a) => vowels.flatMap((b) => consonants.map((c) => a + b + c))),
].sort(compare);

/** Ordered among themselves and relative to the kept words, as far as there is room. */
function replacements(words: ReadonlySet<string>, keptWords: ReadonlySet<string>): ReadonlyMap<string, string> {
  const used = new Set<string>();
  const isFree = (word: string): boolean =>
    !used.has(word) && !words.has(word) && !knownWords.has(word) && word.search(parts) === -1;
  const found = new Map<string, string>();
  let run: string[] = [];
  let low = '';
  const assign = (high: string): void => {
    const room =
      run.length === 0 ? [] : wordBeginnings.filter((head) => head > low.slice(0, 3) && head < high.slice(0, 3));
    for (const [index, word] of run.entries()) {
      const from = Math.floor(((index + 1) * room.length) / (run.length + 1));
      const before = index === 0 ? low : (found.get(run[index - 1] ?? '') ?? low);
      const replacement = room
        .values()
        .drop(from)
        .map((head) => padWord(head, word.length))
        .find((one) => one > before && isFree(one));
      found.set(word, take(replacement ?? fallbackWord(word.length, isFree)));
    }
    run = [];
    low = high;
  };
  const take = (word: string): string => {
    used.add(word);
    return word;
  };
  for (const word of [...words, ...keptWords].sort(compare)) {
    if (keptWords.has(word)) assign(word);
    else run.push(word);
  }
  assign('\uFFFF');
  return found;
}

/** Alternating vowels and consonants, up to the length. */
function padWord(head: string, length: number): string {
  let word = head;
  while (word.length < length) word += vowels.includes(word.at(-1) ?? '') ? 'n' : 'a';
  return word.slice(0, length);
}

/** A word out of order, once there is no room: of the same length if possible, otherwise longer. */
function fallbackWord(length: number, isFree: (word: string) => boolean): string {
  for (let size = Math.max(length, 3); ; size += 1) {
    const ends = size > 5 ? wordBeginnings : [''];
    const word = wordBeginnings
      .values()
      .flatMap((head) => ends.values().map((end) => padWord(head + end, size)))
      .find(isFree);
    if (word !== undefined) return word;
  }
}

/** Numbers of the same length, ordered as text as far as there is room. */
function numbersFor(numbers: ReadonlySet<string>): ReadonlyMap<string, string> {
  const used = new Set<string>();
  const found = new Map<string, string>();
  for (const [length, own] of Map.groupBy([...numbers].sort(compare), (number) => number.length)) {
    const digits = Math.min(length, 6);
    const step = Math.max(1, Math.floor(10 ** digits / (own.length + 1)));
    let next = 0;
    for (const number of own) {
      next += step;
      let replacement = text(next, digits, length);
      while (used.has(replacement) || numbers.has(replacement) || knownNumbers.has(replacement)) {
        next += 1;
        replacement = text(next, digits, length);
      }
      used.add(replacement);
      found.set(number, replacement);
    }
  }
  return found;
}

function text(value: number, digits: number, length: number): string {
  return String(value).padStart(digits, '0').padEnd(length, '0');
}
