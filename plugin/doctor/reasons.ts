// Every result of the doctor: the code of its reason with check, status and sentence. Codes are stable and appear in
// `doctor -o json`; sentences are for people and may change. None ends with a full stop.

import type { Reason as ReasonOf } from '../lib/messages/reason.ts';
import { reasonsFrom } from '../lib/messages/reason.ts';

/** All checks, ordered by dependency. */
export const checkNames = [
  'plugin',
  'access',
  'evidence',
  'application',
  'project',
  'exclusions',
  'self-heal',
  'generation',
  'sync',
  'consumer',
  'reload',
  'serve',
] as const;
export type CheckName = (typeof checkNames)[number];

/**
 * - `unknown`: the operator is not permitted to read what the check needs
 * - `skipped`: not made, because there is nothing to check, or because of --skip
 */
export type CheckStatus = 'ok' | 'problem' | 'unknown' | 'skipped';

/** In the order of the checks; `it` in a sentence is the subject of the check. */
const entries = {
  RepoServerNotFound: problem(
    'plugin',
    'it has no repo-server Deployment: set --argocd-namespace to the namespace of Argo CD',
  ),
  SidecarMissing: problem('plugin', 'it has no container {container}'),
  VolumeMissing: problem('plugin', 'the container {container} mounts nothing at {path}, which holds {content}'),
  TokenShared: problem(
    'plugin',
    'every container of the Pod gets the token of its service account, which may read Services',
  ),
  TokenMissing: problem('plugin', 'the container {container} has no token: it mounts nothing at {path}'),
  PodMissing: problem('plugin', 'it has no Pod'),
  SidecarNotStarted: problem('plugin', 'the container {container} was not started in Pod {pod}'),
  SidecarOutOfMemory: problem('plugin', 'the container {container} ran out of memory in Pod {pod}'),
  SidecarWaiting: problem('plugin', 'the container {container} is waiting in Pod {pod}: {why}'),
  SidecarNotReady: problem('plugin', 'the container {container} is not ready in Pod {pod}'),
  SidecarOutdated: problem(
    'plugin',
    'the container {container} runs {image}, which is older than {version}, the newest of sidecar, serve and this doctor',
  ),
  PodOutdated: problem('plugin', 'Pod {pod} runs {image}, not {wanted} as the Deployment says'),
  SidecarInstalled: ok('plugin', 'it has the container {container}; its Pods could not be read'),
  SidecarRunning: ok('plugin', 'the container {container} runs'),

  PermissionsMissing: problem('access', 'it may not {permissions}'),
  PermissionsGranted: ok('access', 'it may read what the plugin needs'),

  EvidenceForbidden: problem(
    'evidence',
    'it may not get {resources}: route prefix, TLS and port of their backends come from Services alone; to accept that, set spec.discovery.evidence: off',
  ),
  EvidenceReadable: ok('evidence', 'it may get {resources}'),
  EvidenceOff: skipped('evidence', 'spec.discovery.evidence: off reads none'),

  ArgoCdNotInstalled: problem('application', 'the cluster does not serve Applications: Argo CD is not installed here'),
  PluginNotUsed: problem('application', 'none of {count} has spec.source.plugin.name: {plugin}'),
  PluginNameMisspelt: problem('application', 'it names the plugin {name}, which is called {plugin}'),
  PluginUnnamed: problem(
    'application',
    'its plugin has no name, so Argo CD does not find it: set spec.source.plugin.name to {plugin}',
  ),
  SourceKindsMixed: problem(
    'application',
    'a source has {kinds} beside the plugin, but Argo CD accepts one kind: it generates nothing',
  ),
  SourceHydrated: problem(
    'application',
    'it has a sourceHydrator, which runs the plugin only for a new commit: changes in the cluster have no effect',
  ),
  OtherCluster: problem(
    'application',
    'its destination is cluster {cluster}, but the plugin reads the Services of the one that Argo CD runs in',
  ),
  PluginUsed: ok('application', 'it uses the plugin {plugin}'),

  ProjectForbidsKind: problem(
    'project',
    'it permits no ConfigMap, so the sync of Application {application} fails: see namespaceResourceWhitelist and namespaceResourceBlacklist',
  ),
  ProjectForbidsSource: problem('project', 'its sourceRepos lack the repository of Application {application}'),
  ProjectForbidsDestination: problem('project', 'its destinations lack that of Application {application}'),
  ProjectMissing: problem('project', 'it does not exist, although Application {application} is in it'),
  ProjectPermits: ok('project', 'it permits Application {application} and its ConfigMap'),

  ConfigMapsExcluded: problem(
    'exclusions',
    '{keys} hides ConfigMaps from Argo CD: the Application lacks them and shows as Synced',
  ),
  SettingsIgnoreDifferences: problem(
    'exclusions',
    '{keys} hides {paths} in ConfigMap {configMaps} from Argo CD, which shows Synced while the data is old',
  ),
  ConfigMapsManaged: ok('exclusions', 'it hides no ConfigMaps from Argo CD'),

  AutomatedSyncOff: problem(
    'self-heal',
    'syncPolicy.automated is off: a new ConfigMap is not applied until someone syncs',
  ),
  RollingSync: problem(
    'self-heal',
    'its ApplicationSet {applicationSet} syncs in steps, for which Argo CD switches automated sync off: a change of the cluster is not applied until someone syncs',
  ),
  SelfHealOff: problem(
    'self-heal',
    'syncPolicy.automated.selfHeal is off: a change of the cluster is not applied until the next commit',
  ),
  SelfHealOn: ok('self-heal', 'syncPolicy.automated.selfHeal is on'),

  NeverCompared: problem(
    'generation',
    'Argo CD has never compared it: its controller does not run, or does not watch this namespace',
  ),
  ReconcileSkipped: problem(
    'generation',
    'its annotation {annotation} makes Argo CD ignore it: neither a commit nor a change of the cluster has an effect',
  ),
  GenerationFailed: problem('generation', '{condition}: {message}'),
  ConditionReported: problem('generation', '{condition}: {message}'),
  GenerationSucceeded: ok('generation', 'the last generation succeeded, at {time}'),

  SyncFailed: problem('sync', 'the last sync failed, and selfHeal does not retry it: {message}'),
  OutOfSync: ok('sync', 'it is OutOfSync; selfHeal applies it within five minutes'),
  Compared: ok('sync', 'it is {status}'),
  DifferencesIgnored: problem(
    'sync',
    'spec.ignoreDifferences hides {paths} in its ConfigMap from Argo CD, which shows Synced while the data is old',
  ),

  ConfigMapMissing: problem('consumer', 'it does not exist, although Application {application} should create it'),
  LeftOver: problem(
    'consumer',
    'Application {application} no longer generates it, and did not prune it: it keeps its old data; delete it once nothing reads it',
  ),
  ConfigMapElsewhere: skipped('consumer', 'it is in the cluster {cluster}, which is not read'),
  ReadOtherwise: skipped('consumer', 'no workload has to mount it: {how}'),
  NotMounted: problem('consumer', 'no Deployment or StatefulSet in namespace {namespace} mounts a key of it'),
  MountedBySubPath: problem('consumer', '{path} is mounted by subPath: it never changes while the Pod runs'),
  MountedElsewhere: problem(
    'consumer',
    'the container {container} reads {location}, but the ConfigMap is mounted at {path}',
  ),
  FileRead: ok('consumer', 'it reads {key} at {path}'),
  Mounted: ok('consumer', 'it mounts {configMap}'),

  ReloaderMissing: problem(
    'reload',
    'nothing restarts it when the ConfigMap changes, and HolmesGPT does not notice a changed URL by itself',
  ),
  ReloaderPresent: ok('reload', 'a reloader restarts it when the ConfigMap changes'),

  ServeNotInstalled: problem(
    'serve',
    'it is not installed: Argo CD reads the cluster only on a commit and every 24 hours',
  ),
  ServeNotReady: problem('serve', 'none of its Pods is ready'),
  ServeOutdated: problem(
    'serve',
    'it runs {image}, which is older than {version}, the newest of sidecar, serve and this doctor',
  ),
  ServeRunning: ok('serve', 'it runs'),
} as const;

