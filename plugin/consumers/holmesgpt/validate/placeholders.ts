import type { Data } from '../../../lib/json.ts';
import { isMap } from '../../../lib/json.ts';
import type { Path } from '../../../lib/data/json-pointer.ts';
import type { ConsumerIssue } from '../../consumer.ts';

/** Texts that people meant to replace, or to have replaced: HolmesGPT fills in `{{ env.X }}` alone. */
export function unresolvedPlaceholders(data: Data | undefined, path: Path, holmes: string): ConsumerIssue[] {
  if (typeof data === 'string') {
    const found = placeholderIn(data);
    return found
      ? [{ path, part: 'value', effect: 'ignored', message: `${holmes} ${found.message}`, hint: found.hint }]
      : [];
  }
  if (Array.isArray(data))
    return (data as readonly Data[]).flatMap((one, index) => unresolvedPlaceholders(one, [...path, index], holmes));
  if (!isMap(data)) return [];
  return Object.entries(data).flatMap(([key, one]) => unresolvedPlaceholders(one, [...path, key], holmes));
}

function placeholderIn(text: string): { readonly message: string; readonly hint: string } | null {
  const [reference, name = '', rest = ''] = /\$\{(\w+)([^}]*)\}/.exec(text) ?? [];
  if (reference !== undefined) {
    const without = rest === '' ? '' : ', which has no default: set the variable';
    return {
      message: `does not fill in ${reference}, and sends it as it is`,
      hint: `write {{ env.${name} }}${without}`,
    };
  }
  // Not `(?<name>…)` of a regular expression.
  const [, , blank] = /(^|[^?])(<[a-z][\w .:/-]*>)/i.exec(text) ?? [];
  if (blank === undefined) return null;
  return { message: `takes ${blank} as it is`, hint: 'write what is meant in its place' };
}
