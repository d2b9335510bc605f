import { hostLabels, hostProducts, neutralWords } from '../../detectors/excluded-names.ts';
import { instanceLabels, productLabels } from '../../detectors/label-keys.ts';
import { detectors } from '../../detectors/index.ts';
import type { Detector, ServiceView } from '../../detectors/types.ts';
import { getOwn } from '../lib/json.ts';
import { memoizePair } from '../lib/memoize.ts';
import { isEntryPoint } from './match/component.ts';
import { matchesPattern } from './match/glob.ts';
import { chartsOf, kindOf, valuesOf } from './match/service-facts.ts';

const nameLabels = [...productLabels, 'app.kubernetes.io/part-of'];

/** Toolsets of products that make up a monitoring stack; databases and brokers may be parts of anything. */
const monitoring = /^(?:prometheus|grafana|alertmanager|victorialogs|jaeger)(?:\/|$)/;
const monitoringWords = detectors.filter(({ toolset }) => monitoring.test(toolset)).flatMap(({ words }) => words);

/**
 * Kinds of custom resources that run a known product, with the operators' groups:
 * `VMCluster.operator.victoriametrics.com`.
 */
const ownKinds: readonly string[] = detectors.flatMap(({ evidence, resources = [] }) => [
  ...evidence.flatMap(({ when }) => when.owner ?? []),
  ...resources.map(({ kind, group }) => `${kind}.${group}`),
]);

interface Claim {
  readonly service: ServiceView;
  readonly detector: Detector;
}

/**
 * The product that brought this backend along for its own use, as labels name it; `null` for a backend that serves the
 * cluster. Such a backend is valid, but holds only that product's data, and is never the default.
 */
export function hostProductOf({ service, detector }: Claim): string | null {
  return detector.words.length === 0 ? null : anyHostProductOf(service, detector);
}

/** Memoized, because `serve` asks again for each ConfigMap at each change. */
const anyHostProductOf = memoizePair(
  (service: ServiceView, detector: Detector) =>
    foreignName(service, detector) ?? foreignOwner(service, detector) ?? knownHostOf(service),
);

/** The chart tells whose part this is; without one, the name labels do. General words for monitoring are no product. */
function foreignName({ labels }: ServiceView, detector: Detector): string | null {
  const charts = chartsOf(labels);
  const names = charts.length > 0 ? charts : valuesOf(labels, nameLabels);
  // An operator's label may name only the component: `query` of Thanos.
  const isOwn = (name: string): boolean => isOfMonitoring(name, detector.words) || isEntryPoint(name, detector);
  return names.some(isOwn) ? null : (names[0] ?? null);
}

/**
 * The kind of an owner that is named after another product: `TidbMonitor`. Databases are exempt, as they may be parts
 * of anything, and so are general words for monitoring: a `MonitoringStack` serves the whole cluster.
 */
function foreignOwner({ owners }: ServiceView, { toolset, words }: Detector): string | null {
  if (!monitoring.test(toolset) || owners.some((one) => matchesPattern(ownKinds, kindOf(one)))) return null;
  const kinds = owners.map(({ kind }) => kind);
  return kinds.some((kind) => isOfMonitoring(otherWords(kind), words)) ? null : (kinds.find(otherWords) ?? null);
}

/** The words of a kind, without general words for monitoring. */
function otherWords(kind: string): string {
  // eslint-disable-next-line regexp/no-super-linear-move -- a run of capitals gives back one letter at most
  const all = kind.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+/g) ?? [];
  return all.filter((word) => !neutralWords.has(word.toLowerCase())).join('');
}

function isOfMonitoring(name: string, own: readonly string[]): boolean {
  const text = name.toLowerCase();
  return (
    [...own, ...monitoringWords].some((word) => text.includes(word)) ||
    text.split(/[^a-z0-9]+/).some((word) => neutralWords.has(word))
  );
}

/**
 * For names found only in the release label or the namespace: users choose these freely, so only known products count.
 */
function knownHostOf({ namespace, labels }: ServiceView): string | null {
  const owner = hostLabels.find((key) => getOwn(labels, key) !== undefined);
  if (owner !== undefined) return owner;
  const names = [...valuesOf(labels, instanceLabels), namespace];
  return (
    names.find((value) => value.split('-').some((word) => hostProducts.has(word)) || hostProducts.has(value)) ?? null
  );
}
