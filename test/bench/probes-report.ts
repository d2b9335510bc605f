import { markdownTable } from '../../docs/markdown.ts';
import type { ProbeResult } from './probes.ts';
import { describeMachine, heldOrMissed } from './report.ts';

/** The same as Markdown. What answers alone is the base of the others. */
export function renderProbes(results: readonly ProbeResult[]): string {
  const baseMs = results[0]?.wallMs ?? Number.NaN;
  return [
    `Measured on ${describeMachine()}.`,
    markdownTable(
      ['Cluster', 'Wall time', 'Bar', 'CPU time', 'Peak memory', 'Before'],
      results.map(({ title, wallMs, cpuMs, peakMB, isRight, barMs, beforeMs }) => [
        title,
        seconds(wallMs),
        barMs === null ? '' : `≤ ${seconds(baseMs + barMs)}: ${heldOrMissed(isRight && wallMs <= baseMs + barMs)}`,
        `${cpuMs.toFixed(0)} ms`,
        `${peakMB.toFixed(0)} MB`,
        beforeMs === null ? '' : seconds(beforeMs),
      ]),
      'numbers',
    ),
    results.every(({ isRight }) => isRight)
      ? 'In each of them every backend that answers is in the output, and no other one.'
      : '**A backend that answers is missing in one of them.**',
  ].join('\n\n');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
