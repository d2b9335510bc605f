import { asObject, asObjects, asString, asStrings } from '../lib/json.ts';
import type { Json } from '../lib/json.ts';
import type { ConfigMapName } from '../cluster/types.ts';
import { destinationOf, otherClusterOf } from './destination.ts';

/** Argo CD's status of one resource of an Application. */
export interface ManagedResource {
  readonly namespace: string;
  readonly name: string;
  /** `RequiresPruning`: the Application no longer generates it. Only a sync with prune removes it. */
  readonly status: 'Synced' | 'OutOfSync' | 'Unknown' | 'RequiresPruning';
}

/** A source of an Application that names a plugin. */
export interface PluginReference {
  readonly name: string;
  /** JSON Pointer to the name in the Application. */
  readonly pointer: string;
  /** `null` if its author wrote something too long for an address. */
  readonly source: GitSource | null;
}

/** Location of a source in Git, from the Application and its status. */
export interface GitSource {
  readonly repoUrl: string;
  readonly path: string;
  /** Commit of the last comparison; empty before the first one. */
  readonly commit: string;
}

/** An operation that has ended. */
export interface EndedOperation {
  readonly phase: string;
  readonly message: string;
  readonly finishedAt: string;
  /** It ran hooks, which only a sync of the whole Application does. */
  readonly hooks: boolean;
}

/** A condition in an Application's status. */
export interface ApplicationCondition {
  readonly type: string;
  readonly message: string;
}

/**
 * Splits an Application's name as given by Argo CD to plugins and in tracking ids: the bare name in Argo CD's own
 * namespace, else `namespace_name`.
 */
export function applicationName(name: string, argoCdNamespace: string): { namespace: string; name: string } {
  const [, namespace = argoCdNamespace, own = name] = /^([^_]+)_(.+)$/.exec(name) ?? [];
  return { namespace, name: own };
}

/** The part of an Argo CD Application that is read. */
export interface ApplicationView {
  readonly namespace: string;
  readonly name: string;
  /** Plugins named by its sources; not those that Argo CD discovers for a source. */
  readonly plugins: readonly PluginReference[];
  /** The Application that generates this one, as in app-of-apps; `null` if Argo CD's tracking id names none. */
  readonly parent: string | null;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly project: string;
  /** Name or server of the cluster that it deploys to; `null` for the cluster that Argo CD runs in. */
  readonly otherCluster: string | null;
  /** Namespace of Argo CD and its projects. */
  readonly argoCdNamespace: string;
  /** It is being deleted. */
  readonly deleting: boolean;
  /** Its annotation `skip-reconcile` makes Argo CD ignore it. */
  readonly skipped: boolean;
  /** Value of the refresh annotation: a refresh that was requested and has not ended; `null` if there is none. */
  readonly refresh: string | null;
  /** Automated sync: a new commit is applied without a person. */
  readonly automated: boolean;
  /** Automated sync with `selfHeal`: changes in the cluster may be reverted without a person. */
  readonly selfHeal: boolean;
  readonly syncOptions: readonly string[];
  /** Result of the last comparison, such as `Synced`; `Unknown` before the first one. */
  readonly syncStatus: string;
  /** Revisions of the last comparison, one per source. */
  readonly revisions: readonly string[];
  readonly multiSource: boolean;
  /** A requested or running sync, with Argo CD's message about it. */
  readonly operation: { readonly message: string } | null;
  /** How the last operation ended; `null` before the first one. */
  readonly lastOperation: EndedOperation | null;
  /** ConfigMaps that it owns according to its own status. */
  readonly configMaps: readonly ManagedResource[];
  readonly conditions: readonly ApplicationCondition[];
  /** Why its manifests could not be generated; `null` if they could. */
  readonly generationError: string | null;
  /** Time of the last comparison, as written by Argo CD; empty before the first one. */
  readonly reconciledAt: string;
}

export const refreshAnnotation = 'argocd.argoproj.io/refresh';
export const skipAnnotation = 'argocd.argoproj.io/skip-reconcile';