/** Reasons of any check. */
const commonReasons = { Forbidden: 'unknown', NotMade: 'skipped', LeftOut: 'skipped' } as const;

export type FindingReason = keyof typeof entries;
export type Reason = FindingReason | keyof typeof commonReasons;

const sentences = Object.fromEntries(Object.entries(entries).map(([reason, { message }]) => [reason, message])) as {
  readonly [R in FindingReason]: (typeof entries)[R]['message'];
};
export const because = reasonsFrom(sentences);

/** The result of one check of one object. */
export interface Check {
  readonly check: CheckName;
  /** Kind and name: `Application argocd/holmesgpt-toolsets`. */
  readonly subject: string;
  readonly status: CheckStatus;
  readonly reason: Reason;
  /** One sentence. */
  readonly message: string;
  /** Commands to paste that fix it; those with a path below `manifests/` run in a checkout of this repository. */
  readonly fix: readonly string[];
}

/** Every reason with its check and status, for the documentation. */
export const reasons: readonly {
  readonly reason: Reason;
  readonly check: CheckName | null;
  readonly status: CheckStatus;
}[] = [
  ...Object.entries(entries).map(([reason, { check, status }]) => ({ reason: reason as FindingReason, check, status })),
  ...Object.entries(commonReasons).map(([reason, status]) => ({
    reason: reason as keyof typeof commonReasons,
    check: null,
    status,
  })),
];

