import { markdownTable } from '../../docs/markdown.ts';
import type { BudgetResult } from './budgets.ts';
import { deadlineSeconds, patienceSeconds } from './budgets.ts';
import type { Ending } from './measure.ts';
import { describeMachine, verdictOn } from './report.ts';

/** MB that a run may take, seconds of CPU time that none of these should need, and those of a run with a deadline. */
const bars = { peakMB: 300, cpuSeconds: 10, wallAtDeadlineMs: (deadlineSeconds + 1) * 1_000 };

/** The same as Markdown. */
export function renderBudgets(results: readonly BudgetResult[]): string {
  const peak = Math.max(...results.map(({ now }) => now.peakMB));
  const cpu = Math.max(...results.map(({ now }) => (now.isKilled ? Infinity : now.cpuMs / 1000)));
  const atDeadline = Math.max(...results.map((one) => one.atDeadline?.wallMs ?? 0));
  return [
    `Measured on ${describeMachine()}. Runs that have not ended after ${String(patienceSeconds)} s are killed, shown as >.`,
    markdownTable(
      ['Repository', 'Files', 'CPU before', 'Peak before', 'Wall now', 'CPU now', 'Peak now', 'Exit code'],
      results.map(({ name, kilobytes, now, before }) => [
        name,
        `${kilobytes.toFixed(0)} KB`,
        before ? cpuOf(before) : '-',
        before ? peakOf(before) : '-',
        `${(now.wallMs / 1000).toFixed(1)} s`,
        cpuOf(now),
        peakOf(now),
        String(now.code),
      ]),
      'numbers',
    ),
    `Bars: ${verdictOn('peak memory', peak, bars.peakMB, 'MB')}; ${verdictOn('CPU time', cpu, bars.cpuSeconds, 's')}; ${verdictOn(
      `wall time with \`--deadline ${String(deadlineSeconds)}s\``,
      atDeadline,
      bars.wallAtDeadlineMs,
      'ms',
    )}.`,
  ].join('\n\n');
}

function cpuOf({ cpuMs, isKilled }: Ending): string {
  return `${isKilled ? '> ' : ''}${(cpuMs / 1000).toFixed(1)} s`;
}

function peakOf({ peakMB, isKilled }: Ending): string {
  return `${isKilled ? '> ' : ''}${peakMB.toFixed(0)} MB`;
}
