import type { Data, DataMap, Path } from '../../../lib/json.ts';
import { getOwn, isList } from '../../../lib/json.ts';
import { shortened } from '../../../lib/messages/text.ts';
import type { ConsumerIssue, Section } from '../../consumer.ts';
import { currentName, entryKeys, knownToolset, otherName, toolsets, types } from '../catalog.ts';
import { limitsOf } from '../limits.ts';
import { isEmpty } from './code-checks.ts';
import { configIssues } from './config.ts';
import { isOff } from './enabled.ts';
import { entryKeyIssues } from './entry-keys.ts';
import { headerIssues } from './headers.ts';
import { impossibleReferences, unresolvedPlaceholders } from './placeholders.ts';
import { missingRequired } from './required.ts';
import type { MaybeKnown } from './subject.ts';
import { isBuiltIn, isOwnType, subjectOf } from './subject.ts';
import { urlPathIssues } from './url-paths.ts';
import { didYouMeanKey, releases } from './value-types.ts';

/** What a release of HolmesGPT rejects or silently ignores in one entry of its toolset file. */
export function validateEntry(section: Section, name: string, entry: DataMap, minor: number): ConsumerIssue[] {
  const subject = subjectOf(section, name, entry, minor);
  const keys = Object.entries(entry).flatMap(([key, value]) =>
    isUnreadText(key, value, entry, subject) ? [] : entryKeyIssues(key, value, section, subject),
  );
  const names = section === 'toolsets' ? unknownNameIssues(name, entry, subject) : [];
  const references = impossibleReferences(entry, subject);
  if (isOff(entry, subject)) return isSkipped(section, name, subject) ? [] : [...keys, ...names, ...references];
  return [
    ...keys,
    ...names,
    ...references,
    ...tagIssues(entry, subject),
    ...(subject.known
      ? [
          ...configIssues(entry.config, { ...subject, known: subject.known }).filter(
            ({ effect }) => effect === 'ignored' || !isUnchecked(entry, subject),
          ),
          ...missingRequired(section, name, entry, subject),
        ]
      : []),
    ...unresolvedPlaceholders(entry, subject),
    ...headerIssues(entry, subject),
    ...urlPathIssues(entry, subject),
  ];
}

/**
 * Whether HolmesGPT ignores instructions that are not a string: these types only append non-empty ones to
 * their own, and HTTP does so at startup.
 */
function isUnreadText(key: string, value: Data, entry: DataMap, subject: MaybeKnown): boolean {
  if (key !== 'llm_instructions' || !/^type:(http|mongodb|database)$/.test(subject.limits)) return false;
  return isEmpty(value) || (subject.limits === 'type:http' && isOff(entry, subject));
}

/** An entry's prerequisites replace the built-in ones, which are what reads its `config`. */
function isUnchecked({ prerequisites }: DataMap, subject: MaybeKnown): boolean {
  return isBuiltIn(subject) && Array.isArray(prerequisites) && prerequisites.length > 0;
}

/**
 * Whether an invalid entry for a disabled toolset disappears without a failure, as wanted: before 0.26 for unknown
 * names, and always for toolsets of the command line, which are left out.
 */
function isSkipped(section: Section, name: string, { minor }: MaybeKnown): boolean {
  if (section === 'toolsets' && minor < failedSince && knownToolset(name, minor) === null) return true;
  return limitsOf(currentName(name, minor), minor).cliOnly === true;
}

/** First minor release that shows invalid entries as failed. */
const failedSince = 26;

/** A server ignores toolsets whose tags are only for the command line. */
function tagIssues({ tags, enabled }: DataMap, { limits, holmes, minor }: MaybeKnown): ConsumerIssue[] {
  // An empty list does not change a built-in toolset.
  const own = isList(tags) && (tags.length > 0 || limits.startsWith('type:')) ? tags : null;
  const isLeftOut = own
    ? own.every((tag) => tag === 'cli')
    : limitsOf(limits, minor).cliOnly === true && enabled !== undefined;
  if (!isLeftOut) return [];
  return [
    {
      path: own ? ['tags'] : [],
      part: own ? 'value' : 'key',
      effect: 'rejected',
      message: `${holmes} leaves it out on a server: ${own?.length === 0 ? 'it has no tag' : 'its tag is cli'}`,
      hint: own ? 'remove tags, or add core' : 'remove it; with tags: [core] a server takes it, if it has its commands',
    },
  ];
}

function unknownNameIssues(name: string, entry: DataMap, { known, holmes, minor }: MaybeKnown): ConsumerIssue[] {
  const { type, description, enabled } = entry;
  if (known) return [];
  if (limitsOf('removed', minor).names?.includes(name)) return enabled === false ? [] : [removedToolset(name, holmes)];
  const reject = (path: Path, message: string, hint: string): ConsumerIssue[] => [
    { path, part: 'key', effect: 'rejected', message, hint },
  ];
  if (isOwnType(type)) {
    const other = getOwn(types, type);
    const hint = didYouMeanKey(type, Object.keys(types)) ?? 'see its documentation for the types of toolsets';
    return reject(
      ['type'],
      `${holmes} has no toolsets of type ${JSON.stringify(type)}`,
      other ? releases(other) : hint,
    );
  }
  if (typeof description === 'string') return [];
  return reject([], `${holmes} has no toolset ${JSON.stringify(name)}`, unknownNameHint(name, minor));
}

function removedToolset(name: string, holmes: string): ConsumerIssue {
  const message = `${holmes} no longer has ${JSON.stringify(name)}, and ignores it`;
  return { path: [], part: 'key', effect: 'ignored', message, hint: 'remove it' };
}

function unknownNameHint(name: string, minor: number): string {
  const own = otherName(name, minor);
  if (own !== null) return `write ${own}, its name in this release`;
  const other = getOwn(toolsets, name);
  if (other) return releases(other);
  if (Object.hasOwn(entryKeys, name)) return 'indent it further: it is beside the toolsets, and belongs in one';
  const below = Object.keys(toolsets).filter((one) => one.startsWith(`${name}/`));
  if (below.length > 0) return `did you mean ${below.join(', ')}?`;
  return (
    didYouMeanKey(name, Object.keys(toolsets)) ??
    ofSameProduct(name, minor) ??
    'for one of your own add description, and tools or a type'
  );
}

/** Toolsets whose group or name is the group of the unknown one: `grafana/loki` for `loki/logs`. */
function ofSameProduct(name: string, minor: number): string | null {
  const [product = '', ...others] = name.split('/');
  const present = Object.keys(toolsets).filter((one) => others.length > 0 && knownToolset(one, minor) !== null);
  const sameGroup = present.filter((one) => one.startsWith(`${product}/`));
  if (sameGroup.length > 0) return `it has ${shortened(sameGroup, maxNamed).join(', ')}`;
  const named = present.filter((one) => one.endsWith(`/${product}`));
  return named.length > 0 ? `did you mean ${shortened(named, maxNamed).join(', ')}?` : null;
}

const maxNamed = 8;
