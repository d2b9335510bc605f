import type { ServiceView } from '../../../../detectors/types.ts';
import type { EndpointsView } from '../../../cluster/types.ts';
import { allKeys } from '../../../discovery/kept-keys.ts';
import { scopeOf } from '../../../discovery/scope-and-filters.ts';
import { usage } from '../../flags/usage.ts';
import { getOwn, isObject } from '../../../lib/json.ts';
import { keyOf } from '../../../lib/object-key.ts';
import { evidenceObjects, sliceObject } from '../../snapshot/evidence.ts';
import type { DiscoveryRun } from '../../pipeline/pipeline.ts';
import { knownKeys } from './known-words.ts';
import type { Replace } from './reduce.ts';

/** Characters of the custom resources and Pods in one report. */
const maxCharacters = 10_000;

/** Evidence beyond the Services of a report. */
export interface ReportEvidence {
  /** Custom resources and Pods as a snapshot records them, without those beyond the limit. */
  readonly objects: readonly object[];
  readonly leftOut: number;
  readonly endpoints: ReadonlyMap<string, EndpointsView>;
}

/** Reads it with the settings of the run, for these Services only. */
export async function readEvidence(
  services: readonly ServiceView[],
  { cluster, policy, inputs: { settings } }: Pick<DiscoveryRun, 'cluster' | 'policy'> & SettingsOf,
): Promise<ReportEvidence> {
  if (cluster === null) throw usage.clusterMissing('explain --report');
  const { spec } = settings;
  const scope = scopeOf(spec, policy);
  const [namespaces, endpoints] = await Promise.all([
    scope === 'cluster' ? cluster.namespaces(allKeys) : [],
    spec.health.check === 'none' ? new Map<string, EndpointsView>() : cluster.endpoints(services, scope),
  ]);
  const all = await evidenceObjects({ spec, services, namespaces, endpoints, live: null, cluster });
  let left = maxCharacters;
  const objects = all.filter((object) => {
    left -= JSON.stringify(object).length;
    return left > 0;
  });
  return { objects, leftOut: all.length - objects.length, endpoints };
}

interface SettingsOf {
  readonly inputs: Pick<DiscoveryRun['inputs'], 'settings'>;
}

/**
 * The objects of a report besides its Services, with each text replaced: custom resources, Pods, and the EndpointSlices
 * that lead to them.
 */
export function reducedEvidence(
  services: readonly ServiceView[],
  { objects, endpoints }: ReportEvidence,
  replace: Replace,
): object[] {
  const pods = new Set(objects.flatMap(podKeyOf));
  const slices = services.flatMap((service) => {
    const own = endpoints.get(keyOf(service));
    return own && isRelevantSlice(service, own, pods) ? [reducedSlice(service, own, replace)] : [];
  });
  return [...objects.map((object) => replacedObject(object, replace)), ...slices];
}

function podKeyOf(object: object): string[] {
  const { kind, metadata } = object as { readonly kind: string; readonly metadata: Parameters<typeof keyOf>[0] };
  return kind === 'Pod' ? [keyOf(metadata)] : [];
}

/** Whether the slice leads to a Pod of the report, or has a port of individually queried pods. */
function isRelevantSlice(
  { namespace, clusterIP, ports }: ServiceView,
  { pod, ports: numbers }: EndpointsView,
  pods: ReadonlySet<string>,
): boolean {
  if (pod === null ? pods.size > 0 : pods.has(keyOf({ namespace, name: pod }))) return true;
  return (
    clusterIP === 'None' &&
    ports.some(({ name, targetPort }) => typeof targetPort === 'string' && numbers?.has(name) === true)
  );
}

/** Only the ports that the Service has, and one ready Pod, since a report does not cover health. */
function reducedSlice({ namespace, name, ports }: ServiceView, endpoints: EndpointsView, replace: Replace): object {
  const numbers = ports.flatMap((port) => {
    const number = endpoints.ports?.get(port.name);
    return number === undefined ? [] : [[replace(port.name), number] as const];
  });
  const pod = endpoints.pod === null ? null : replace(endpoints.pod);
  const view = { ready: 1, notReady: 0, changedAt: null, ports: new Map(numbers), pod };
  return sliceObject({ namespace: replace(namespace), name: replace(name) }, view);
}

/** Kind and version come from our own table, as do all keys except those of labels. */
function replacedObject(object: object, replace: Replace): object {
  const { apiVersion, kind, ...others } = object as Readonly<Record<string, unknown>>;
  return { apiVersion, kind, ...(replaced(others, replace) as object) };
}

function replaced(data: unknown, replace: Replace, areLabels = false): unknown {
  if (typeof data === 'string') return replace(data);
  if (Array.isArray(data)) return data.map((one) => replaced(one, replace));
  if (!isObject(data)) return data;
  const entries = Object.keys(data).map((key) => {
    const value = replaced(getOwn(data, key), replace, key === 'labels');
    return [areLabels && !knownKeys.has(key) ? replace(key) : key, value] as const;
  });
  return Object.fromEntries(entries);
}