/** What manages an object, and would sooner or later undo a change of the object alone. */
export interface Manager {
  readonly kind: keyof typeof permanentPlaces;
  readonly name: string;
}

/** Where to make a change of a managed object so that it lasts. */
const permanentPlaces = {
  Application: 'change it in Git as well',
  ApplicationSet: 'change its template at its source as well',
  'Helm release': 'change its values as well',
  ArgoCD: 'change it there as well',
} as const;

/** What can be done about a finding. */
export interface Remedy {
  readonly fix?: readonly string[];
  readonly managedBy?: Manager | null;
}

export function finding(
  { reason, message }: ReasonOf<FindingReason>,
  subject: string,
  { fix = [], managedBy = null }: Remedy = {},
): Check {
  const { check, status } = entries[reason];
  const hint =
    managedBy === null
      ? ''
      : `; it comes from the ${managedBy.kind} ${managedBy.name}: ${permanentPlaces[managedBy.kind]}`;
  return { check, subject, status, reason, message: `${message}${hint}`, fix };
}

/** The operator is not permitted to read what the check needs. */
export function forbiddenCheck(check: CheckName, subject: string, denied: string, fix: readonly string[]): Check {
  return { check, subject, status: 'unknown', reason: 'Forbidden', message: `it cannot be checked: ${denied}`, fix };
}

/** The result for a check that produced none. */
export function notMade(check: CheckName): Check {
  const message = 'it was not made: what it checks was not found or could not be read';
  return { check, subject: 'check', status: 'skipped', reason: 'NotMade', message, fix: [] };
}

/** A check left out by --skip. */
export function leftOut(check: CheckName): Check {
  return {
    check,
    subject: 'check',
    status: 'skipped',
    reason: 'LeftOut',
    message: 'it was not made: --skip names it',
    fix: [],
  };
}

function skipped<const Text extends string>(check: CheckName, message: Text) {
  return { check, status: 'skipped', message } as const;
}

function problem<const Text extends string>(check: CheckName, message: Text) {
  return { check, status: 'problem', message } as const;
}

function ok<const Text extends string>(check: CheckName, message: Text) {
  return { check, status: 'ok', message } as const;
}
