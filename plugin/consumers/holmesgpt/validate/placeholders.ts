import { hasRandomWord } from '../../../secrets/entropy.ts';
import { tokenFormatOf } from '../../../secrets/token-formats.ts';
import { isFixed } from '../../../secrets/values.ts';
import type { Data, DataMap, Path } from '../../../lib/json.ts';
import { partsOf } from '../../../lib/json.ts';
import { clipped } from '../../../lib/messages/text.ts';
import type { ConsumerIssue } from '../../consumer.ts';
import type { MaybeKnown } from './subject.ts';

// HolmesGPT only fills in `{{ env.X }}`, in every string of an entry, when it reads the file; an unset variable fails
// the entry. All patterns here are bounded, because a string may be as long as the file.

/** References to variables that cannot exist: HolmesGPT takes everything between `env.` and the braces for the name. */
export function impossibleReferences(entry: DataMap, { limits, holmes }: MaybeKnown): ConsumerIssue[] {
  return textsIn(entry, [])
    .filter(([path]) => !isLateHeader(path, limits))
    .flatMap(([path, text]): ConsumerIssue[] => {
      const wrong = text.matchAll(filledIn).find(([, name = '']) => !possibleName.test(name.trim()));
      if (!wrong) return [];
      const [, name = ''] = wrong;
      const [variable = 'NAME'] = /^\w+/.exec(name.trim()) ?? [];
      const message = `${holmes} fails it: {{ env.${variable} … }} does not name a variable`;
      const hint = `write {{ env.${variable} }}: it takes no filter and no default`;
      return [{ path, part: 'value', effect: 'rejected', message, hint }];
    });
}

/** Placeholders that people meant to replace, or to have replaced, and that are sent unchanged. */
export function unresolvedPlaceholders(
  { config, url }: DataMap,
  { limits, known, holmes }: MaybeKnown,
): ConsumerIssue[] {
  const hasTemplates = Object.hasOwn(known?.config ?? {}, 'extra_headers');
  return [...textsIn(config, ['config']), ...textsIn(url, ['url'])]
    .filter(([path]) => !isCommand(path, limits))
    .flatMap(([path, text]): ConsumerIssue[] => {
      const isPlain = hasTemplates && path[1] === 'headers';
      const found = (isPlain ? ofRequestIn(text) : null) ?? placeholderIn(text, isHeaderTemplate(path));
      if (found === null) return [];
      const { message, hint, text: placeholder = '' } = found;
      const isPlaceholder = placeholder !== '' && isFixed(text.replace(filledIn, ' ').replace(placeholder, ' '));
      const marked = isPlaceholder ? { isPlaceholder } : {};
      return [{ path, part: 'value', effect: 'ignored', ...marked, message: `${holmes} ${message}`, hint }];
    });
}

/** What HolmesGPT only knows for each request, in headers that it reads once. */
function ofRequestIn(text: string): Placeholder | null {
  if (!/\{\{[^{}]{0,20}request_context\b/.test(text)) return null;
  return {
    message: 'does not fill in {{ request_context … }}, and sends it as it is',
    hint: 'move it to extra_headers, which it fills in for each request',
  };
}

/** HolmesGPT's own pattern, with a limit on the length of the name. */
const filledIn = /\{\{\s{0,20}env\.([^}]{0,200})\}\}/g;
const possibleName = /^[\w.-]+$/;

/** Each string with its path. */
export function textsIn(data: Data | undefined, path: Path): (readonly [Path, string])[] {
  if (typeof data === 'string') return [[path, data]];
  return partsOf(data ?? null).flatMap(([key, one]) => textsIn(one, [...path, key]));
}

/** Headers that are Jinja templates, rendered for each request with access to it. */
function isHeaderTemplate(path: Path): boolean {
  return path.includes('extra_headers');
}

/** These headers of an MCP server are not filled in with the file. */
function isLateHeader(path: Path, limits: string): boolean {
  return limits === 'type:mcp' && path[0] === 'config' && path[1] === 'extra_headers';
}

/** Commands have their own variables and templates. */
function isCommand(path: Path, limits: string): boolean {
  const [, key] = path;
  if (limits === 'bash') return key === 'allow' || key === 'deny';
  return limits === 'kubectl-run' || (limits === 'type:mcp' && key === 'args');
}

interface Placeholder {
  /** As it is written, where it contains nothing that may be a secret. */
  readonly text?: string;
  readonly message: string;
  readonly hint: string;
}

/** Replaces a reference that HolmesGPT fills in. */
const reference = '\uFFFC';

function placeholderIn(text: string, isTemplate: boolean): Placeholder | null {
  const rest = text.replace(filledIn, reference);
  const [, name = null, more = ''] = /\$\{(\w{1,200})([^{}]{0,200})\}/.exec(rest) ?? [];
  if (name !== null) {
    const isAlone = more === '';
    const found = unfilled(isAlone ? `\${${name}}` : `\${${name}…}`, name, isAlone ? '' : noDefault);
    return isAlone ? { ...found, text: `\${${name}}` } : found;
  }
  if (rest.includes(`$${reference}`))
    return { message: 'fills in {{ env.X }}, and sends the $ before it', hint: 'remove the $' };
  const braces = isTemplate
    ? null
    : (/\{\{[^{}]{0,200}\}\}/.exec(rest) ?? /\{{1,2}\s{0,20}env\.\w{1,200}(?:\s{0,20}\})?/i.exec(rest));
  if (braces) return { ...unfilled(shownBraces(braces[0]), variableIn(braces[0]), ''), text: braces[0] };
  const [, shell = null, inShell = ''] = /(?:^|[\s/:@=])(\$\(?([A-Z_][A-Z0-9_]{2,200})\)?)(?![\w(])/.exec(rest) ?? [];
  if (shell !== null) return { ...unfilled(shell, inShell, ''), text: shell };
  // Excludes `(?<name>…)` of a regular expression.
  const [, , gap = null] = /(^|[^?])(<[a-z][\w .:/#|-]{0,200}>)/i.exec(text) ?? [];
  const hint = 'write the intended value instead';
  return gap === null ? null : { message: `takes ${shown(gap)} as it is`, hint, text: gap };
}

const noDefault = ', which has no default: set the variable';

function unfilled(what: string, name: string, more: string): Placeholder {
  return {
    message: `does not fill in ${shown(what)}, and sends it as it is`,
    hint: `write {{ env.${shown(name)} }}${more}`,
  };
}

/** A plain name in braces unchanged; of anything else only a hint, because it may contain a secret. */
function shownBraces(braces: string): string {
  if (/^\{+-?\s*\.?[\w.-]+\s*-?\}*$/.test(braces)) return braces;
  return `{{ ${variableIn(braces)} … }}`;
}

/** The variable name meant by `{{ X }}`, `{{ .Env.X }}`, `{{- env.X -}}` or `{{ env["X"] }}`. */
function variableIn(braces: string): string {
  const [, name = 'NAME'] = /^\{+-?\s*(?:\.?env(?:\.|\[["']))?(\w+)["'\]]{0,2}\s*-?\}*$/i.exec(braces) ?? [];
  return name;
}

function shown(text: string): string {
  return tokenFormatOf(text) !== null || hasRandomWord(text) ? '…' : clipped(text, 80);
}
