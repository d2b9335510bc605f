import { markdownTable } from '../../docs/markdown.ts';

/** What one fault came to. */
export interface Row {
  readonly name: string;
  readonly about: string;
  readonly from: string;
  readonly barSeconds: number;
  /** `null` if the ConfigMap was not right within the bar. */
  readonly rightMs: number | null;
  readonly requests: number;
  readonly changes: number;
  /** Refreshes and syncs that the API server accepted. */
  readonly actions: number;
  /** Those that nothing needed: more than a refresh and a sync for each change. */
  readonly twice: number;
  readonly peakMB: number;
  readonly problem: string | null;
}

/** Whether the row is at its bar. */
export function isHeld({ rightMs, twice, problem }: Row): boolean {
  return rightMs !== null && twice === 0 && problem === null;
}

/** The table, which reads well in a terminal too. */
export function chaosTable(rows: readonly Row[]): string {
  return markdownTable(
    ['Fault', 'What was done', 'Right again', 'Bar', 'Requests', 'Actions', 'Twice', 'Peak memory'],
    rows.map((row) => [
      `\`${row.name}\``,
      row.about,
      `${row.rightMs === null ? '**not**' : `${(row.rightMs / 1000).toFixed(1)} s`} after ${row.from}`,
      `${row.barSeconds} s`,
      String(row.requests),
      `${row.actions} for ${row.changes} change${row.changes === 1 ? '' : 's'}`,
      String(row.twice),
      `${Math.round(row.peakMB)} MB`,
    ]),
  );
}
