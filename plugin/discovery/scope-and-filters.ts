import { mcp } from '../../detectors/annotated.ts';
import type { Detector } from '../../detectors/types.ts';
import type { NamespaceView, NamespaceScope } from '../cluster/types.ts';
import { isCredential } from '../secrets/key-names.ts';
import type { ToolsetConfig } from '../settings/schema/index.ts';
import type { Candidate } from './decision.ts';
import { matchesPattern } from './match/glob.ts';
import { matchesSelector } from './match/label-selector.ts';

type Spec = ToolsetConfig['spec'];

/** Namespaces that the platform's policy allows this run to read, whatever Git says. */
export interface NamespacePolicy {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** What the settings leave of Services. */
export interface Filters {
  /** Why the settings leave a candidate out, or `null`. */
  readonly denial: (candidate: Candidate) => string | null;
}

/**
 * Namespaces that are all named are read one by one, which a Role in each allows; otherwise the whole cluster is.
 * Where the policy lists its namespaces by name, nothing outside of them is read.
 */
export function scopeOf({ discovery: { namespaces } }: Spec, policy: NamespacePolicy | null): NamespaceScope {
  const { include, selector } = namespaces;
  const selects = Object.keys(selector.matchLabels).length + selector.matchExpressions.length > 0;
  const allowed =
    policy && areNames(policy.include) ? policy.include.filter((name) => allowsNamespace(policy, name)) : null;
  if (allowed) return unique(allowed.filter((name) => matchesPattern(include, name)));
  return selects || !areNames(include) ? 'cluster' : unique(include);
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
    denial: (candidate) =>
      denial(candidate, spec, labels.get(candidate.service.namespace) ?? {}) ?? distrust(candidate, spec, isTrusted),
  };
}

/** Detectors that are on, the highest priority first, and those that are off. */
export function chosenDetectors(
  spec: Spec,
  detectors: readonly Detector[],
): Record<'enabled' | 'disabled', Detector[]> {
  const isOn = ({ id, byDefault }: Detector): boolean => spec.detectors[id]?.enabled ?? byDefault === 'on';
  const priority = ({ id }: Detector): number => spec.detectors[id]?.priority ?? 0;
  return {
    enabled: detectors.filter(isOn).sort((a, b) => priority(b) - priority(a)),
    disabled: detectors.filter((detector) => !isOn(detector)),
  };
}

/** What only Services that are trusted may be: whoever may write one could announce it, or copy its labels. */
function distrust(
  { service, detector }: Candidate,
  { trust }: Spec,
  isTrusted: (namespace: string) => boolean,
): string | null {
  if (isTrusted(service.namespace)) return null;
  const must = `the namespace ${service.namespace} must be in trust.namespaces`;
  if (detector === mcp) return `an MCP server gives the agent tools: ${must}`;
  if (isCredential('', (detector.template ?? null) as Parameters<typeof isCredential>[1]))
    return `the template of ${detector.id} holds a credential: ${must}`;
  if (service.type === 'ExternalName' && !trust.foreignEndpoints)
    return `an ExternalName leads to another host: ${must}, or trust.foreignEndpoints be set`;
  return null;
}

function areNames(globs: readonly string[]): boolean {
  return !globs.some((glob) => glob.includes('*'));
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}

function denial({ service, detector }: Candidate, spec: Spec, labels: Readonly<Record<string, string>>): string | null {
  const { namespaces, services } = spec.discovery;
  const { namespace } = service;
  if (!matchesPattern(namespaces.include, namespace))
    return `the namespace ${namespace} is not in discovery.namespaces.include`;
  if (matchesPattern(namespaces.exclude, namespace))
    return `the namespace ${namespace} is in discovery.namespaces.exclude`;
  if (!matchesSelector(labels, namespaces.selector))
    return `the namespace ${namespace} does not fulfil discovery.namespaces.selector`;
  if (!matchesSelector(service.labels, services.selector))
    return 'its labels do not fulfil discovery.services.selector';
  const own = spec.detectors[detector.id];
  if (own?.namespaces && !matchesPattern(own.namespaces, namespace))
    return `the namespace ${namespace} is not in detectors.${detector.id}.namespaces`;
  if (own?.selector && !matchesSelector(service.labels, own.selector))
    return `its labels do not fulfil detectors.${detector.id}.selector`;
  const missing = Object.entries(own?.annotations ?? {}).find(([key, value]) => service.annotations[key] !== value);
  if (missing) return `it lacks the annotation ${missing[0]} that detectors.${detector.id}.annotations asks for`;
  return null;
}
