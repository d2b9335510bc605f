import type { WarningCode } from '../lib/codes.ts';
import { actionCodes } from '../lib/codes.ts';
import type { Diagnostic } from '../lib/diagnostic.ts';
import { formatDiagnostic } from '../lib/diagnostic.ts';
import { compare, inTurns } from '../lib/object-key.ts';

/** Warnings of the generation that made the ConfigMap, one per line; absent where there are none. */
const warningsAnnotation = 'kubernaut.io/toolset-warnings';

/** Warnings that someone has to act on; Argo CD's health check shows them as the message of a Degraded ConfigMap. */
export const actionAnnotation = 'kubernaut.io/toolset-needs-action';

/** Maximum number of warnings, and of characters in each. */
const maxWarnings = 40;
const maxCharacters = 300;
/** Maximum number of warnings that need action: the UI shows them as one message. */
const maxActions = 5;
/** Maximum length of a line, with its code. */
const ellipsis = '...';
const maxLine = maxCharacters + 50;

/** Warnings that may be gone in the next run: they would change the ConfigMap needlessly. */
const transientCodes: ReadonlySet<string> = new Set<WarningCode>(['EVIDENCE_UNAVAILABLE', 'FIRST_QUESTION_UNANSWERED']);

/** Lines `CODE message`, sorted and indented like the sources, so that equal warnings give equal text. */
export function writeWarnings(warnings: readonly Diagnostic[]): string | null {
  const lines = linesOf(warnings, maxWarnings);
  return lines.length === 0 ? null : ['warnings:', ...lines.map((line) => `  ${line}`)].join('\n');
}

/** The annotations for a generation's warnings; empty without warnings. */
export function warningAnnotations(warnings: readonly Diagnostic[]): Readonly<Record<string, string>> {
  const text = writeWarnings(warnings);
  if (text === null) return {};
  const actions = linesOf(
    warnings.filter(({ code }) => actionCodes.has(code)),
    maxActions,
  );
  return { [warningsAnnotation]: text, ...(actions.length === 0 ? {} : { [actionAnnotation]: actions.join('\n') }) };
}

/** A warning as written in an annotation. */
export interface AnnotationWarning {
  readonly code: string;
  /** With its place and hint; truncated where it is too long. */
  readonly message: string;
}

/** Parses the output of `writeWarnings`. It is untrusted: anyone who can write the ConfigMap can set it. */
export function readWarnings(annotations: Readonly<Record<string, string>>): readonly AnnotationWarning[] {
  const { [warningsAnnotation]: text = '' } = annotations;
  const lines = text.slice(0, (maxWarnings + 1) * maxLine).split('\n', maxWarnings + 1);
  return lines.flatMap((line) => {
    const [, code, message] = /^ {2}([A-Z][A-Z_]{1,39}) (.+)$/.exec(line) ?? [];
    return code === undefined || message === undefined ? [] : [{ code, message: shown(message) }];
  });
}

/** A warning in the form in which `readWarnings` returns it. */
export function toAnnotationWarning(one: Diagnostic): AnnotationWarning {
  return { code: one.code, message: shown(formatDiagnostic(one)) };
}

function linesOf(warnings: readonly Diagnostic[], most: number): readonly string[] {
  const lines = warnings
    .filter(({ severity, code }) => severity === 'warning' && !transientCodes.has(code))
    .map(toAnnotationWarning)
    .map(({ code, message }) => `${code} ${message}`);
  const sorted = [...new Set(lines)].sort(compare);
  const more = sorted.length - most;
  // Codes take turns: hundreds of warnings of one code, which a tenant can cause, hide no others.
  const kept = inTurns(sorted, (line) => line.split(' ')[0] ?? '')
    .slice(0, most)
    .sort(compare);
  return [...kept, ...(more > 0 ? [`and ${String(more)} more`] : [])];
}

function shown(text: string): string {
  const printable = text.replace(/[^ -~]/g, '?');
  return printable.length > maxCharacters + ellipsis.length
    ? `${printable.slice(0, maxCharacters)}${ellipsis}`
    : printable;
}
