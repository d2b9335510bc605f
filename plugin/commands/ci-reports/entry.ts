import { createHash } from 'node:crypto';
import type { SourceLocation } from '../../lib/diagnostic.ts';
import { printable } from '../../lib/messages/text.ts';

/** One result of `validate` or `doctor`, in the terms of CI systems. */
export interface Entry {
  /** A code of docs/errors.md, or a reason of docs/troubleshooting.md. */
  readonly code: string;
  /** `unknown`: a check that could not be made; `skipped`: one that was left out. */
  readonly level: 'error' | 'warning' | 'note' | 'unknown' | 'passed' | 'skipped';
  readonly message: string;
  /** What to do, one line per step. */
  readonly remedy: readonly string[];
  /** What it is about: a file, or an object of the cluster. */
  readonly subject: string;
  /** Location in Git; `null` if it has no line there. */
  readonly location: SourceLocation | null;
  /** Documentation page of the code. */
  readonly helpUrl: string;
}

/** Further contents of a report. */
export interface ReportInputs {
  /** `validate` or `doctor`. */
  readonly command: string;
  readonly version: string;
  /** File to name if the format requires one and an entry has none. */
  readonly defaultFile: string;
}

/** Most characters of one text. */
const maxText = 4_000;

/** A foreign text without control characters and lone surrogates, truncated if long. */
export function bounded(text: string): string {
  const start = text.length > maxText ? `${text.slice(0, maxText)}…` : text;
  return printable(start.toWellFormed()).replace(/[\uFFFE\uFFFF]/g, '\uFFFD');
}

/** The message and the remedy, as lines. */
export function linesOf({ message, remedy }: Entry): readonly string[] {
  return [message, ...remedy].map(bounded);
}

/** Entries that deserve people's attention. */
export function notableEntries(entries: readonly Entry[]): readonly Entry[] {
  return entries.filter(({ level }) => level !== 'passed' && level !== 'skipped');
}

/**
 * Identifies each entry, and stays the same in the next run: it contains no line number, so that a finding whose line
 * moves keeps its identity.
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
