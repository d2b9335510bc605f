import type { Data, DataMap } from '../../lib/json.ts';
import type { ConsumerIssue, Section } from '../consumer.ts';
import type { EntryKey, KnownToolset } from './catalog.ts';
import { entryKeys, knownToolset, knownType, toolsets, types } from './catalog.ts';
import { configIssues, unresolvedPlaceholders } from './validate-config.ts';
import { missingRequired } from './validate-required.ts';
import { discoveredType } from './toolset-specs.ts';
import { didYouMeanText, isOfType, keyHint, releases, wrongType } from './value-types.ts';
import type { Path } from '../../lib/json-pointer.ts';
import { getOwn } from '../../lib/json.ts';

/** What a release of HolmesGPT refuses, or passes over in silence, in one entry of its toolset file. */
export function validateEntry(section: Section, name: string, entry: DataMap, minor: number): ConsumerIssue[] {
  const holmes = Number.isFinite(minor) ? `HolmesGPT 0.${String(minor)}` : 'HolmesGPT';
  const known = section === 'toolsets' ? toolsetOf(name, entry, minor) : knownType('mcp', minor);
  return [
    ...Object.entries(entry).flatMap(([key, value]) => entryKeyIssues(key, value, holmes, minor)),
    ...(section === 'toolsets' ? nameIssues(name, entry, known, holmes) : []),
    ...(known
      ? [...configIssues(entry.config, known, holmes, minor), ...missingRequired(section, name, entry, holmes)]
      : []),
    ...unresolvedPlaceholders(entry.config, ['config'], holmes),
  ];
}

/** What a toolset is: of a type, which counts before the name, or built in. Toolsets of tools written out are neither. */
function toolsetOf(name: string, entry: DataMap, minor: number): KnownToolset | null {
  if (isOwnType(entry.type)) return knownType(entry.type, minor);
  // An override of what is discovered need not repeat its type.
  const type = discoveredType(name);
  return knownToolset(name, minor) ?? (typeof type === 'string' ? knownType(type, minor) : null);
}

function isOwnType(type: Data | undefined): type is string {
  return typeof type === 'string' && type !== 'built-in';
}

function entryKeyIssues(key: string, value: Data, holmes: string, minor: number): ConsumerIssue[] {
  const known = Object.keys(entryKeys).filter((name) => isIn(getOwn(entryKeys, name), minor));
  const expected = known.includes(key) ? getOwn(entryKeys, key) : undefined;
  if (expected)
    return value === null || isOfType(value, expected.type) ? [] : [wrongType([key], value, expected.type, holmes)];
  return [
    {
      path: [key],
      part: 'key',
      effect: 'rejected',
      message: `${holmes} rejects a toolset with the key ${JSON.stringify(key)}`,
      hint: keyHint(getOwn(entryKeys, key), key, known) ?? 'settings of the product stand in config',
    },
  ];
}

function isIn(known: EntryKey | undefined, minor: number): boolean {
  return known !== undefined && known.since <= minor && minor <= (known.until ?? Infinity);
}

function nameIssues(name: string, entry: DataMap, known: KnownToolset | null, holmes: string): ConsumerIssue[] {
  const { type, description } = entry;
  if (known) return [];
  const reject = (path: Path, message: string, hint: string): ConsumerIssue[] => [
    { path, part: 'key', effect: 'rejected', message, hint },
  ];
  if (isOwnType(type)) {
    const other = getOwn(types, type);
    const hint = didYouMeanText(type, Object.keys(types)) ?? 'see its documentation for the types of toolsets';
    return reject(
      ['type'],
      `${holmes} has no toolsets of type ${JSON.stringify(type)}`,
      other ? releases(other) : hint,
    );
  }
  if (typeof description === 'string') return [];
  const other = getOwn(toolsets, name);
  const hint = other ? releases(other) : didYouMeanText(name, Object.keys(toolsets));
  return reject(
    [],
    `${holmes} has no toolset ${JSON.stringify(name)}`,
    hint ?? 'for one of your own add description, and tools or a type',
  );
}
