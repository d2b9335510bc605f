import type { Data, DataMap } from '../../../lib/json.ts';
import type { ConsumerIssue, Section } from '../../consumer.ts';
import type { EntryKey, KnownToolset } from '../catalog.ts';
import { currentName, entryKeys, knownToolset, knownType, toolsets, types } from '../catalog.ts';
import { limitsOf } from '../limits.ts';
import type { Subject } from './config.ts';
import { configIssues, unresolvedPlaceholders } from './config.ts';
import { limitIssues } from './limits.ts';
import { missingRequired } from './required.ts';
import { discoveredType } from '../toolset-specs.ts';
import { didYouMeanText, isOfType, releases, wrongType } from './value-types.ts';
import type { Path } from '../../../lib/json-pointer.ts';
import { getOwn, isMap } from '../../../lib/json.ts';

/** What a release of HolmesGPT refuses, or passes over in silence, in one entry of its toolset file. */
export function validateEntry(section: Section, name: string, entry: DataMap, minor: number): ConsumerIssue[] {
  const holmes = Number.isFinite(minor) ? `HolmesGPT 0.${String(minor)}` : 'HolmesGPT';
  const subject = subjectOf(section, name, entry, { holmes, minor });
  const keys = Object.entries(entry).flatMap(([key, value]) => entryKeyIssues(key, value, section, subject));
  const names = section === 'toolsets' ? nameIssues(name, entry, subject) : [];
  // Of one that is off nothing else is looked at; one without a name that is known vanished before 0.26.
  const isNowhere = minor < failedSince && knownToolset(name, minor) === null && section === 'toolsets';
  if (entry.enabled === false) return isNowhere ? [] : [...keys, ...names];
  return [
    ...keys,
    ...names,
    ...tagIssues(entry, subject),
    ...(subject.known
      ? [
          ...configIssues(entry.config, { ...subject, known: subject.known }),
          ...missingRequired(section, name, entry, holmes),
        ]
      : []),
    ...unresolvedPlaceholders(entry.config, ['config'], holmes),
  ];
}

/** First minor release that shows an invalid entry as failed. */
const failedSince = 26;

/** An entry, whether or not the release knows what it is. */
type MaybeKnown = Omit<Subject, 'known'> & { readonly known: KnownToolset | null };

/** What a toolset is: of a type, which counts before the name, or built in. Toolsets of tools written out are neither. */
function subjectOf(
  section: Section,
  name: string,
  { type: written }: DataMap,
  release: Pick<Subject, 'holmes' | 'minor'>,
): MaybeKnown {
  const { minor } = release;
  // An override of what is discovered need not repeat its type.
  const builtIn = section === 'toolsets' && !isOwnType(written) ? knownToolset(name, minor) : null;
  if (builtIn) return { ...release, limits: currentName(name, minor), known: builtIn };
  const type = section === 'mcp_servers' ? 'mcp' : isOwnType(written) ? written : discoveredType(name);
  const isOwn = type === null;
  return { ...release, limits: `type:${type ?? 'custom'}`, known: isOwn ? null : knownType(type, minor) };
}

function isOwnType(type: Data | undefined): type is string {
  return typeof type === 'string' && type !== 'built-in';
}

function entryKeyIssues(key: string, value: Data, section: Section, subject: MaybeKnown): ConsumerIssue[] {
  const { holmes, minor, limits } = subject;
  const known = Object.keys(entryKeys).filter((name) => isIn(getOwn(entryKeys, name), minor));
  const expected = known.includes(key) ? getOwn(entryKeys, key) : undefined;
  const isBuiltIn = subject.known !== null && !limits.startsWith('type:');
  const isFilled = !Array.isArray(value) || value.length > 0;
  if (isBuiltIn && isFilled && limitsOf('overridden', minor).names?.includes(key)) return [endsLoad(key, holmes)];
  const isRefused = limitsOf(limits, minor).refuses?.includes(key) === true;
  if (expected && !isRefused) return value === null ? [] : entryValueIssues(key, value, expected, subject);
  if (limitsOf('tolerated', minor).names?.includes(key) === true) return [];
  return [
    {
      path: [key],
      part: 'key',
      effect: 'rejected',
      message: `${holmes} rejects a toolset with the key ${JSON.stringify(key)}`,
      hint: isRefused ? 'remove it: this type has its own' : unknownKeyHint(key, section, known, subject),
    },
  ];
}

function endsLoad(key: string, holmes: string): ConsumerIssue {
  const message = `${holmes} loads nothing of the file: ${key} in a toolset that is built in`;
  return {
    path: [key],
    part: 'key',
    effect: 'rejected',
    message,
    hint: 'give it a name of its own, with a description',
  };
}

