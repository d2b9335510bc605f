import { isProxyPort } from '../../../detectors/excluded-names.ts';
import type { Condition, Owner, Pattern, ServicePort, ServiceView } from '../../../detectors/types.ts';
import {
  chartLabels,
  componentLabels,
  houseLabels,
  instanceLabels,
  isRoleLabel,
  productLabels,
  resourceTerms,
} from '../../../detectors/label-keys.ts';
import { matchesPattern } from './glob.ts';
import { matchesSelector } from '../../cluster/label-selector.ts';
import { getOwn } from '../../lib/json.ts';

/** Component labels that do not tell the component: some operators and charts set them on every Service. */
export const emptyComponents: ReadonlySet<string> = new Set([
  'monitoring',
  'observability',
  'logging',
  'tracing',
  'metrics-store',
  'service',
  'database',
  'db',
]);

/** Ends of component labels that tell the purpose: `distributed-tracing`, `cluster-monitoring`. */
const purposeEnd = /-(?:monitoring|observability|logging|tracing)$/;

/** What a store of them is for, in two words: `log-storage`, `trace-backend`, `metrics-database`. */
const purposePair =
  /^(?:logs?|logging|traces?|tracing|metrics|telemetry|observability)-(?:store|storage|backend|aggregation|database|db)$/;

/** Whether a component label tells the purpose of the product, and not which of its parts it is. */
function isPurpose(component: string): boolean {
  return emptyComponents.has(component) || purposeEnd.test(component) || purposePair.test(component);
}

/** A Service with the product, component and chart that its labels, or else its pod selector, name. */
export interface ServiceFacts {
  readonly service: ServiceView;
  readonly products: readonly string[];
  /** `products` come from the Pods' labels: a sidecar's Service selects the main product's Pods. */
  readonly isProductOfPods: boolean;
  readonly components: readonly string[];
  /** Roles such as primary and replica, or leader and host: they count more than a name, less than a component. */
  readonly roles: readonly string[];
  readonly charts: readonly string[];
  /** Kinds with their API group, as in `Prometheus.monitoring.coreos.com`. */
  readonly owners: readonly string[];
  /** The Service's name without the release and any prefix before it. */
  readonly ownName: string;
  /** Names of the custom resources that it belongs to, from its owners and its selector. */
  readonly resources: readonly string[];
}

/** A Service's own labels take precedence over its pod selector. */
export function factsOf(service: ServiceView): ServiceFacts {
  const { labels, selector } = service;
  const named = productLabelsOf(service);
  const components = valuesOf(labels, componentLabels);
  const labelled = components.length > 0 ? components : valuesOf(selector ?? {}, componentLabels);
  return {
    service,
    products: named.map(({ value }) => value),
    isProductOfPods: named.some(({ isOfPods }) => isOfPods),
    components: labelled.filter((component) => !isPurpose(component)),
    roles: rolesOf(labels, selector ?? {}),
    charts: chartsOf(labels),
    owners: service.owners.map(kindOf),
    ownName: withoutRelease(service.name, [...valuesOf(labels, instanceLabels), ...ownersInFront(service)]),
    resources: resourcesOf(service),
  };
}

/** Kind with its API group: `Prometheus.monitoring.coreos.com`. */
export function kindOf({ apiVersion, kind }: Pick<Owner, 'apiVersion' | 'kind'>): string {
  return `${kind}.${groupOf(apiVersion)}`;
}

/** The group of `GROUP/VERSION`; empty for the core group's `VERSION`. */
export function groupOf(apiVersion: string): string {
  return apiVersion.slice(0, Math.max(0, apiVersion.lastIndexOf('/')));
}

/** A label that names the product. */
export interface ProductLabel {
  /** Key of the label; for a label of the Pods, `app of its pods`. */
  readonly label: string;
  readonly value: string;
  readonly isOfPods: boolean;
}

/** The labels behind `products`, in the same order: the first of four sources that has any. */
export function productLabelsOf({ labels, selector }: ServiceView): readonly ProductLabel[] {
  for (const keys of [productLabels, houseLabels]) {
    const own = productLabelsIn(labels, keys);
    if (own.length > 0) return own.map((one) => ({ ...one, isOfPods: false }));
    const ofPods = productLabelsIn(selector ?? {}, keys);
    if (ofPods.length > 0)
      return ofPods.map(({ label, value }) => ({ label: `${label} of its pods`, value, isOfPods: true }));
  }
  return [];
}

function productLabelsIn(
  labels: Readonly<Record<string, string>>,
  keys: readonly string[],
): Pick<ProductLabel, 'label' | 'value'>[] {
  return keys.flatMap((label) => {
    const value = getOwn(labels, label);
    return value ? [{ label, value: value.toLowerCase() }] : [];
  });
}

