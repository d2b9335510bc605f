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

/** Components that say nothing about the part: they stand on every Service of some operators and charts. */
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

/** A Service together with what its labels, or else its pod selector, say about product, component and chart. */
export interface ServiceFacts {
  readonly service: ServiceView;
  readonly products: readonly string[];
  /** `products` are those of the pods: a sidecar's Service selects the main product's pods. */
  readonly isProductOfPods: boolean;
  readonly components: readonly string[];
  /** What operators call primary and replica, leader and host: says more than a name, less than a component. */
  readonly roles: readonly string[];
  readonly charts: readonly string[];
  /** Kinds with their API group, as in `Prometheus.monitoring.coreos.com`. */
  readonly owners: readonly string[];
  /** The Service's name without the release and what stands in front of it. */
  readonly ownName: string;
  /** Names of the custom resources that it belongs to, by its owners and by what it selects. */
  readonly resources: readonly string[];
}

/** A Service's own labels say more than its pod selector. */
export function factsOf(service: ServiceView): ServiceFacts {
  const { labels, selector } = service;
  const named = productLabelsOf(service);
  const components = valuesOf(labels, componentLabels);
  const told = components.length > 0 ? components : valuesOf(selector ?? {}, componentLabels);
  return {
    service,
    products: named.map(({ value }) => value),
    isProductOfPods: named.some(({ isOfPods }) => isOfPods),
    components: told.filter((component) => !emptyComponents.has(component)),
    roles: rolesOf(labels, selector ?? {}),
    charts: chartsOf(labels),
    owners: service.owners.map(kindOf),
    ownName: withoutRelease(service.name, [...valuesOf(labels, instanceLabels), ...ownersInFront(service)]),
    resources: resourcesOf(service),
  };
}

/** Kind with its API group: `Prometheus.monitoring.coreos.com`. */
export function kindOf({ apiVersion, kind }: Pick<Owner, 'apiVersion' | 'kind'>): string {
  return `${kind}.${apiVersion.replace(/\/?[^/]*$/, '')}`;
}

/** A label that names the product. */
export interface ProductLabel {
  /** Its key, or where it is a label of the pods: `app of its pods`. */
  readonly label: string;
  readonly value: string;
  readonly isOfPods: boolean;
}

/** The labels from which `products` come, in the same order: the first of the four places that has any. */
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

/** Everything in which evidence can be found, in lower case: searched before anything else, because it is cheap. */
export function textOf({ name, labels, selector, owners, ports }: ServiceView): string {
  let text = name;
  for (const key in labels) text += `\n${key}=${getOwn(labels, key) ?? ''}`;
  for (const key in selector) text += `\n${key}=${getOwn(selector, key) ?? ''}`;
  for (const { name: portName, targetPort } of ports) text += `\n${portName}\n${String(targetPort)}`;
  for (const { apiVersion, kind } of owners) text += `\n${kind}.${apiVersion}`;
  return text.toLowerCase();
}

/** Whether every part of the condition holds. A condition without parts always does. */
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

/** Helm charts by their labels, without their versions. */
export function chartsOf(labels: Readonly<Record<string, string>>): string[] {
  return valuesOf(labels, chartLabels).map((value) => value.replace(/-v?\d+\.\d.*$/, ''));
}

/** What these labels say, in the order of the keys; an empty value says nothing. */
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

/** Resources after which an operator called the Service: what stands behind is its own word for the part. */
export function ownersInName({ name, owners }: ServiceView): string[] {
  return owners.map((owner) => owner.name).filter((owner) => `-${name}`.includes(`-${owner}-`));
}

function ownersInFront(service: ServiceView): string[] {
  return ownersInName(service).filter((owner) => service.name.startsWith(owner));
}

/** Prefixes of teams and environments may stand in front of the release. */
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

/** By name or number, of the Service or of its pods; an authentication proxy stands in for the port behind it. */
function hasPort(service: ServiceView, pattern: Pattern): boolean {
  return service.ports.some(
    (port) =>
      port.protocol === 'TCP' &&
      ([port.name, String(port.port), String(port.targetPort)].some((one) => matchesPattern(pattern, one)) ||
        isProxyPort(port)),
  );
}

/** Whether a TCP port has this name together with this number, its own or that of the pods' port behind it. */
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
