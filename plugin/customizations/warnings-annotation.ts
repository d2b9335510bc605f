import type { WarningCode } from '../lib/codes.ts';
import type { Diagnostic } from '../lib/diagnostic.ts';
import { formatDiagnostic } from '../lib/diagnostic.ts';
import { compare } from '../lib/object-key.ts';

/** What people should know of the generation that made the ConfigMap: one warning a line; absent where there is none. */
export const warningsAnnotation = 'kubernaut.io/toolset-warnings';

/** Warnings, and characters of each. */
const maxWarnings = 40;
const maxCharacters = 300;

/** What the next run may not say: it would change the ConfigMap for nothing. */
const passing: ReadonlySet<string> = new Set<WarningCode>(['EVIDENCE_UNAVAILABLE', 'FIRST_QUESTION_UNANSWERED']);

/** `CODE message`, in the order of the alphabet and indented as the sources are: the same warnings are the same text. */
export function writeWarnings(warnings: readonly Diagnostic[]): string | null {
  const lines = warnings
    .filter(({ severity, code }) => severity === 'warning' && !passing.has(code))
    .map((one) => `  ${one.code} ${shown(formatDiagnostic(one))}`);
  const sorted = [...new Set(lines)].sort(compare);
  const more = sorted.length - maxWarnings;
  const kept = inTurns(sorted).slice(0, maxWarnings).sort(compare);
  if (kept.length === 0) return null;
  return ['warnings:', ...kept, ...(more > 0 ? [`  and ${String(more)} more`] : [])].join('\n');
}

/** The first of each code, then the second of each: hundreds of one code, as a tenant can cause them, hide no other one. */
function inTurns(lines: readonly string[]): string[] {
  const byCode = Map.groupBy(lines, (line) => line.trimStart().split(' ')[0] ?? '');
  const turns: string[][] = [];
  for (const own of byCode.values()) for (const [turn, line] of own.entries()) (turns[turn] ??= []).push(line);
  return turns.flat();
}

function shown(text: string): string {
  const printable = text.replace(/[^ -~]/g, '?');
  return printable.length > maxCharacters ? `${printable.slice(0, maxCharacters)}...` : printable;
}
