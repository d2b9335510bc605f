import { detectors } from '../../detectors/index.ts';
import type { ServiceView } from '../../detectors/types.ts';
import { serviceView } from '../../plugin/cluster/view.ts';
import { renderTable } from '../../plugin/commands/table.ts';
import { detectWith } from '../../plugin/discovery/detect.ts';
import { select } from '../../plugin/discovery/select.ts';
import { readCorpus } from '../accuracy/corpus.ts';
import { median } from './measure.ts';
import { realisticServices } from './services.ts';

/** Time of detect and select over Services in memory, and how it grows: a slope of 1 in log-log is linear. */
const counts = [1_000, 3_000, 10_000, 30_000, 100_000];
const rounds = 7;

interface Row {
  readonly count: number;
  readonly backends: number;
  readonly ms: number;
}

measure(10_000); // The first run pays for compilation.
const rows = counts.map(measure);
const cells = rows.map(({ count, backends, ms }) => [
  String(count),
  String(backends),
  ms.toFixed(1),
  ((ms * 1000) / count).toFixed(2),
]);
console.log(renderTable(['SERVICES', 'BACKENDS', 'MS', 'US PER SERVICE'], cells));
console.log(`slope ${slope(rows).toFixed(2)} (1 is linear); 10,000 Services are to take less than 100 ms`);

function measure(count: number): Row {
  const services = servicesOf(count);
  let backends = 0;
  const times = Array.from({ length: rounds }, () => {
    const start = performance.now();
    // As one run does it: nothing is kept from the one before.
    const detect = detectWith(detectors, 'cluster.local');
    const candidates = services.flatMap((service) => {
      const found = detect(service);
      return found?.kind === 'candidate' ? [found.candidate] : [];
    });
    backends = select(candidates).backends.length;
    return performance.now() - start;
  });
  return { count, backends, ms: median(times) };
}

/** One in ten is of an observability stack, however many there are: each stack again in namespaces of its own. */
function servicesOf(count: number): ServiceView[] {
  const corpus = readCorpus();
  const known = Array.from({ length: count / 10 }, (_, index) => {
    const { stack, service } = corpus[index % corpus.length]!;
    const copy = String(Math.floor(index / corpus.length));
    return { ...service, metadata: { ...service.metadata, namespace: `${stack}-${copy}` } };
  });
  const others = realisticServices(count).slice(-(count - known.length));
  return [...known, ...others].flatMap((object) => serviceView(object) ?? []);
}

/** Least squares through the logarithms. */
function slope(points: readonly Row[]): number {
  const logs = points.map(({ count, ms }) => [Math.log(count), Math.log(ms)] as const);
  const mean = (of: 0 | 1): number => logs.reduce((sum, log) => sum + log[of], 0) / logs.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const covariance = logs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / logs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}
