// Why a managed ConfigMap is out of date or cannot be evaluated: every code of serve with its sentence. Codes are
// stable and appear in logs, metrics and the API; sentences are for people and may change. None ends with a full stop.

import type { Reason } from '../lib/messages/reason.ts';
import { reasonsFrom } from '../lib/messages/reason.ts';

/** serve cannot tell which digest a ConfigMap should have. */
const problems = {
  AnnotationMissing: 'its annotation {annotation} is missing',
  SettingsTooLong: 'its annotation {annotation} is longer than 256 KiB',
  SettingsNotJson: 'its annotation {annotation} is not a JSON object',
  SettingsInvalid: 'its annotation {annotation} is invalid for this release: {error}',
  ApplicationNotFound: 'no Application that uses the plugin lists it',
  ApplicationAmbiguous: 'more than one Application lists it: {applications}',
  TrackedApplicationNotFound:
    'its tracking id names {tracked}, which lists no such ConfigMap, does not use the plugin or is not watched (a name alone is one in --argocd-namespace)',
  TrackedApplicationMismatch: 'its tracking id names {tracked}, but it is listed by {applications}',
  ApplicationsUnreadable: 'it has no known Application, and those in {namespace} cannot be read: {error}',
  NoLongerGenerated:
    'its Application {application} no longer generates it, and did not prune it: delete it once nothing reads it',
  WrongCluster: 'its Application {application} deploys to the cluster {cluster}, but this one is read',
  ProjectNotInPolicy:
    'the policy has no rule for the project {project}, or none that lets it read the cluster {cluster}',
  ProjectNotPermitted:
    'its Application {application} may not use the project {project}: sourceNamespaces of the AppProject in {argoCd} lacks its namespace',
  ProjectUnreadable: 'whether its Application {application} may use the project {project} is unknown: {error}',
  ReadsAnotherCluster: 'its settings read the cluster {cluster}, but it is in the cluster {here}',
  ClustersNotRead: 'its settings read the clusters {clusters}, which are not all known yet',
  ClustersUnreadable: 'its settings read the clusters {clusters}: {error}',
  ScopeNotWatched: 'its settings look in {scope}, which is not watched',
  NamespaceUnreadable: 'its settings look in {namespace}, which cannot be read: {error}',
  ConfigMapUnreadable: 'ConfigMaps in {namespace} can no longer be read, so its current state is unknown: {error}',
} as const;

export type ConfigMapReason = keyof typeof problems;
export const configMapReasons = Object.keys(problems) as readonly ConfigMapReason[];
export type ConfigMapProblem = Reason<ConfigMapReason>;
export const configMapProblem = reasonsFrom(problems);

/** The current state of a cluster is unknown. */
const unread = {
  NotOpened: 'it has not been opened yet',
  NotListed: '{collection} have not been listed{error}',
  NotWatched: '{collection} are not watched{error}',
} as const;

export type UnreadReason = keyof typeof unread;
export const unreadReason = reasonsFrom(unread);

/** A refresh or sync ended, and the ConfigMap is still out of date: retried with back-off. */
export const failures = {
  GenerationFailed: 'Argo CD could not generate the manifests',
  RefreshHadNoEffect: 'a refresh did not change the digest; retrying with back-off',
  SyncFailed: 'the last sync did not update the ConfigMap',
} as const;
export type FailureKind = keyof typeof failures;

/** serve does not act on an out-of-date Application: a person, or Argo CD by itself, has to. */
export const blocks = {
  ApplicationDeleting: 'the Application is being deleted',
  ReconcileSkipped: 'the annotation argocd.argoproj.io/skip-reconcile of the Application makes Argo CD ignore it',
  HookFailed:
    'the last sync of the whole Application ran hooks and failed: a person has to repeat it, because Argo CD would apply the rest without hooks after a sync of the ConfigMap alone',
  NoSelfHeal: 'the Application has no automated sync with selfHeal: a person has to sync it',
  SyncWindow: 'a sync window blocks automated syncs',
} as const;
export type BlockedReason = keyof typeof blocks;

/** A Service that a ConfigMap was generated from is no longer selected, and there is no decision about it. */
const sourceReasons = {
  ServiceGone: 'there is no such Service any more, or none that this ConfigMap may see',
  ClusterNotTold: 'none of its clusters has it, or none that this ConfigMap may see',
} as const;
export const sourceReason = reasonsFrom(sourceReasons);

/** A request could not be sent or was refused: retried with back-off. */
const requestErrors = {
  RequestFailed: 'the request to Argo CD failed',
} as const;

/** Nothing is wrong so far. */
const progress = {
  RequestPending: 'a request to Argo CD is due, or another replica sends it',
  Refreshing: 'Argo CD is generating the manifests again',
  Syncing: 'Argo CD is applying the ConfigMap',
} as const;

/** The ConfigMap matches the discovery, and a person must act. */
const attention = {
  NothingDiscovered: 'no backend is discovered',
  WarningsNeedAction: 'its generation has warnings that a person must act on',
} as const;

/** Why an Application is out of date or needs attention, except for problems of its ConfigMap. */
const sentences = { ...failures, ...blocks, ...requestErrors, ...progress, ...attention } as const;
export type ApplicationReason = keyof typeof sentences;
export const applicationReasons = Object.keys(sentences) as readonly ApplicationReason[];

/** `detail` is the message of Argo CD or of a failed request, if there is one. */
export function applicationCondition<Code extends ApplicationReason>(reason: Code, detail = ''): Reason<Code> {
  return { reason, message: detail === '' ? sentences[reason] : `${sentences[reason]}: ${detail}` };
}