function unknownKeyHint(key: string, section: Section, known: readonly string[], subject: MaybeKnown): string {
  const other = getOwn(entryKeys, key);
  if (other) return releases(other);
  if (section === 'mcp_servers' && ['command', 'args', 'env'].includes(key))
    return 'move it into config, with mode: stdio beside it';
  if (subject.known?.config && Object.hasOwn(subject.known.config, key)) return 'move it into config';
  return didYouMeanText(key, known) ?? 'settings of the product stand in config';
}

function entryValueIssues(key: string, value: Data, { type }: EntryKey, subject: MaybeKnown): ConsumerIssue[] {
  const { holmes, minor, limits: own } = subject;
  if (!isOfType(value, type)) return [wrongType([key], value, type, holmes)];
  const limits = limitsOf(`entry.${key}`, minor);
  const { subtypes } = limitsOf(own, minor);
  if (key === 'subtype' && subtypes) return limitIssues(value, { enum: subtypes }, [key], holmes);
  if (!Array.isArray(value)) return key === 'type' ? [] : limitIssues(value, limits, [key], holmes);
  const { of = 'any', requires = [] } = limits;
  const wrong = [...(value as readonly Data[]).entries()].filter(
    ([, one]) => !isOfType(one, of === 'integer' ? 'number' : of),
  );
  if (wrong.length > 0 && of !== 'integer')
    return wrong.map(([index, one]) => wrongType([key, index], one, of, holmes));
  return [
    ...limitIssues(value, limits, [key], holmes),
    ...(value as readonly Data[]).flatMap((one, index) =>
      requires
        .filter((name) => isMap(one) && typeof getOwn(one, name) !== 'string')
        .map((name) => withoutKey([key, index], name, holmes)),
    ),
    ...(key === 'tools' ? idleTools(value as readonly Data[], holmes) : []),
  ];
}

/** HolmesGPT's own code asks for one of the two. */
function idleTools(tools: readonly Data[], holmes: string): ConsumerIssue[] {
  const idle = [...tools.entries()].filter(
    ([, one]) => isMap(one) && one.command === undefined && one.script === undefined,
  );
  return idle.map(([index]) => withoutKey(['tools', index], 'command or script', holmes));
}

function withoutKey(path: Path, name: string, holmes: string): ConsumerIssue {
  const message = `${holmes} fails it: ${path.join('.')} without ${name}`;
  return { path, part: 'value', effect: 'rejected', message, hint: `add ${name}` };
}

/** A server takes no toolset whose tags are of the command line alone. */
function tagIssues({ tags, enabled }: DataMap, { limits, holmes, minor }: MaybeKnown): ConsumerIssue[] {
  // An empty list changes nothing of a toolset that is built in.
  const isOwn = Array.isArray(tags) && (tags.length > 0 || limits.startsWith('type:'));
  const own = isOwn ? (tags as readonly Data[]) : null;
  const isLeftOut = own
    ? own.every((tag) => tag === 'cli')
    : limitsOf(limits, minor).cliOnly === true && enabled !== undefined;
  if (!isLeftOut) return [];
  return [
    {
      path: own ? ['tags'] : [],
      part: own ? 'value' : 'key',
      effect: 'rejected',
      message: `${holmes} leaves it out on a server: its tag is cli`,
      hint: own ? 'remove tags, or add core' : 'remove it; with tags: [core] a server takes it, if it has its commands',
    },
  ];
}

function isIn(known: EntryKey | undefined, minor: number): boolean {
  return known !== undefined && known.since <= minor && minor <= (known.until ?? Infinity);
}

function nameIssues(name: string, entry: DataMap, { known, holmes, minor }: MaybeKnown): ConsumerIssue[] {
  const { type, description, enabled } = entry;
  if (known) return [];
  if (limitsOf('removed', minor).names?.includes(name)) return enabled === false ? [] : [removedToolset(name, holmes)];
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
  return reject([], `${holmes} has no toolset ${JSON.stringify(name)}`, unknownNameHint(name));
}

function removedToolset(name: string, holmes: string): ConsumerIssue {
  const message = `${holmes} no longer has ${JSON.stringify(name)}, and passes it over`;
  return { path: [], part: 'key', effect: 'ignored', message, hint: 'remove it' };
}

function unknownNameHint(name: string): string {
  const other = getOwn(toolsets, name);
  if (other) return releases(other);
  if (Object.hasOwn(entryKeys, name)) return 'indent it further: it stands beside the toolsets, and belongs into one';
  const below = Object.keys(toolsets).filter((one) => one.startsWith(`${name}/`));
  if (below.length > 0) return `did you mean ${below.join(', ')}?`;
  return didYouMeanText(name, Object.keys(toolsets)) ?? 'for one of your own add description, and tools or a type';
}
