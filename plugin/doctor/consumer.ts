import type { ConfigMapName } from '../cluster/types.ts';
import { keyOf } from '../lib/object-key.ts';
import { applicationOf, helmReleaseOf, managerOf, patchFile, quoted } from './fix-commands.ts';
import type { Check } from './reasons.ts';
import { because, finding } from './reasons.ts';
import type { Container, Volume, Workload } from './schemas.ts';
import { getOwn } from '../lib/json.ts';
import type { FormatName } from '../settings/schema/formats.ts';

/** The file that HolmesGPT reads unless CUSTOM_TOOLSET_LOCATION names another. */
const defaultLocation = '/etc/holmes/config/custom_toolset.yaml';

/** A generated ConfigMap in the cluster. */
export interface Target extends ConfigMapName {
  readonly keys: readonly string[];
  /** `spec.target.format` of the settings. */
  readonly format: string;
}

/** Formats whose ConfigMap no workload mounts, and how its content reaches the consumer. */
const unmountedFormats: Readonly<Record<string, string>> = {
  'grafana-datasources': "Grafana's sidecar finds it by its labels",
  'grafana-operator': 'grafana-operator reads the custom resources beside it',
  'kubernaut-operator': "Kubernaut's operator reads the custom resource beside it",
  'kubernaut-helm': 'its values reach the release by Flux, or by whatever runs Helm',
  kiali: 'its values reach the release by Flux, or by whatever runs Helm',
} satisfies Partial<Record<FormatName, string>>;

/** A file of the ConfigMap in a container. */
interface Mount {
  readonly workload: Workload;
  readonly container: Container;
  readonly path: string;
  readonly key: string;
  readonly isFixed: boolean;
}

/** Whether a workload reads the ConfigMap and notices changes to it. `workloads` are those of its namespace. */
export function checkConsumer(target: Target, workloads: readonly Workload[]): Check[] {
  const how = getOwn(unmountedFormats, target.format);
  if (how !== undefined) return [finding(because('ReadOtherwise', { how }), `ConfigMap ${keyOf(target)}`)];
  const mounts = workloads.flatMap((workload) => mountsIn(workload, target));
  if (mounts.length === 0) return [unmounted(target, workloads)];
  const users = [...Map.groupBy(mounts, ({ workload }) => workload)];
  return users.flatMap(([workload, own]) =>
    target.format === 'holmesgpt'
      ? [...location(workload, own), reloader(workload, target)]
      : [finding(because('Mounted', { configMap: keyOf(target) }), subjectOf(workload))],
  );
}

function mountsIn(workload: Workload, target: Target): Mount[] {
  const { containers, volumes } = workload.spec.template.spec;
  return containers.flatMap((container) =>
    container.volumeMounts.flatMap(({ name, mountPath, subPath }) => {
      const volume = volumes.find((one) => one.name === name);
      return (volume ? filesOf(volume, target) : [])
        .filter(({ file }) => subPath === undefined || subPath === file)
        .map(({ key, file }) => ({
          workload,
          container,
          key,
          path: subPath === undefined ? `${mountPath.replace(/\/$/, '')}/${file}` : mountPath,
          isFixed: subPath !== undefined,
        }));
    }),
  );
}

/** The files that a volume makes from the ConfigMap's keys. */
function filesOf(
  { configMap, projected }: Volume,
  target: Target,
): readonly { readonly key: string; readonly file: string }[] {
  const sources = [configMap, ...(projected?.sources.map((source) => source.configMap) ?? [])];
  return sources
    .filter((source) => source?.name === target.name)
    .flatMap((source) =>
      source?.items
        ? source.items.filter(({ key }) => target.keys.includes(key)).map(({ key, path }) => ({ key, file: path }))
        : target.keys.map((key) => ({ key, file: key })),
    );
}

/** Whether a container of the workload reads a mounted file, and whether that file can change. */
function location(workload: Workload, mounts: readonly Mount[]): Check[] {
  const subject = subjectOf(workload);
  const read = mounts.find(({ container, path }) => locationOf(container) === path);
  if (!read) return mounts.slice(0, 1).map((mount) => mountedElsewhere(mount));
  if (!read.isFixed) return [finding(because('FileRead', { key: read.key, path: read.path }), subject)];
  const managedBy = applicationOf(workload.metadata.annotations);
  return [finding(because('MountedBySubPath', { path: read.path }), subject, { fix: [patchOf(workload)], managedBy })];
}

function mountedElsewhere({ workload, container, path }: Mount): Check {
  const { namespace, name } = workload.metadata;
  const variable = quoted(`CUSTOM_TOOLSET_LOCATION=${path}`);
  const fix = [
    `kubectl --namespace ${namespace} set env ${kindOf(workload)}/${name} --containers=${container.name} ${variable}`,
  ];
  const details = { container: container.name, location: locationOf(container), path };
  return finding(because('MountedElsewhere', details), subjectOf(workload), { fix, managedBy: managerOf(workload) });
}

function locationOf({ env }: Container): string {
  return env.find(({ name }) => name === 'CUSTOM_TOOLSET_LOCATION')?.value ?? defaultLocation;
}

const reloaders = [
  'reloader.stakater.com/auto',
  'configmap.reloader.stakater.com/auto',
  'wave.pusher.com/update-on-config-change',
];
const reloadAnnotation = 'configmap.reloader.stakater.com/reload';

/** HolmesGPT does not notice a changed URL and must be restarted. */
function reloader(workload: Workload, { name }: Target): Check {
  const annotations = { ...workload.spec.template.metadata.annotations, ...workload.metadata.annotations };
  const named = (annotations[reloadAnnotation] ?? '').split(',').map((one) => one.trim());
  if (named.includes(name) || reloaders.some((key) => getOwn(annotations, key) === 'true'))
    return finding(because('ReloaderPresent'), subjectOf(workload));
  const command = `kubectl --namespace ${workload.metadata.namespace} annotate ${kindOf(workload)} ${workload.metadata.name}`;
  const names = [...named.filter((one) => one !== ''), name].join(',');
  const fix = [`${command} --overwrite ${quoted(`${reloadAnnotation}=${names}`)}`];
  return finding(because('ReloaderMissing'), subjectOf(workload), { fix, managedBy: managerOf(workload) });
}

function unmounted(target: Target, workloads: readonly Workload[]): Check {
  const probable = workloads.find(
    ({ metadata }) => metadata.labels.app === 'holmes' || metadata.name.includes('holmes'),
  );
  const list = `kubectl --namespace ${target.namespace} get deployments,statefulsets`;
  const fix = [probable ? patchOf(probable) : list];
  return finding(because('NotMounted', { namespace: target.namespace }), `ConfigMap ${keyOf(target)}`, { fix });
}

function patchOf(workload: Workload): string {
  const { namespace, name } = workload.metadata;
  const release = helmReleaseOf(workload.metadata);
  if (release !== null)
    return `helm upgrade ${quoted(release)} robusta/holmes --namespace ${namespace} --reuse-values --values manifests/holmesgpt/values.yaml`;
  const file = patchFile('manifests/holmesgpt/patch.yaml', 'holmesgpt-holmes', name);
  return `kubectl --namespace ${namespace} patch ${kindOf(workload)} ${name} ${file}`;
}

function subjectOf(workload: Workload): string {
  return `${workload.kind} ${keyOf(workload.metadata)}`;
}

function kindOf({ kind }: Workload): string {
  return kind.toLowerCase();
}
