import type { Condition, ServiceView } from '../../detectors/types.ts';
import { matches } from './pattern.ts';

const productLabels = ['app.kubernetes.io/name', 'app', 'k8s-app'];
const componentLabels = ['app.kubernetes.io/component', 'app.kubernetes.io/subcomponent', 'component'];
const chartLabels = ['helm.sh/chart', 'chart'];

/** A Service together with what its labels, or else its pod selector, say about product, component and chart. */
export interface Facts {
  readonly service: ServiceView;
  readonly products: readonly string[];
  readonly components: readonly string[];
  readonly charts: readonly string[];
  /** Kinds with their API group, as in `Prometheus.monitoring.coreos.com`. */
  readonly owners: readonly string[];
}

/** A Service's own labels say more than its pod selector: a sidecar's Service selects the main product's pods. */
export function factsOf(service: ServiceView): Facts {
  const { labels, selector } = service;
  const own = valuesOf(labels, productLabels);
  const components = valuesOf(labels, componentLabels);
  return {
    service,
    products: own.length > 0 ? own : valuesOf(selector ?? {}, productLabels),
    components: components.length > 0 ? components : valuesOf(selector ?? {}, componentLabels),
    charts: valuesOf(labels, chartLabels).map((chart) => chart.replace(/-v?\d+\.\d+.*$/, '')),
    owners: service.owners.map(({ apiVersion, kind }) => `${kind}.${apiVersion.replace(/\/?[^/]*$/, '')}`),
  };
}

/** Whether every part of the condition holds. A condition without parts always does. */
export function holds(when: Condition, facts: Facts): boolean {
  const { service } = facts;
  return (
    (!when.product || some(facts.products, when.product)) &&
    (!when.component || some(facts.components, when.component)) &&
    (!when.chart || some(facts.charts, when.chart)) &&
    (!when.owner || some(facts.owners, when.owner)) &&
    (!when.labels || allMatch(service.labels, when.labels)) &&
    (!when.selector || allMatch(service.selector ?? {}, when.selector)) &&
    (!when.name || matches(when.name, service.name)) &&
    (!when.port || hasPort(service, when.port))
  );
}

/** Whether the words occur in anything that evidence is found in: a cheap first question before all others. */
export function mentions({ service, products, charts, owners }: Facts, words: readonly string[]): boolean {
  const has = (text: string): boolean => words.some((word) => text.includes(word));
  return (
    has(service.name) || products.some(has) || charts.some(has) || owners.some((owner) => has(owner.toLowerCase()))
  );
}

function valuesOf(labels: Readonly<Record<string, string>>, keys: readonly string[]): string[] {
  return keys.flatMap((key) => labels[key] ?? []).filter((value) => value !== '');
}

function some(values: readonly string[], pattern: NonNullable<Condition['product']>): boolean {
  return values.some((value) => matches(pattern, value));
}

function allMatch(
  labels: Readonly<Record<string, string>>,
  patterns: Readonly<Record<string, NonNullable<Condition['product']>>>,
): boolean {
  return Object.entries(patterns).every(([key, pattern]) => {
    const value = labels[key];
    return value !== undefined && matches(pattern, value);
  });
}

function hasPort(service: ServiceView, pattern: NonNullable<Condition['port']>): boolean {
  return service.ports.some(
    (port) => port.protocol === 'TCP' && (matches(pattern, port.name) || matches(pattern, String(port.port))),
  );
}
