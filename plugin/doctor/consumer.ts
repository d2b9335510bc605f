import type { ConfigMapName } from '../cluster/types.ts';
import { keyOf } from '../lib/object-key.ts';
import type { Check } from './check.ts';
import { ok, problem, quoted } from './check.ts';
import type { Container, Volume, Workload } from './schemas.ts';
import { nameOf } from './schemas.ts';
import { helmReleaseOf, trackedHint } from './managed-config-maps.ts';
import { patchFile } from './plugin.ts';

/** Where HolmesGPT looks unless its environment says otherwise. */
const defaultLocation = '/etc/holmes/config/custom_toolset.yaml';

/** A ConfigMap that the plugin made, as it is in the cluster. */
export interface Target extends ConfigMapName {
  readonly keys: readonly string[];
  /** Whose file it is, as `spec.target.format` says. */
  readonly format: string;
}

/** A file of the ConfigMap in a container. */
interface Mount {
  readonly workload: Workload;
  readonly container: Container;
  readonly path: string;
  readonly key: string;
  readonly isFixed: boolean;
}

/** Whether somebody reads the ConfigMap, from where it looks, and notices changes. `workloads` are of its namespace. */
export function checkConsumer(target: Target, workloads: readonly Workload[]): Check[] {
  const mounts = workloads.flatMap((workload) => mountsIn(workload, target));
  if (mounts.length === 0) return [unmounted(target, workloads)];
  const users = [...Map.groupBy(mounts, ({ workload }) => workload)];
  return users.flatMap(([workload, own]) => [
    target.format === 'holmesgpt'
      ? located(workload, own)
      : ok('consumer', subjectOf(workload), `it mounts ${keyOf(target)}`),
    ...(target.format === 'holmesgpt' ? [reloads(workload, target)] : []),
  ]);
}

function mountsIn(workload: Workload, target: Target): Mount[] {
  const { containers, volumes } = workload.spec.template.spec;
  return containers.flatMap((container) =>
    container.volumeMounts.flatMap(({ name, mountPath, subPath }) => {
      const volume = volumes.find((one) => one.name === name);
      return (volume ? filesOf(volume, target) : [])
        .filter(({ file }) => subPath === undefined || subPath === file)
        .map(({ key, file }) => ({
          ...{ workload, container, key },
          path: subPath === undefined ? `${mountPath.replace(/\/$/, '')}/${file}` : mountPath,
          isFixed: subPath !== undefined,
        }));
    }),
  );
}

/** The files that a volume makes of the ConfigMap's keys. */
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

/** Of one workload: whether a container looks where one of the files is, and whether that file can change. */
function located(workload: Workload, mounts: readonly Mount[]): Check {
  const subject = subjectOf(workload);
  const read = mounts.find(({ container, path }) => locationOf(container) === path);
  if (read?.isFixed)
    return problem(
      'consumer',
      subject,
      `${read.path} is mounted by subPath: it never changes while the Pod runs${trackedHint(workload.metadata)}`,
      patchOf(workload),
    );
  if (read) return ok('consumer', subject, `it reads ${read.key} at ${read.path}`);
  const [{ container, path } = { container: undefined, path: '' }] = mounts;
  const name = container?.name ?? '';
  const command = `kubectl --namespace ${workload.metadata.namespace} set env ${kindOf(workload)}/${workload.metadata.name}`;
  return problem(
    'consumer',
    subject,
    `the container ${name} reads ${container ? locationOf(container) : ''}, and the ConfigMap is at ${path}${trackedHint(workload.metadata)}`,
    `${command} --containers=${name} ${quoted(`CUSTOM_TOOLSET_LOCATION=${path}`)}`,
  );
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

/** HolmesGPT never notices that a URL changed: something has to start it again. */
function reloads(workload: Workload, { name }: Target): Check {
  const annotations = { ...workload.spec.template.metadata.annotations, ...workload.metadata.annotations };
  const named = (annotations[reloadAnnotation] ?? '').split(',').map((one) => one.trim());
  if (named.includes(name) || reloaders.some((key) => annotations[key] === 'true'))
    return ok('reload', subjectOf(workload), 'a reloader is asked to start it again when the ConfigMap changes');
  const command = `kubectl --namespace ${workload.metadata.namespace} annotate ${kindOf(workload)} ${workload.metadata.name}`;
  return problem(
    'reload',
    subjectOf(workload),
    `nothing starts it again when the ConfigMap changes, and HolmesGPT by itself never sees a changed URL${trackedHint(workload.metadata)}`,
    `${command} --overwrite ${quoted(`${reloadAnnotation}=${[...named.filter((one) => one !== ''), name].join(',')}`)}`,
  );
}

function unmounted(target: Target, workloads: readonly Workload[]): Check {
  const probable = workloads.find(
    ({ metadata }) => metadata.labels.app === 'holmes' || metadata.name.includes('holmes'),
  );
  const message = `no Deployment or StatefulSet in namespace ${target.namespace} mounts a key of it`;
  const list = `kubectl --namespace ${target.namespace} get deployments,statefulsets`;
  return problem('consumer', `ConfigMap ${keyOf(target)}`, message, probable ? patchOf(probable) : list);
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
  return `${workload.kind} ${nameOf(workload)}`;
}

function kindOf({ kind }: Workload): string {
  return kind.toLowerCase();
}
