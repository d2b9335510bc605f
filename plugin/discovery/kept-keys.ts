import { certificateIssuers } from '../../detectors/certificate-issuers.ts';
import { hostLabels } from '../../detectors/excluded-names.ts';
import {
  chartLabels,
  componentLabels,
  databaseLabels,
  deployerAnnotations,
  hostLabelKeys,
  houseLabels,
  instanceLabels,
  isGoverningLabel,
  isResourceLabel,
  isRoleLabel,
  productLabels,
} from '../../detectors/label-keys.ts';
import type { Condition, Detector, LabelSelector } from '../../detectors/types.ts';
import type { KeepPolicy, KeptKeys } from '../cluster/types.ts';
import { memoize } from '../lib/memoize.ts';
import type { Spec } from '../settings/schema/index.ts';
import { annotationKeys } from './annotations.ts';
import { compileCustomDetector } from './match/custom-detector.ts';
import { pointedAtBy } from './match/pointed-at.ts';

/** Keys named in settings, and the detectors defined there. */
export interface NamedKeys {
  /** By their serialized form. */
  readonly customDetectors: ReadonlyMap<string, Detector>;
  readonly labels: ReadonlySet<string>;
  readonly annotations: ReadonlySet<string>;
  readonly namespaceLabels: ReadonlySet<string>;
}

/** Keeps everything, because a recording may be read under other settings. */
export const allKeys: KeptKeys = {
  labels: { has: () => true },
  annotations: { has: () => true },
  namespaceLabels: { has: () => true },
};

/** The keys that detection reads: those that the detectors use, and those that the settings name. */
export function keptKeys(detectors: readonly Detector[], named: Omit<NamedKeys, 'customDetectors'>): KeptKeys {
  const known = keysOfDetectors(detectors);
  const isNamed = (key: string): boolean => known.labels.has(key) || named.labels.has(key);
  return {
    labels: { has: (key) => isNamed(key) || isRoleLabel(key) || isGoverningLabel(key) || isResourceLabel(key) },
    annotations: { has: (key) => known.annotations.has(key) || named.annotations.has(key) },
    namespaceLabels: named.namespaceLabels,
  };
}

const keysOfDetectors = memoize((detectors: readonly Detector[]) => {
  const conditions = [...detectors.flatMap(conditionsOf), ...certificateIssuers.flatMap(({ services }) => services)];
  return {
    labels: new Set([
      ...[productLabels, houseLabels, componentLabels, chartLabels, instanceLabels].flat(),
      ...[databaseLabels, hostLabelKeys, hostLabels].flat(),
      ...conditions.flatMap(labelsOf),
    ]),
    annotations: new Set([...annotationKeys, ...deployerAnnotations, ...conditions.flatMap(annotationsOf)]),
  };
});

/** What detection keeps of Services that some detector points at; of all others it keeps nothing. */
export function keptOf(detectors: readonly Detector[], named: NamedKeys): KeepPolicy {
  const all = [...detectors, ...named.customDetectors.values()];
  return { ...keptKeys(detectors, named), isPointedAt: pointedAtBy(all) };
}

/** The labels, annotations and detectors named in these settings. */
export function namedKeys(specs: readonly Spec[]): NamedKeys {
  const tuned = specs.flatMap(({ detectors }) => Object.values(detectors).filter((one) => one !== undefined));
  const written = specs.flatMap(({ customDetectors }) => customDetectors);
  const customDetectors = new Map(written.map((one) => [JSON.stringify(one), compileCustomDetector(one)]));
  const conditions = [...customDetectors.values()].flatMap(conditionsOf);
  const selectors = [
    ...specs.map(({ discovery }) => discovery.services.selector),
    ...tuned.flatMap(({ selector }) => selector ?? []),
    ...specs.flatMap(({ credentials }) => selectorsOf(credentials)),
  ];
  return {
    customDetectors,
    labels: new Set([...conditions.flatMap(labelsOf), ...selectors.flatMap(keysOf)]),
    annotations: new Set([...conditions.flatMap(annotationsOf), ...tuned.flatMap(annotationsOf)]),
    namespaceLabels: new Set(specs.flatMap(({ discovery }) => keysOf(discovery.namespaces.selector))),
  };
}

/** Label keys in the rules that choose credentials, in alphabetical order. */
export function credentialLabels(specs: readonly Spec[]): readonly string[] {
  const selectors = specs.flatMap(({ credentials }) => selectorsOf(credentials));
  return [...new Set(selectors.flatMap(keysOf))].sort();
}

/** The selectors in the rules that choose credentials. */
function selectorsOf(credentials: Spec['credentials']): LabelSelector[] {
  const rules = Object.values(credentials).flatMap((one) => (Array.isArray(one) ? one : []));
  return rules.map(({ services }) => services.selector);
}

function conditionsOf({
  evidence,
  entryPoints,
  notOf = [],
  schemes = [],
  paths = [],
  resources = [],
}: Detector): Condition[] {
  const namedBy = resources.flatMap((resource) => resource.namedBy);
  const labels = namedBy.flatMap(({ label }) => (label === undefined ? [] : { labels: { [label]: '*' } }));
  const optional = [...entryPoints, ...namedBy].flatMap(({ when }) => when ?? []);
  return [...[...evidence, ...schemes, ...paths].map(({ when }) => when), ...notOf, ...optional, ...labels];
}

function labelsOf({ labels = {}, labelSelector }: Condition): string[] {
  return [...Object.keys(labels), ...(labelSelector ? keysOf(labelSelector) : [])];
}

function annotationsOf({ annotations = {} }: { readonly annotations?: Condition['annotations'] }): string[] {
  return Object.keys(annotations);
}

function keysOf({ matchLabels, matchExpressions }: LabelSelector): string[] {
  return [...Object.keys(matchLabels), ...matchExpressions.map(({ key }) => key)];
}
