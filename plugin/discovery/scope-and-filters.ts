import { mcp } from '../../detectors/annotated.ts';
import type { Detector } from '../../detectors/types.ts';
import type { NamespaceView, NamespaceScope } from '../cluster/types.ts';
import { isCredential } from '../secrets/key-names.ts';
import type { Spec } from '../settings/schema/index.ts';
import type { Candidate } from './decision.ts';
import { matchesPattern } from './match/glob.ts';
import { isEmptySelector, matchesSelector } from '../cluster/label-selector.ts';
import type { Reason } from './reasons.ts';
import { because } from './reasons.ts';
import type { Data } from '../lib/json.ts';
import { getOwn } from '../lib/json.ts';

/** Namespaces that the platform's policy allows this run to read, regardless of Git. */
export interface NamespacePolicy {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** How the settings filter Services. */
export interface Filters {
  /** Why the settings leave a candidate out; `null` where they do not. */
  readonly denial: (candidate: Candidate) => Reason | null;
  readonly isTrusted: (namespace: string) => boolean;
}

/**
 * Namespaces given by exact name are read one by one, which a Role in each allows; otherwise the whole cluster is read.
 * Where the policy lists its namespaces by exact name, nothing outside them is read.
 */
export function scopeOf({ discovery: { namespaces } }: Spec, policy: NamespacePolicy | null): NamespaceScope {
  const { include, selector } = namespaces;
  const allowed =
    policy && areNames(policy.include) ? policy.include.filter((name) => allowsNamespace(policy, name)) : null;
  if (allowed) return unique(allowed.filter((name) => matchesPattern(include, name)));
  return areNames(include) && isEmptySelector(selector) ? unique(include) : 'cluster';
}

/** Whether the policy allows a namespace to be read. */
export function allowsNamespace({ include, exclude }: NamespacePolicy, namespace: string): boolean {
  return matchesPattern(include, namespace) && !matchesPattern(exclude, namespace);
}

/** Compiles the settings once for all Services. */
export function filtersOf(
  spec: Spec,
  namespaces: readonly NamespaceView[],
  isTrusted: (namespace: string) => boolean,
): Filters {
  const labels = new Map(namespaces.map((namespace) => [namespace.name, namespace.labels]));
  return {
    isTrusted,
    denial: (candidate) =>
      denial(candidate, spec, labels.get(candidate.service.namespace) ?? {}) ?? distrust(candidate, spec, isTrusted),
  };
}

/** The enabled detectors, highest priority first, and the disabled ones. */
export function chosenDetectors(
  spec: Spec,
  detectors: readonly Detector[],
): Record<'enabled' | 'disabled', Detector[]> {
  const isOn = ({ id, byDefault }: Detector): boolean => getOwn(spec.detectors, id)?.enabled ?? byDefault === 'on';
  const priority = ({ id }: Detector): number => getOwn(spec.detectors, id)?.priority ?? 0;
  return {
    enabled: detectors.filter(isOn).sort((a, b) => priority(b) - priority(a)),
    disabled: detectors.filter((detector) => !isOn(detector)),
  };
}

/** Why a Service in an untrusted namespace is denied: its author could announce tools or imitate a product's labels. */
function distrust(
  { service, detector }: Candidate,
  { trust }: Spec,
  isTrusted: (namespace: string) => boolean,
): Reason | null {
  const { namespace, type } = service;
  if (isTrusted(namespace)) return null;
  if (detector === mcp) return because('UntrustedMcpServer', { namespace });
  if (isCredential('', (detector.template ?? null) as Data)) {
    return because('UntrustedTemplate', { detector: detector.id, namespace });
  }
  if (type === 'ExternalName' && !trust.foreignEndpoints) return because('UntrustedExternalName', { namespace });
  return null;
}

function areNames(globs: readonly string[]): boolean {
  return !globs.some((glob) => glob.includes('*'));
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}

function denial(candidate: Candidate, spec: Spec, labels: Readonly<Record<string, string>>): Reason | null {
  const { service } = candidate;
  const { namespace } = service;
  const { namespaces, services } = spec.discovery;
  if (!matchesPattern(namespaces.include, namespace)) return because('NamespaceNotIncluded', { namespace });
  if (matchesPattern(namespaces.exclude, namespace)) return because('NamespaceExcluded', { namespace });
  if (!matchesSelector(labels, namespaces.selector)) return because('NamespaceNotSelected', { namespace });
  if (!matchesSelector(service.labels, services.selector)) return because('ServiceNotSelected');
  return detectorDenial(candidate, spec);
}

function detectorDenial({ service, detector: { id } }: Candidate, { detectors }: Spec): Reason | null {
  const own = getOwn(detectors, id);
  const { namespace } = service;
  if (own?.namespaces && !matchesPattern(own.namespaces, namespace)) {
    return because('DetectorNamespace', { namespace, detector: id });
  }
  if (own?.selector && !matchesSelector(service.labels, own.selector)) {
    return because('DetectorSelector', { detector: id });
  }
  const missing = Object.entries(own?.annotations ?? {}).find(
    ([key, value]) => getOwn(service.annotations, key) !== value,
  );
  return missing ? because('DetectorAnnotation', { key: missing[0], detector: id }) : null;
}