/** All text that may contain evidence, in lower case: searched first, because that is cheap. */
export function textOf({ name, labels, selector, owners, ports }: ServiceView): string {
  let text = name;
  for (const key in labels) text += `\n${key}=${getOwn(labels, key) ?? ''}`;
  for (const key in selector) text += `\n${key}=${getOwn(selector, key) ?? ''}`;
  for (const { name: portName, targetPort } of ports) text += `\n${portName}\n${String(targetPort)}`;
  for (const { apiVersion, kind } of owners) text += `\n${kind}.${apiVersion}`;
  return text.toLowerCase();
}

/** Whether every part of the condition holds; true for a condition without parts. */
export function matchesCondition(when: Condition, facts: ServiceFacts): boolean {
  const { service } = facts;
  const { namedPort } = when;
  return (
    (when.labelSelector === undefined || matchesSelector(service.labels, when.labelSelector)) &&
    (when.product === undefined || some(facts.products, when.product)) &&
    (when.component === undefined || some(facts.components, when.component)) &&
    (when.chart === undefined || some(facts.charts, when.chart)) &&
    (when.owner === undefined || some(facts.owners, when.owner)) &&
    (when.labels === undefined || allMatch(service.labels, when.labels)) &&
    (when.annotations === undefined || allMatch(service.annotations, when.annotations)) &&
    (when.selector === undefined || allMatch(service.selector ?? {}, when.selector)) &&
    (when.name === undefined || matchesPattern(when.name, service.name)) &&
    (when.port === undefined || hasPort(service, when.port)) &&
    (namedPort === undefined || service.ports.some((port) => isNamedPort(port, namedPort)))
  );
}

/** Names of Helm charts in the chart labels, without versions. */
export function chartsOf(labels: Readonly<Record<string, string>>): string[] {
  return valuesOf(labels, chartLabels).map((value) => value.replace(/-v?\d+\.\d.*$/, ''));
}

/** The values of these labels, in the order of the keys; empty ones are skipped. */
export function valuesOf(labels: Readonly<Record<string, string>>, keys: readonly string[]): string[] {
  return keys.flatMap((key) => getOwn(labels, key) ?? []).filter((value) => value !== '');
}

function rolesOf(...maps: readonly Readonly<Record<string, string>>[]): string[] {
  return maps.flatMap((labels) =>
    Object.keys(labels)
      .filter(isRoleLabel)
      .flatMap((key) => getOwn(labels, key) ?? []),
  );
}

/** Owners whose name is part of the Service's: the text after it is the operator's word for the component. */
export function ownersInName({ name, owners }: ServiceView): string[] {
  return owners.map((owner) => owner.name).filter((owner) => `-${name}`.includes(`-${owner}-`));
}

function ownersInFront(service: ServiceView): string[] {
  return ownersInName(service).filter((owner) => service.name.startsWith(owner));
}

/** Removes the release and any prefix of a team or environment before it. */
function withoutRelease(name: string, releases: readonly string[]): string {
  const release = releases.find((one) => `-${name}-`.includes(`-${one}-`));
  return release === undefined ? name : name.slice(`-${name}-`.indexOf(`-${release}-`) + release.length + 1);
}

function resourcesOf({ owners, selector }: ServiceView): string[] {
  return [...owners.map(({ name }) => name), ...valuesOf(selector ?? {}, resourceTerms)];
}

function some(values: readonly string[], pattern: Pattern): boolean {
  return values.some((value) => matchesPattern(pattern, value));
}

function allMatch(labels: Readonly<Record<string, string>>, patterns: Readonly<Record<string, Pattern>>): boolean {
  return Object.entries(patterns).every(([key, pattern]) => {
    const value = getOwn(labels, key);
    return value !== undefined && matchesPattern(pattern, value);
  });
}

/**
 * Compares name and number of the port and of its target port. An authentication proxy's port matches
 * anything: it stands for the port behind it.
 */
function hasPort(service: ServiceView, pattern: Pattern): boolean {
  return service.ports.some(
    (port) =>
      port.protocol === 'TCP' &&
      ([port.name, String(port.port), String(port.targetPort)].some((one) => matchesPattern(pattern, one)) ||
        isProxyPort(port)),
  );
}

/** Whether a TCP port has this name together with this number, its own or the target port's. */
export function isNamedPort(
  port: ServicePort,
  { name, number }: { readonly name: Pattern; readonly number: Pattern },
): boolean {
  return (
    port.protocol === 'TCP' &&
    matchesPattern(name, port.name) &&
    numbersOf(port).some((one) => matchesPattern(number, one))
  );
}

function numbersOf({ port, targetPort }: ServicePort): string[] {
  return typeof targetPort === 'number' ? [String(port), String(targetPort)] : [String(port)];
}
