import { detectors } from '../../detectors/index.ts';
import type { ServiceView } from '../../detectors/types.ts';
import { keptKeys, namedKeys } from '../../plugin/discovery/kept-keys.ts';
import { serviceView } from '../../plugin/cluster/projections.ts';
import { detectWith } from '../../plugin/discovery/match/detect.ts';
import { deduplicate } from '../../plugin/discovery/selection/deduplicate.ts';
import { readCorpus } from '../accuracy/corpus.ts';
import { median } from './measure.ts';
import { realisticServices } from './services.ts';

const counts = [1_000, 3_000, 10_000, 30_000, 100_000];
const rounds = 7;

/** Detect and select over so many Services in memory, without reading them. */
export interface DetectionRow {
  readonly count: number;
  readonly backends: number;
  readonly ms: number;
}

/** `slope`: how the time grows with the Services, in log-log; 1 is linear. */
export interface DetectionResult {
  readonly rows: readonly DetectionRow[];
  readonly slope: number;
}

/** Measures in this process. The first run pays for compilation and is not counted. */
export function benchDetection(): DetectionResult {
  measure(10_000);
  const rows = counts.map(measure);
  return { rows, slope: slope(rows) };
}

function measure(count: number): DetectionRow {
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
    backends = deduplicate(candidates).backends.length;
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
  const keys = keptKeys(detectors, namedKeys([]));
  const others = realisticServices(count).slice(-(count - known.length));
  return [...known, ...others].flatMap((object) => serviceView(object, keys) ?? []);
}

/** Least squares through the logarithms. */
function slope(points: readonly DetectionRow[]): number {
  const logs = points.map(({ count, ms }) => [Math.log(count), Math.log(ms)] as const);
  const mean = (of: 0 | 1): number => logs.reduce((sum, log) => sum + log[of], 0) / logs.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const covariance = logs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / logs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}
