import { definitions, labels } from '../plugin/serve/metrics/definitions.ts';
import { code, markdownTable, withSections } from './markdown.ts';

/** docs/metrics.md with the metrics and labels of the program. */
export function metricsGuide(): string {
  return withSections('metrics.md', { metrics: metricTable(), labels: labelTable() });
}

function metricTable(): string {
  const rows = Object.entries(definitions).map(([name, { type, help, labels: names }]) => [
    code(name),
    type,
    names.map(code).join(', '),
    help,
  ]);
  return markdownTable(['Metric', 'Type', 'Labels', 'What it says'], rows);
}

function labelTable(): string {
  return markdownTable(
    ['Label', 'Values'],
    Object.entries(labels).map(([name, values]) => [code(name), values]),
  );
}
