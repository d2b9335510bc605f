import type { StructuredPatchHunk } from 'diff';
import { formatPatch, structuredPatch } from 'diff';

interface File {
  readonly name: string;
  readonly text: string;
}

/** Maximum number of differing lines to match: matching takes quadratic time. */
const maxEditLength = 4_000;

const headerOptions = { includeIndex: false, includeUnderline: false, includeFileHeaders: true };

/** A unified diff of two files. Beyond the limit, one file replaces the other as a whole. */
export function linePatch(before: File, after: File): string {
  const patch = structuredPatch(before.name, after.name, before.text, after.text, '', '', { maxEditLength });
  if (patch) return formatPatch(patch, headerOptions);
  const unlike = structuredPatch(before.name, after.name, '', '', '', '');
  return formatPatch({ ...unlike, hunks: [replacement(before.text, after.text)] }, headerOptions);
}

/** The differing lines of two texts, each after `-` or `+`, with up to three lines of context, each after a space. */
export function changedLines(before: string, after: string): readonly string[] {
  const patch = structuredPatch('', '', before, after, '', '', { maxEditLength, context: 3 });
  const hunks = patch?.hunks ?? [replacement(before, after)];
  return hunks.flatMap(({ lines }) => lines.filter((line) => !line.startsWith('\\')));
}

function replacement(before: string, after: string): StructuredPatchHunk {
  const [old, own] = [linesOf(before), linesOf(after)];
  return {
    oldStart: 1,
    oldLines: old.length,
    newStart: 1,
    newLines: own.length,
    lines: [...old.map((line) => `-${line}`), ...own.map((line) => `+${line}`)],
  };
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}