/** Whether it deploys to the cluster that Argo CD runs in. */
export function deploysToHub({ otherCluster }: Pick<ApplicationView, 'otherCluster'>): boolean {
  return otherCluster === null;
}

/** Matches `name` and `name-version`: Argo CD appends the `spec.version` of plugin.yaml. */
export function usesPlugin({ plugins }: ApplicationView, plugin: string): boolean {
  return plugins.some(({ name }) => isPlugin(name, plugin));
}

export function isPlugin(name: string, plugin: string): boolean {
  return name === plugin || (name.startsWith(`${plugin}-`) && /^v?\d/.test(name.slice(plugin.length + 1)));
}

const trackingId = 'argocd.argoproj.io/tracking-id';

/** Identifies the Argo CD that tracks an object, if several with ids deploy to one cluster. */
const installationId = 'argocd.argoproj.io/installation-id';

/** Whether the object says which of several Argo CDs tracks it. */
export function namesInstallation(annotations: Json): boolean {
  return asString(annotations[installationId]) !== '';
}

/** Name of the Application in Argo CD's tracking id; `null` without one, as with tracking by label. */
export function trackedBy(annotations: Json): string | null {
  const [application = ''] = asString(annotations[trackingId]).split(':');
  return application === '' ? null : application;
}

/** An object as identified by a tracking id; `group` is empty for the core API. */
export interface TrackedObject extends ConfigMapName {
  readonly group: string;
  readonly kind: string;
}

/**
 * The Application that Argo CD's tracking id names for this object; `null` without one, or if the annotations were
 * copied from another object, which Argo CD ignores too.
 */
export function trackedObject(annotations: Json, { group, kind, namespace, name }: TrackedObject): string | null {
  const [, ...resource] = asString(annotations[trackingId]).split(':');
  return resource.join(':') === `${group}/${kind}:${namespace}/${name}` ? trackedBy(annotations) : null;
}

/**
 * Keeps the needed parts of an Application; `null` for an object without a name or namespace. An untrusted author may
 * write anything into an Application and its status: only the types are checked here, not the content. `ownClusters`
 * are further names and servers of the cluster that Argo CD runs in.
 */
export function applicationView(object: unknown, ownClusters: readonly string[] = []): ApplicationView | null {
  const { metadata, spec, status, operation } = asObject(object);
  const { name, namespace, uid, resourceVersion, annotations, deletionTimestamp } = asObject(metadata);
  if (typeof name !== 'string' || typeof namespace !== 'string') return null;

  const { project, syncPolicy } = asObject(spec);
  const sources = sourcesOf(asObject(spec));
  const automated = isAutomated(asObject(syncPolicy));
  const { resources, operationState, sync, reconciledAt, controllerNamespace } = asObject(status);
  const refresh = asObject(annotations)[refreshAnnotation];
  const conditions = conditionsOf(asObject(status));
  const revisions = revisionsOf(asObject(sync));
  return {
    namespace,
    name,
    plugins: sources.flatMap((source, index) => pluginIn(source, revisions[index] ?? '')),
    parent: trackedBy(asObject(annotations)),
    uid: asString(uid),
    resourceVersion: asString(resourceVersion),
    project: asString(project) || 'default',
    otherCluster: otherClusterOf(destinationOf(asObject(spec)), ownClusters),
    argoCdNamespace: asString(controllerNamespace) || namespace,
    deleting: deletionTimestamp !== undefined && deletionTimestamp !== null,
    skipped: goTrue.has(asString(asObject(annotations)[skipAnnotation])),
    refresh: typeof refresh === 'string' ? refresh : null,
    automated,
    selfHeal: automated && asObject(asObject(syncPolicy).automated).selfHeal === true,
    syncOptions: asStrings(asObject(syncPolicy).syncOptions),
    syncStatus: asString(asObject(sync).status) || 'Unknown',
    revisions,
    multiSource: hasSources(asObject(spec)),
    operation: operationOf(operation, asObject(operationState)),
    lastOperation: lastOperationOf(asObject(operationState)),
    configMaps: asObjects(resources).flatMap(configMapOf),
    conditions,
    generationError: conditions.find(isGenerationError)?.message ?? null,
    reconciledAt: asString(reconciledAt),
  };
}

