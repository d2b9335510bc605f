import { markdownTable } from '../../docs/markdown.ts';
import type { PageResult } from './page.ts';
import { describeMachine, heldOrMissed } from './report.ts';

const barMs = 500;

/** How soon the page shows something, as Markdown. */
export function renderPage({ services, rounds, views }: PageResult): string {
  const title = `${services.toLocaleString('en-US')} Services, ${String(rounds)} rounds, no cache`;
  const rows = views.map(({ name, medianMs, maxMs }) => [
    name,
    `${medianMs.toFixed(0)} ms`,
    `${maxMs.toFixed(0)} ms`,
    `< ${String(barMs)} ms: ${heldOrMissed(medianMs < barMs)}`,
  ]);
  return [
    `Measured on ${describeMachine()}.`,
    markdownTable([title, 'Median', 'Slowest', 'Bar for the median'], rows, 'numbers'),
  ].join('\n\n');
}
