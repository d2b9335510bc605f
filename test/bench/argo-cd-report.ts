import { markdownTable } from '../../docs/markdown.ts';
import type { ArgoCdResult } from './argo-cd.ts';
import type { Spread } from './measure.ts';
import { describeMachine } from './report.ts';

/** What it costs inside of the real Argo CD, as Markdown. */
export function renderArgoCd(result: ArgoCdResult): string {
  const { services, changes, detected, updated, own, ownShare, concurrent } = result;
  const { applications, each, memory } = concurrent;
  const rows: readonly (readonly [string, Spread])[] = [
    ['Hard refresh until Argo CD knows the new manifest', detected],
    ['Hard refresh until the ConfigMap has changed', updated],
    ['Of that, the plugin', own],
    [`${applications} Applications refreshed at once: each of them`, each],
    ['Of that, the plugin', concurrent.own],
  ];
  return [
    `Measured on ${describeMachine()}.`,
    markdownTable(
      [`${services.toLocaleString('en-US')} Services, ${changes} changes`, 'Median', '95th percentile'],
      rows.map(([name, { medianMs, p95Ms }]) => [name, `${medianMs.toFixed(0)} ms`, `${p95Ms.toFixed(0)} ms`]),
      'numbers',
    ),
    `The plugin is ${(ownShare * 100).toFixed(0)} % of the time from a hard refresh to the changed ConfigMap.`,
    `Memory of the sidecar while ${applications} Applications were refreshed at once: ${mb(memory.totalMB)}, with ` +
      `${memory.children} runs of the plugin at that moment; the largest of them had ${mb(memory.largestChildMB)}.`,
  ].join('\n\n');
}

function mb(value: number): string {
  return `${value.toFixed(0)} MB`;
}
