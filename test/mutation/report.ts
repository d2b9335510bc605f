import type { MutantResult } from '@stryker-mutator/api/core';
import { renderTable } from '../../plugin/commands/terminal/table.ts';
import { bar } from './areas.ts';

/** What Stryker found in a folder. */
export interface Result {
  readonly folder: string;
  readonly mutants: readonly Mutant[];
}

export type Mutant = Pick<MutantResult, 'fileName' | 'location' | 'mutatorName' | 'replacement' | 'status'>;

/**
 * Percent of the mutants that a test noticed: by a failure, or by an endless loop. Ignored mutants do not count, nor those
 * with which the test files themselves cannot be loaded.
 */
export function scoreOf({ mutants }: Result): number {
  const noticed = count(mutants, 'Killed') + count(mutants, 'Timeout');
  const all = noticed + count(mutants, 'Survived') + count(mutants, 'NoCoverage');
  return all === 0 ? 100 : (100 * noticed) / all;
}

export function renderScores(results: readonly Result[]): string {
  const columns = [
    'FOLDER',
    'MUTANTS',
    'KILLED',
    'TIMED OUT',
    'SURVIVED',
    'NOT COVERED',
    'EQUIVALENT',
    'ERROR',
    'SCORE',
  ];
  const rows = results.map((result) => {
    const { folder, mutants } = result;
    const counts = (['Killed', 'Timeout', 'Survived', 'NoCoverage', 'Ignored', 'RuntimeError'] as const).map((status) =>
      String(count(mutants, status)),
    );
    const score = scoreOf(result);
    return [
      folder,
      String(mutants.length),
      ...counts,
      `${score.toFixed(1)} %${score < bar ? ` (below ${bar} %)` : ''}`,
    ];
  });
  return renderTable(columns, rows);
}

/** Mutants that no test detected, one a line: `file:line:column mutator: text -> mutated text`. */
export function renderSurvivors(results: readonly Result[], read: (file: string) => string): string {
  return results
    .flatMap(({ mutants }) => mutants)
    .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
    .map(({ fileName, location, mutatorName, replacement, status }) => {
      const { line, column } = location.start;
      const text = oneLine(textAt(read(fileName), location));
      const covered = status === 'NoCoverage' ? ' (not covered)' : '';
      return `${fileName}:${line}:${column} ${mutatorName}${covered}: ${text} -> ${oneLine(replacement)}\n`;
    })
    .join('');
}

function count(mutants: readonly Mutant[], status: Mutant['status']): number {
  return mutants.filter((mutant) => mutant.status === status).length;
}

/** Lines and columns count from 1. */
function textAt(source: string, { start, end }: Mutant['location']): string {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  const last = lines.length - 1;
  return lines
    .map((line, index) => line.slice(index === 0 ? start.column - 1 : 0, index === last ? end.column - 1 : undefined))
    .join('\n');
}

const longest = 100;

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}
