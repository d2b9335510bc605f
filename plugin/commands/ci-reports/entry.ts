import { createHash } from 'node:crypto';
import type { SourceLocation } from '../../lib/diagnostic.ts';
import { printable } from '../../lib/text.ts';

/** One result of `validate` or `doctor`, as the systems that run a pipeline are told of it. */
export interface Entry {
  /** A code of docs/errors.md, or a reason of docs/troubleshooting.md. */
  readonly code: string;
  /** `unknown`: a check that could not be made; `skipped`: one that was left out. */
  readonly level: 'error' | 'warning' | 'note' | 'unknown' | 'passed' | 'skipped';
  readonly message: string;
  /** What to do, a line each. */
  readonly remedy: readonly string[];
  /** What it is about: a file, or an object of the cluster. */
  readonly subject: string;
  /** In Git; `null` where it has no line there. */
  readonly location: SourceLocation | null;
  /** The page about the code. */
  readonly helpUrl: string;
}

/** What a report says besides. */
export interface ReportInputs {
  /** `validate` or `doctor`. */
  readonly command: string;
  readonly version: string;
  /** The file that is named where a form demands one and an entry has none. */
  readonly defaultFile: string;
}

/** Characters of one text. */
const maxText = 4_000;

/** A foreign text without control characters and halves of characters, cut where it is long. */
export function bounded(text: string): string {
  const start = text.length > maxText ? `${text.slice(0, maxText)}…` : text;
  return printable(start.toWellFormed()).replace(/[\uFFFE\uFFFF]/g, '\uFFFD');
}

/** The message, then the remedy, a line each. */
export function linesOf({ message, remedy }: Entry): readonly string[] {
  return [message, ...remedy].map(bounded);
}

/** Those that people should look at. */
export function remarkable(entries: readonly Entry[]): readonly Entry[] {
  return entries.filter(({ level }) => level !== 'passed' && level !== 'skipped');
}

/**
 * What tells each entry from the others, and is the same in the next run: it has no line, so that a finding whose line
 * moves stays the same one.
 */
export function fingerprintsOf(entries: readonly Entry[]): readonly string[] {
  const seen = new Map<string, number>();
  return entries.map(({ code, subject, message }) => {
    const id = JSON.stringify([code, subject, message]);
    const before = seen.get(id) ?? 0;
    seen.set(id, before + 1);
    return createHash('sha256')
      .update(before === 0 ? id : `${id} ${String(before)}`)
      .digest('hex');
  });
}
