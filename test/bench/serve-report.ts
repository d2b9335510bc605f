import { markdownTable } from '../../docs/markdown.ts';
import { describeMachine, heldOrMissed } from './report.ts';
import type { LatencyResult } from './serve-latency.ts';
import type { ScaleResult } from './serve-scale.ts';

/** What `serve` gains and costs, as Markdown. */
export function renderServe({
  latency,
  scale,
}: {
  readonly latency: LatencyResult;
  readonly scale: ScaleResult;
}): string {
  return [`Measured on ${describeMachine()}.`, latencyTable(latency), scaleTable(scale), churnLine(scale)].join('\n\n');
}

function latencyTable({ changes, everyMs, requested, updated, argoCd, plain }: LatencyResult): string {
  const row = (name: string, medianMs: number, p95Ms: number, bar = ''): string[] => [
    name,
    seconds(medianMs),
    seconds(p95Ms),
    bar === '' ? '' : `${bar}: ${heldOrMissed(p95Ms < Number(bar.replace(/[^\d.]/g, '')) * 1000)}`,
  ];
  return [
    markdownTable(
      [`${String(changes)} changes, ${String(everyMs / 1000)} s apart`, 'Median', '95th percentile', 'Bar'],
      [
        row('Changed Service until the refresh is asked for', requested.medianMs, requested.p95Ms, '< 0.6 s'),
        row('Changed Service until the ConfigMap has changed', updated.medianMs, updated.p95Ms, '< 2 s'),
        row('Of that, Argo CD and the plugin', argoCd.medianMs, argoCd.p95Ms),
        row('The same with nothing but a hard refresh each', plain.medianMs, plain.p95Ms),
      ],
      'numbers',
    ),
    `With nothing but a hard refresh, ${String(plain.reached)} of the ${String(changes)} states ever reached the ConfigMap, ` +
      `the slowest after ${seconds(plain.maxMs)}; its row is about those. With \`serve\`, all of them did.`,
  ].join('\n\n');
}

function scaleTable(result: ScaleResult): string {
  const { services, configMaps, syncedMs, rssMB, idleShare, otherEventMs, backendEventMs } = result;
  return markdownTable(
    [
      `${services.toLocaleString('en-US')} Services, ${String(configMaps)} ConfigMaps of different settings`,
      'Measured',
      'Bar',
    ],
    [
      ['Start until everything is listed', seconds(syncedMs), ''],
      ['Memory (RSS)', `${rssMB.toFixed(0)} MB`, `< 128 MB: ${heldOrMissed(rssMB < 128)}`],
      [
        'CPU while nothing happens',
        `${(idleShare * 100).toFixed(2)} % of a core`,
        `< 1 %: ${heldOrMissed(idleShare < 0.01)}`,
      ],
      [
        'CPU for one changed Service that is no backend',
        `${otherEventMs.toFixed(1)} ms`,
        `< 5 ms: ${heldOrMissed(otherEventMs < 5)}`,
      ],
      ['CPU for one changed backend of all ConfigMaps', `${backendEventMs.toFixed(1)} ms`, ''],
    ],
    'numbers',
  );
}

function churnLine({ churnMinutes, churnRssMB }: ScaleResult): string {
  const all = churnRssMB.map((mb) => mb.toFixed(0)).join(', ');
  return `Memory at the end of each of ${String(churnMinutes)} minutes in which Services came and went all the time: ${all} MB.`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
