import { servingCertificates } from '../../../detectors/certificate-issuers.ts';
import type { Owner, ServiceView } from '../../../detectors/types.ts';
import { sharedCluster } from '../../cluster/shared-cluster.ts';
import { noSlices } from '../../cluster/recording.ts';
import { lengthAnnotation } from '../../cluster/snapshot.ts';
import type { Cluster, ConfigMapName, NamespaceView } from '../../cluster/types.ts';
import { sourcesAnnotation } from '../../cluster/sources-annotation.ts';
import { allKeys } from '../../discovery/kept-keys.ts';
import { allowsNamespace, scopeOf } from '../../discovery/scope-and-filters.ts';
import { keyOf } from '../../lib/object-key.ts';
import { withoutUserInfo } from '../../lib/messages/text.ts';
import type { ProjectPolicy } from '../../settings/policy.ts';
import type { ToolsetConfig } from '../../settings/schema/index.ts';
import { loadSettings } from '../../settings/settings.ts';
import type { Settings } from '../../settings/settings.ts';
import { targetsOf } from '../../settings/targets.ts';
import { warning } from '../../lib/diagnostic.ts';
import { gitReader } from '../git-readers.ts';
import type { Flags } from '../flags/flags.ts';
import type { clusterFlags } from '../flags/options.ts';
import { usage } from '../flags/usage.ts';
import { assertMayRead, withNamedCluster } from '../clusters/named-cluster.ts';
import { policyOf } from '../pipeline/git-inputs.ts';
import { withCluster } from '../pipeline/open-cluster.ts';
import type { CommandOutput } from '../command.ts';
import { evidenceObjects, sliceObject } from './evidence.ts';
import type { RecordedData } from './config-map.ts';
import { recordedData } from './config-map.ts';

const ownPrefix = 'kubernaut.io/';

/**
 * What discovery reads from the cluster, as a List for `--snapshot`: one object per line, sorted, and nothing that no
 * command reads. Leaves out annotations of others, and ConfigMap data that may hold a secret.
 */
export async function snapshot(
  flags: Flags<'path' | 'snapshot' | (typeof clusterFlags)[number]>,
): Promise<CommandOutput> {
  const read = await gitReader(flags);
  const policy = await policyOf(flags);
  const settings = withNamedCluster(await loadSettings(read, flags.application), flags);
  assertMayRead(settings, policy, flags);
  if (settings.spec.clusters) throw usage.clusterMissing('snapshot');
  const { objects, withheld } = await withCluster(flags, settings, policy, (opened) =>
    record(opened, settings, policy),
  );
  const lines = [...new Set(objects.map((object) => JSON.stringify(object)))].sort();
  return {
    text: `{"apiVersion":"v1","kind":"List","items":[\n${lines.join(',\n')}\n]}\n`,
    warnings: withheld.map((message) =>
      warning('DATA_WITHHELD', `${message}; the snapshot lacks it, and cannot be used for diff and adopt`),
    ),
  };
}

interface Recording {
  readonly objects: readonly object[];
  /** One sentence per part of the live ConfigMaps that is not recorded. */
  readonly withheld: readonly string[];
}

/** Records for all targets of the settings. */
async function record(opened: Cluster, settings: Settings, policy: ProjectPolicy | null): Promise<Recording> {
  const { spec } = settings;
  const targets = targetsOf(settings);
  const scope = scopeOf(spec, policy);
  const isSeen = (namespace: string): boolean => policy === null || allowsNamespace(policy, namespace);
  const cluster = targets.length > 1 ? sharedCluster(opened, allKeys) : opened;
  const [all, namespaces, lives] = await Promise.all([
    cluster.services(scope, allKeys),
    scope === 'cluster' ? cluster.namespaces(allKeys) : [],
    Promise.all(targets.map((one) => cluster.configMap(one.spec.target.configMap))),
  ]);
  const services = all.filter(({ namespace }) => isSeen(namespace));
  const endpoints = await cluster.endpoints(services, scope);
  const slices = services.flatMap((service) => {
    const own = endpoints.get(keyOf(service));
    return own ? [sliceObject(service, own)] : [];
  });
  const recorded = lives.map((live) => (live ? recordedData(live) : null));
  const evidence = await Promise.all(
    targets.map(({ spec: own }, index) =>
      evidenceObjects({ spec: own, services, namespaces, endpoints, live: lives[index] ?? null, cluster }),
    ),
  );
  return {
    objects: [
      ...namespaces.filter(({ name }) => isSeen(name)).map(namespaceObject),
      ...services.map((service) => serviceObject(service, annotationsOf(spec))),
      ...(slices.length > 0 ? slices : [noSlices]),
      ...evidence.flat(),
      ...targets.flatMap((one, index) => {
        const own = recorded[index];
        return own ? [configMapObject(one.spec.target.configMap, own, lives[index]?.rememberedAt)] : [];
      }),
    ],
    withheld: recorded.flatMap((one) => one?.withheld ?? []),
  };
}

function namespaceObject({ name, labels }: NamespaceView): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

/** Annotations of others that the settings name are evidence. */
function annotationsOf({ detectors, customDetectors }: ToolsetConfig['spec']): string[] {
  const conditions = [
    ...Object.values(detectors),
    ...customDetectors.flatMap(({ match, exclude }) => [match, exclude].flat()),
  ];
  return [...servingCertificates, ...conditions.flatMap((condition) => Object.keys(condition?.annotations ?? {}))];
}

function serviceObject(service: ServiceView, read: readonly string[]): object {
  const { namespace, name, labels, owners, type, clusterIP, externalName, ports, selector, createdAt } = service;
  if (service.oversize !== null) {
    const metadata = { namespace, name, annotations: { [lengthAnnotation]: String(service.oversize) } };
    return { apiVersion: 'v1', kind: 'Service', metadata };
  }
  const created = createdAt === undefined ? {} : { creationTimestamp: new Date(createdAt).toISOString() };
  const annotations = ownAnnotations(service.annotations, read);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      namespace,
      name,
      labels,
      ...created,
      ...annotations,
      ...(owners.length > 0 ? { ownerReferences: owners.map(withoutUid) } : {}),
    },
    spec: {
      type,
      ...(clusterIP === '' ? {} : { clusterIP }),
      ...(externalName === '' ? {} : { externalName }),
      ports,
      ...(selector ? { selector } : {}),
    },
  };
}

function withoutUid({ apiVersion, kind, name }: Owner): Owner {
  return { apiVersion, kind, name };
}

/** With the time at which its memory was written, if the API server reports it. */
function configMapObject(
  { namespace, name }: ConfigMapName,
  { annotations, data }: RecordedData,
  rememberedAt: number | undefined,
): object {
  const fieldsV1 = { 'f:metadata': { 'f:annotations': { [`f:${sourcesAnnotation}`]: {} } } };
  const time = rememberedAt === undefined ? null : new Date(rememberedAt).toISOString();
  const written = time === null ? {} : { managedFields: [{ time, fieldsType: 'FieldsV1', fieldsV1 }] };
  const metadata = { namespace, name, ...ownAnnotations(annotations), ...written };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, ...(Object.keys(data).length > 0 ? { data } : {}) };
}

function ownAnnotations(annotations: Readonly<Record<string, string>>, others: readonly string[] = []): object {
  const kept = Object.entries(annotations).filter(([key]) => key.startsWith(ownPrefix) || others.includes(key));
  const withoutCredentials = kept.map(([key, value]) => [key, withoutUserInfo(value)] as const);
  return withoutCredentials.length > 0 ? { annotations: Object.fromEntries(withoutCredentials) } : {};
}