/** What Go's `strconv.ParseBool` takes for true. */
const goTrue: ReadonlySet<string> = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);

/** As Argo CD decides it: `sources` overrides `source`, and a `sourceHydrator` overrides both. */
function hasSources({ sources, sourceHydrator }: Json): boolean {
  return !isHydrated({ sourceHydrator }) && Array.isArray(sources) && sources.length > 0;
}

/** Its manifests come from a branch: the plugin runs for the hydrator only, once per commit. */
export function isHydrated({ sourceHydrator }: Json): boolean {
  return sourceHydrator !== undefined && sourceHydrator !== null;
}

/** A source as written, and its JSON Pointer in the Application. */
export interface Source {
  readonly source: Json;
  readonly pointer: string;
}

/** The sources that Argo CD generates from; none with a hydrator. */
export function sourcesOf(spec: Json): Source[] {
  if (isHydrated(spec)) return [];
  if (!hasSources(spec)) return [{ source: asObject(spec.source), pointer: '/spec/source' }];
  return asObjects(spec.sources).map((source, index) => ({ source, pointer: `/spec/sources/${String(index)}` }));
}

function pluginIn({ source, pointer }: Source, commit: string): PluginReference[] {
  const name = asString(asObject(source.plugin).name);
  const git = { repoUrl: asString(source.repoURL), path: asString(source.path), commit };
  const isShort = Object.values(git).every((text) => text.length <= maxGitText);
  return name === '' ? [] : [{ name, pointer: `${pointer}/plugin/name`, source: isShort ? git : null }];
}

/** Characters of a repository's URL, of a path in it and of a revision. */
const maxGitText = 500;

/** `automated: {enabled: false}` switches automated sync off but keeps its settings. */
function isAutomated({ automated }: Json): boolean {
  return automated !== undefined && automated !== null && asObject(automated).enabled !== false;
}

function revisionsOf({ revision, revisions }: Json): string[] {
  return Array.isArray(revisions) ? asStrings(revisions) : [asString(revision)];
}

const activePhases = new Set(['Running', 'Terminating']);

function operationOf(operation: unknown, { phase, message }: Json): ApplicationView['operation'] {
  if (activePhases.has(asString(phase))) return { message: asString(message) };
  return operation === undefined || operation === null ? null : { message: 'has been asked for' };
}

function lastOperationOf({ phase, message, finishedAt, syncResult }: Json): EndedOperation | null {
  if (asString(phase) === '' || activePhases.has(asString(phase))) return null;
  const hooks = asObjects(asObject(syncResult).resources).some(({ hookType }) => asString(hookType) !== '');
  return { phase: asString(phase), message: asString(message), finishedAt: asString(finishedAt), hooks };
}

function configMapOf(resource: Json): ManagedResource[] {
  const { kind, group, namespace, name } = resource;
  if (kind !== 'ConfigMap' || asString(group) !== '' || asString(name) === '') return [];
  return [{ namespace: asString(namespace), name: asString(name), status: statusOf(resource) }];
}

/** After a failed generation, Argo CD sets `requiresPruning` for every resource, and the status is unknown. */
function statusOf({ status, requiresPruning }: Json): ManagedResource['status'] {
  if (status === 'OutOfSync') return requiresPruning === true ? 'RequiresPruning' : status;
  return status === 'Synced' ? status : 'Unknown';
}

function conditionsOf({ conditions }: Json): ApplicationCondition[] {
  return asObjects(conditions).map(({ type, message }) => ({ type: asString(type), message: asString(message) }));
}

/**
 * Everything that fails before a comparison is a ComparisonError: only its text identifies what came before or in the
 * generation, such as an unreachable repository.
 */
function isGenerationError({ type, message }: ApplicationCondition): boolean {
  return type === 'ComparisonError' && /generat(?:e|ion)|^failed to load target state/i.test(message);
}
