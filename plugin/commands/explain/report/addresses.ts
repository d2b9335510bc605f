import { isIPv6 } from 'node:net';
import { compare } from '../../../lib/object-key.ts';

/** Texts replaced as a unit: with the separators of an address, or with dashes as in names of nodes and pods. */
const patterns: readonly { readonly pattern: RegExp; readonly isOne: (text: string) => boolean }[] = [
  {
    pattern: /(?<![\p{L}\p{N}])(?:[0-9a-f]{0,4}:){2,8}(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4})(?![\p{L}\p{N}])/giu,
    isOne: isIPv6,
  },
  // A UUID and a MAC address.
  { pattern: /\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi, isOne: () => true },
  { pattern: /\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b/gi, isOne: () => true },
  {
    pattern: /(?<![\p{L}\p{N}])[0-9a-f]{1,4}(?:--?[0-9a-f]{1,4}){1,7}(?![\p{L}\p{N}])/giu,
    isOne: (text) => isIPv6(text.replaceAll('-', ':')),
  },
  { pattern: /(?<!\d)\d{1,3}([._-])\d{1,3}\1\d{1,3}\1\d{1,3}(?!\d)/g, isOne: () => true },
];

/** Equal in every cluster, and discovery denies endpoints there. */
const wellKnown: ReadonlySet<string> = new Set(['127.0.0.1', '0.0.0.0', '169.254.169.254', '::1', '::']);

/** A part of a text: an address, one that means the same everywhere, or the text in between. */
interface TextPart {
  readonly text: string;
  readonly kind: 'address' | 'well-known' | 'text';
}

/** IPv4 and IPv6 addresses, MAC addresses and UUIDs in a text. */
export function addressesIn(text: string): TextPart[] {
  return patterns.reduce<TextPart[]>(
    (parts, { pattern, isOne }) =>
      parts.flatMap((part) => (part.kind === 'text' ? split(part.text, pattern, isOne) : part)),
    [{ text, kind: 'text' }],
  );
}

function split(text: string, pattern: RegExp, isOne: (text: string) => boolean): TextPart[] {
  const parts: TextPart[] = [];
  let at = 0;
  for (const { 0: found, index } of text.matchAll(pattern)) {
    if (!isOne(found)) continue;
    const kind = wellKnown.has(found) ? 'well-known' : 'address';
    parts.push({ text: text.slice(at, index), kind: 'text' }, { text: found, kind });
    at = index + found.length;
  }
  return [...parts, { text: text.slice(at), kind: 'text' as const }].filter((part) => part.text !== '');
}

/** Replacements of the same form and length, in the same order among addresses of one form. */
export function otherAddresses(addresses: ReadonlySet<string>): ReadonlyMap<string, string> {
  return others(addresses, groupsOf);
}

/** The same for codes, which consist of letters and digits: each letter becomes one of the first six. */
export function otherCodes(codes: ReadonlySet<string>): ReadonlyMap<string, string> {
  return others(codes, (code) =>
    Array.from(code, (text) =>
      /[0-9]/.test(text) ? { text, size: 10n, least: 0n, base: 10 } : { text, size: 6n, least: 10n, base: 16 },
    ),
  );
}

function others(addresses: ReadonlySet<string>, groupsOfOne: (text: string) => Group[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const own of Map.groupBy([...addresses].sort(compare), (text) => formOf(groupsOfOne(text))).values()) {
    const groups = groupsOfOne(own[0] ?? '');
    const total = groups.reduce((product, { size }) => product * size, 1n);
    const step = total / BigInt(own.length + 1);
    const used = new Set<string>();
    for (const [index, address] of own.entries()) {
      const other = freeFrom(step * BigInt(index + 1), total, groups, (text) => used.has(text) || addresses.has(text));
      used.add(other);
      found.set(address, other);
    }
  }
  return found;
}

/** A run of digits or a separator; `size` is the number of values it can have, starting at `least`. */
interface Group {
  readonly text: string;
  readonly size: bigint;
  readonly least: bigint;
  readonly base: 10 | 16;
}

/** The groups as numbers in their own base, without leading zeros; decimal for four groups with dots. */
function groupsOf(address: string): Group[] {
  const isDecimal = /^[0-9._-]+$/.test(address);
  return [...address.matchAll(/[0-9a-f]+|[^0-9a-f]+/g)].map(({ 0: text, index }) => {
    const isOctet = isDecimal || address[index - 1] === '.' || address[index + text.length] === '.';
    const base = isOctet ? 10 : 16;
    if (!/[0-9a-f]/.test(text)) return { text, size: 1n, least: 0n, base };
    const least = BigInt(base) ** BigInt(text.length - 1);
    const end = isOctet && text.length === 3 ? 256n : least * BigInt(base);
    return { text, size: end - least, least, base };
  });
}

function formOf(groups: readonly Group[]): string {
  return groups.map(({ text, size }) => (size === 1n ? text : String(size))).join(' ');
}

/** The first free text; if all are taken, the last one tried. */
function freeFrom(start: bigint, total: bigint, groups: readonly Group[], isTaken: (text: string) => boolean): string {
  let text = '';
  for (let tried = 0n; tried < total; tried += 1n) {
    text = textOf((start + tried) % total, groups);
    if (!isTaken(text) && !/^(?:127|169\D254)\D/.test(text)) return text;
  }
  return text;
}

function textOf(value: bigint, groups: readonly Group[]): string {
  let left = value;
  return groups
    .toReversed()
    .map(({ text, size, least, base }) => {
      const own = least + (left % size);
      left /= size;
      return size === 1n ? text : own.toString(base);
    })
    .toReversed()
    .join('');
}
