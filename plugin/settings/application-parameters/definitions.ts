import { detectors } from '../../../detectors/index.ts';
import { ownCluster } from '../../lib/cluster-name.ts';
import type { Spec } from '../schema/index.ts';
import { getOwn } from '../../lib/json.ts';

/** A value as Argo CD passes it: a string, a list of strings, or a map of strings. */
export type ParameterValue = string | readonly string[] | Readonly<Record<string, string>>;

/** A setting that an Application may override, by its path below `spec` of toolset.yaml. */
export interface Parameter {
  readonly name: string;
  /** Label in Argo CD's UI. */
  readonly title: string;
  readonly collection: 'string' | 'array' | 'map';
  readonly valueIn: (spec: Spec) => ParameterValue;
}

/**
 * The settings that an Application may override. None of them decides which namespaces are trusted, what a credential
 * is, or where it is sent. `clusterDomain` is excluded because every URL ends with it.
 */
export const parameters: readonly Parameter[] = [
  text(
    'cluster',
    'Cluster to read: its name in Argo CD, or the URL of its API server',
    ({ cluster }) => cluster ?? ownCluster.name,
  ),
  list(
    'clusters',
    'Several clusters to read for one ConfigMap: names in Argo CD, or globs',
    ({ clusters }) => clusters ?? [],
  ),
  text('target.version', "HolmesGPT's version", ({ target }) => target.version),
  text('target.configMap.name', 'Name of the ConfigMap', ({ target }) => target.configMap.name),
  text('target.configMap.namespace', 'Namespace of the ConfigMap', ({ target }) => target.configMap.namespace),
  text('target.configMap.key', 'Key of the ConfigMap', ({ target }) => target.configMap.key),
  list(
    'discovery.namespaces.include',
    'Namespaces to look in (globs)',
    ({ discovery }) => discovery.namespaces.include,
  ),
  list('discovery.namespaces.exclude', 'Namespaces to leave out', ({ discovery }) => discovery.namespaces.exclude),
  text('discovery.instances', 'Several backends of a product: all or best', ({ discovery }) => discovery.instances),
  text('health.check', 'Health check: http, readiness or none', ({ health }) => health.check),
  { name: 'detectors', title: 'Products, by detector: true or false', collection: 'map', valueIn: switchesIn },
];

function text(name: string, title: string, valueIn: (spec: Spec) => string): Parameter {
  return { name, title, collection: 'string', valueIn };
}

function list(name: string, title: string, valueIn: (spec: Spec) => readonly string[]): Parameter {
  return { name, title, collection: 'array', valueIn };
}

function switchesIn(spec: Spec): Readonly<Record<string, string>> {
  return Object.fromEntries(
    detectors.map(({ id, byDefault }) => [id, String(getOwn(spec.detectors, id)?.enabled ?? byDefault === 'on')]),
  );
}

/** Name of a setting's environment variable, formed like Argo CD's for parameters. */
export function variableOf(...names: readonly string[]): string {
  return names.map((name) => name.toUpperCase().replace(/[^A-Z0-9_]/g, '_')).join('_');
}
