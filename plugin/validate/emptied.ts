import { isMap, isScalar, visit } from 'yaml';
import type { Pair } from 'yaml';
import type { FileDiagnostic } from '../lib/diagnostic.ts';
import type { Overrides } from '../customizations/overrides/overrides.ts';

/**
 * Keys followed by nothing but comments: they read as `null`, which removes what was discovered. An intended removal is
 * written as `null`. Sections of the file remove nothing.
 */
export function emptiedKeyFindings({ file }: Overrides): FileDiagnostic[] {
  const found: FileDiagnostic[] = [];
  visit(file.document, {
    Pair(_, pair, path) {
      const depth = path.filter(isMap).length;
      const range = isScalar(pair.key) ? pair.key.range : undefined;
      if (depth < 2 || !range || !isEmpty(pair)) return;
      const [start, end] = range;
      const [indent, comment] = commentAfter(file.text, end);
      if (comment === null || indent <= columnOf(file.text, start)) return;
      found.push({
        severity: 'warning',
        code: 'OVERRIDE_UNUSED',
        location: file.placeAt(start),
        message: 'has only comments as its value, reads as null, and removes what is there',
        hint: 'comment the key out as well, or write null if it is meant to be removed',
      });
    },
  });
  return found;
}

function isEmpty({ value }: Pair): boolean {
  return value === null || (isScalar(value) && value.value === null && (value.source ?? '') === '');
}

/** Indent and text of the next line that is not blank, if it is a comment. */
function commentAfter(text: string, offset: number): readonly [indent: number, comment: string | null] {
  const [, indent = '', comment = null] =
    /^[ \t]*:[ \t]*(?:#[^\n]*)?(?:\n[ \t]*)*\n([ ]*)(#[^\n]*)/.exec(text.slice(offset)) ?? [];
  return [indent.length, comment];
}

/** Indentation of the line at an offset. */
function columnOf(text: string, offset: number): number {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1);
  return line.length - line.trimStart().length;
}
