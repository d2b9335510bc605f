import { markdownTable } from '../../../docs/markdown.ts';
import { describeMachine, heldOrMissed } from '../report.ts';
import type { ManyClustersResult } from './many-clusters.ts';
import type { ManyServicesResult } from './many-services.ts';

/** What very many Services cost `serve`, as Markdown. */
export function renderManyServices(result: ManyServicesResult): string {
  const { services, configMaps, listedMs, listedCpuMs, rssMB, peakMB, idleShare, limited, kubectlMs } = result;
  const rows = [
    ['Start until everything is listed', seconds(listedMs), below(listedMs / 1000, 8, 's')],
    ['CPU time until then', seconds(listedCpuMs), ''],
    ['Memory (RSS)', megabytes(rssMB), below(rssMB, 160, 'MB')],
    ['At its peak', megabytes(peakMB), ''],
    ['CPU while nothing happens', percent(idleShare), ''],
    ['With the heap of a container of 256 MiB: CPU time until everything is listed', seconds(limited.listedCpuMs), ''],
    ['With that heap: memory at its peak', megabytes(limited.peakMB), ''],
    ['`kubectl get services,endpointslices -A -o name`, for comparison', seconds(kubectlMs), ''],
  ];
  const title = `${number(services)} Services with EndpointSlices, ${String(configMaps)} ConfigMaps`;
  return [`Measured on ${describeMachine()}.`, markdownTable([title, 'Measured', 'Bar'], rows, 'numbers')].join('\n\n');
}

/** What very many clusters cost it. */
export function renderManyClusters(result: ManyClustersResult): string {
  const { clusters, services, listedMs, rssMB, peakMB, idleShare, away, changes, requested } = result;
  const [whole, part] = [`${String(clusters)} clusters`, `${String(away)} of them away`];
  const rows = [
    ['Start until everything is listed', seconds(listedMs), ''],
    ['Memory (RSS)', megabytes(rssMB), below(rssMB, 300, 'MB')],
    ['At its peak', megabytes(peakMB), ''],
    ['CPU while nothing happens', percent(idleShare), below(idleShare * 100, 2, '%')],
    [
      `${part}: changed Service until the refresh is asked for, 95th percentile of ${String(changes)}`,
      seconds(requested.p95Ms),
      below(requested.p95Ms / 1000, 3, 's'),
    ],
    [`${part}: the same, median`, seconds(requested.medianMs), ''],
    [`${part}: the same, slowest`, seconds(result.slowestMs), ''],
    [`${part}: CPU while nothing happens`, percent(result.awayIdleShare), ''],
    [`${part}: memory (RSS)`, megabytes(result.awayRssMB), below(result.awayRssMB, 300, 'MB')],
  ];
  const title = `${whole} with ${number(services)} Services and a ConfigMap each`;
  return [`Measured on ${describeMachine()}.`, markdownTable([title, 'Measured', 'Bar'], rows, 'numbers')].join('\n\n');
}

function below(measured: number, bar: number, unit: string): string {
  return `< ${String(bar)} ${unit}: ${heldOrMissed(measured < bar)}`;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function megabytes(value: number): string {
  return `${value.toFixed(0)} MB`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} % of a core`;
}
