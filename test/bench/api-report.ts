import { markdownTable } from '../../docs/markdown.ts';
import { perSecond } from './api-load.ts';
import type { ApiResult } from './api.ts';
import { describeMachine, heldOrMissed } from './report.ts';

const latencyBarMs = 50;
const memoryBarMB = 128;

/** How soon the API answers, and what it costs, as Markdown. */
export function renderApi({ services, rssMB, phases }: ApiResult): string {
  const title = `${services.toLocaleString('en-US')} Services, ${String(perSecond)} requests a second`;
  const rows = phases.map(({ name, medianMs, p95Ms, p99Ms, failed, cpuMs, rssMB }) => [
    name,
    ...[medianMs, p95Ms, p99Ms].map((ms) => `${ms.toFixed(0)} ms`),
    String(failed),
    `${cpuMs.toFixed(1)} ms`,
    `${rssMB.toFixed(0)} MB`,
  ]);
  const slowest = Math.max(...phases.map(({ p95Ms }) => p95Ms));
  const largest = Math.max(...phases.map((phase) => phase.rssMB));
  return [
    `Measured on ${describeMachine()}.`,
    markdownTable([title, 'Median', '95th', '99th', 'Failed', 'CPU for each', 'Memory after'], rows, 'numbers'),
    `Before the first request: ${rssMB.toFixed(0)} MB. ` +
      `Bars: 95th percentile < ${String(latencyBarMs)} ms, ${heldOrMissed(slowest < latencyBarMs)} at ${slowest.toFixed(0)} ms; ` +
      `memory < ${String(memoryBarMB)} MB, ${heldOrMissed(largest < memoryBarMB)} at ${largest.toFixed(0)} MB.`,
  ].join('\n\n');
}
