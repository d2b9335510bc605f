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

/** Toolsets of the products that a monitoring stack is made of; databases and brokers are parts of anything. */
const monitoring = /^(?:prometheus|grafana|alertmanager|victorialogs|jaeger)(?:\/|$)/;
const monitoringWords = detectors.filter(({ toolset }) => monitoring.test(toolset)).flatMap(({ words }) => words);

/** Kinds of resources that make a product of the table, as its operators call them: `VMCluster.operator.victoriametrics.com`. */
const ownKinds: readonly string[] = detectors.flatMap(({ evidence, resources = [] }) => [
  ...evidence.flatMap(({ when }) => when.owner ?? []),
  ...resources.map(({ kind, group }) => `${kind}.${group}`),
]);

interface Claim {
  readonly service: ServiceView;
  readonly detector: Detector;
}

/**
 * The product that brought this backend for itself, as its labels name it; `null` for a backend that serves the cluster.
 * Such a backend holds that product's data only: it is valid, and never the default.
 */
export function hostProductOf({ service, detector }: Claim): string | null {
  return detector.words.length === 0 ? null : hostOf(service, detector);
}

/** A long-running process asks again for each ConfigMap, with each change. */
const hostOf = memoizePair(
  (service: ServiceView, detector: Detector) =>
    foreignName(service, detector) ?? foreignOwner(service, detector) ?? knownHostOf(service),
);

/** A chart says whose parts it deploys; without one the name labels do. What people call their monitoring is no product. */
function foreignName({ labels }: ServiceView, detector: Detector): string | null {
  const charts = chartsOf(labels);
  const names = charts.length > 0 ? charts : valuesOf(labels, nameLabels);
  // An operator's label may name the part alone: `query` of Thanos.
  const isOwn = (name: string): boolean => isOfMonitoring(name, detector.words) || isEntryPoint(name, detector);
  return names.some(isOwn) ? null : (names[0] ?? null);
}

/**
 * The kind of a resource that owns it and is called after another product: `TidbMonitor`. A database is part of anything, and what
 * people call their monitoring, `MonitoringStack`, serves all of it.
 */
function foreignOwner({ owners }: ServiceView, { toolset, words }: Detector): string | null {
  if (!monitoring.test(toolset) || owners.some((one) => matchesPattern(ownKinds, kindOf(one)))) return null;
  const kinds = owners.map(({ kind }) => kind);
  return kinds.some((kind) => isOfMonitoring(otherWords(kind), words)) ? null : (kinds.find(otherWords) ?? null);
}

/** The words of a kind, without those by which people call their monitoring. */
function otherWords(kind: string): string {
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

/** What stands in no label but the release's, or in the namespace: people choose these, so only known products count. */
function knownHostOf({ namespace, labels }: ServiceView): string | null {
  const owner = hostLabels.find((key) => getOwn(labels, key) !== undefined);
  if (owner !== undefined) return owner;
  const told = [...valuesOf(labels, instanceLabels), namespace];
  return (
    told.find((value) => value.split('-').some((word) => hostProducts.has(word)) || hostProducts.has(value)) ?? null
  );
}
