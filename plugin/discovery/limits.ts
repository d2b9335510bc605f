import type { Detector } from '../../detectors/types.ts';
import type { NamespaceView, Scope } from '../cluster/state.ts';
import type { ToolsetConfig } from '../settings/schema.ts';
import type { Candidate } from './decision.ts';
import { matches } from './pattern.ts';
import { fulfils } from './selector.ts';

type Spec = ToolsetConfig['spec'];

/** What the settings leave of detectors and Services. */
export interface Limits {
  readonly enabled: readonly Detector[];
  readonly disabled: readonly Detector[];
  readonly clusterDomain: string;
  /** Why the settings leave a candidate out, or `null`. */
  readonly denial: (candidate: Candidate) => string | null;
}

/** Namespaces that are all named are read one by one, which a Role in each allows; otherwise the whole cluster is. */
export function scopeOf({ discovery: { namespaces } }: Spec): Scope {
  const { include, selector } = namespaces;
  const selects = Object.keys(selector.matchLabels).length + selector.matchExpressions.length > 0;
  return selects || include.some((glob) => glob.includes('*')) ? 'cluster' : [...new Set(include)].sort();
}

/** Compiles the settings once for all Services. */
export function limitsOf(spec: Spec, detectors: readonly Detector[], namespaces: readonly NamespaceView[]): Limits {
  const isOn = ({ id }: Detector): boolean => spec.detectors[id]?.enabled ?? true;
  const labels = new Map(namespaces.map((namespace) => [namespace.name, namespace.labels]));
  return {
    enabled: detectors.filter(isOn),
    disabled: detectors.filter((detector) => !isOn(detector)),
    clusterDomain: spec.discovery.clusterDomain,
    denial: (candidate) => denial(candidate, spec, labels.get(candidate.service.namespace) ?? {}),
  };
}

function denial({ service, detector }: Candidate, spec: Spec, labels: Readonly<Record<string, string>>): string | null {
  const { namespaces, services } = spec.discovery;
  const { namespace } = service;
  if (!matches(namespaces.include, namespace))
    return `the namespace ${namespace} is not in discovery.namespaces.include`;
  if (matches(namespaces.exclude, namespace)) return `the namespace ${namespace} is in discovery.namespaces.exclude`;
  if (!fulfils(labels, namespaces.selector))
    return `the namespace ${namespace} does not fulfil discovery.namespaces.selector`;
  if (!fulfils(service.labels, services.selector)) return 'its labels do not fulfil discovery.services.selector';
  const own = spec.detectors[detector.id]?.namespaces;
  if (own && !matches(own, namespace))
    return `the namespace ${namespace} is not in detectors.${detector.id}.namespaces`;
  return null;
}
