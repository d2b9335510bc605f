import type { Data, Path } from '../../../lib/json.ts';
import { getOwn, isList, isMap } from '../../../lib/json.ts';
import type { ConsumerIssue, Section } from '../../consumer.ts';
import type { EntryKey } from '../catalog.ts';
import { entryKeys, isIn } from '../catalog.ts';
import { limitsOf } from '../limits.ts';
import { limitIssues } from './limits.ts';
import type { MaybeKnown } from './subject.ts';
import { isBuiltIn } from './subject.ts';
import { didYouMeanKey, isOffText, isOfType, releases, wrongType } from './value-types.ts';

/** What a release rejects or misreads in one key of an entry. */
export function entryKeyIssues(key: string, value: Data, section: Section, subject: MaybeKnown): ConsumerIssue[] {
  const { holmes, minor, limits } = subject;
  const known = Object.keys(entryKeys).filter((name) => isIn(getOwn(entryKeys, name), minor));
  const expected = known.includes(key) ? getOwn(entryKeys, key) : undefined;
  const isFilled = !Array.isArray(value) || value.length > 0;
  if (isBuiltIn(subject) && isFilled && limitsOf('overridden', minor).names?.includes(key))
    return [notLoadedIssue(key, holmes)];
  const isRefused = limitsOf(limits, minor).refuses?.includes(key) === true;
  if (key === 'enabled' && !isBuiltIn(subject)) return enabledAnywayIssues(value, holmes);
  if (key === 'url' && typeof value === 'string' && isBuiltIn(subject)) return unreadUrlIssues(subject);
  if (expected && !isRefused) return value === null ? [] : entryValueIssues(key, value, expected, subject);
  // `type: database` had a subtype before other entries did, and treats an unknown one as "unknown".
  const takesSubtype = key === 'subtype' && limitsOf(limits, minor).subtypes !== undefined;
  if (takesSubtype || limitsOf('tolerated', minor).names?.includes(key) === true) return [];
  return [
    {
      path: [key],
      part: 'key',
      effect: 'rejected',
      message: `${holmes} rejects a toolset with the key ${JSON.stringify(key)}`,
      hint: isRefused && !isServer(key, section, subject) ? ownKeyHint : unknownKeyHint(key, section, known, subject),
    },
  ];
}

const ownKeyHint = 'remove it: this type has its own';

/** Whether the entry of an unknown toolset is that of an MCP server. */
function isServer(key: string, section: Section, { limits }: MaybeKnown): boolean {
  return section === 'toolsets' && limits === 'type:custom' && /^(?:url|command|args|headers|mode)$/.test(key);
}

/** A toolset that is not built in is enabled by any value except `false`. */
function enabledAnywayIssues(value: Data, holmes: string): ConsumerIssue[] {
  if (value !== 0 && (typeof value !== 'string' || !isOffText(value))) return [];
  const message = `${holmes} enables it: for a toolset that is not built in, ${JSON.stringify(value)} counts as true`;
  return [{ path: ['enabled'], part: 'value', effect: 'ignored', message, hint: 'write false, without quotes' }];
}

/** Only MCP servers have their URL beside `config`, in older files. */
function unreadUrlIssues({ known, holmes }: MaybeKnown): ConsumerIssue[] {
  const keys = known?.config ?? {};
  const key = ['api_url', 'prometheus_url', 'url'].find((one) => Object.hasOwn(keys, one));
  if (key === undefined) return [];
  const message = `${holmes} silently ignores a URL beside config`;
  return [{ path: ['url'], part: 'key', effect: 'ignored', message, hint: `move it into config, as ${key}` }];
}

function notLoadedIssue(key: string, holmes: string): ConsumerIssue {
  const message = `${holmes} does not load the file: ${key} in a built-in toolset`;
  return {
    path: [key],
    part: 'key',
    effect: 'rejected',
    message,
    hint: 'give it a name of its own, with a description',
  };
}

function unknownKeyHint(key: string, section: Section, known: readonly string[], subject: MaybeKnown): string {
  if (isServer(key, section, subject)) return `for an MCP server move the entry to mcp_servers, with ${key} in config`;
  const other = getOwn(entryKeys, key);
  if (other) return releases(other);
  if (section === 'mcp_servers' && ['command', 'args', 'env'].includes(key))
    return 'move it into config, with mode: stdio beside it';
  if (subject.known?.config && Object.hasOwn(subject.known.config, key)) return 'move it into config';
  // The word is similar to `enabled`, which means the opposite.
  if (/^disabled?$/.test(key)) return 'write enabled: false, or enabled: true';
  if (key === '$patch') return 'to remove the toolset, write null in place of the entry';
  return didYouMeanKey(key, known) ?? 'settings of the product go in config';
}

function entryValueIssues(key: string, value: Data, { type }: EntryKey, subject: MaybeKnown): ConsumerIssue[] {
  const { holmes, minor, limits: own } = subject;
  if (!isOfType(value, type)) return [wrongType([key], value, type, holmes)];
  const limits = limitsOf(`entry.${key}`, minor);
  const { subtypes } = limitsOf(own, minor);
  if (key === 'subtype' && subtypes) return limitIssues(value, { enum: subtypes }, [key], holmes);
  if (!isList(value)) return key === 'type' ? [] : limitIssues(value, limits, [key], holmes);
  const { of = 'any', requires = [] } = limits;
  const wrong = [...value.entries()].filter(([, one]) => !isOfType(one, of === 'integer' ? 'number' : of));
  if (wrong.length > 0 && of !== 'integer')
    return wrong.map(([index, one]) => wrongType([key, index], one, of, holmes));
  return [
    ...limitIssues(value, limits, [key], holmes),
    ...value.flatMap((one, index) =>
      requires
        .filter((name) => isMap(one) && typeof getOwn(one, name) !== 'string')
        .map((name) => withoutKey([key, index], name, holmes)),
    ),
    ...(key === 'tools' ? idleTools(value, holmes) : []),
  ];
}

/** HolmesGPT's own code requires one of the two. */
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
