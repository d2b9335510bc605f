import { expect } from 'chai';
import type { ApplicationReason, ConfigMapProblem, ConfigMapReason } from '../../../plugin/serve/reasons.ts';
import { applicationCondition, configMapProblem } from '../../../plugin/serve/reasons.ts';

const problems: Readonly<Record<ConfigMapReason, ConfigMapProblem>> = {
  AnnotationMissing: configMapProblem('AnnotationMissing', { annotation: 'example.com/digest' }),
  SettingsTooLong: configMapProblem('SettingsTooLong', { annotation: 'example.com/settings' }),
  SettingsNotJson: configMapProblem('SettingsNotJson', { annotation: 'example.com/settings' }),
  SettingsInvalid: configMapProblem('SettingsInvalid', {
    annotation: 'example.com/settings',
    error: 'Unrecognized key: "forecast"',
  }),
  ApplicationNotFound: configMapProblem('ApplicationNotFound'),
  ApplicationAmbiguous: configMapProblem('ApplicationAmbiguous', { applications: 'argocd/one, argocd/two' }),
  TrackedApplicationNotFound: configMapProblem('TrackedApplicationNotFound', { tracked: '"two"' }),
  TrackedApplicationMismatch: configMapProblem('TrackedApplicationMismatch', {
    tracked: '"two"',
    applications: 'argocd/one',
  }),
  ApplicationsUnreadable: configMapProblem('ApplicationsUnreadable', { namespace: 'team', error: 'forbidden' }),
  NoLongerGenerated: configMapProblem('NoLongerGenerated', { application: 'argocd/one' }),
  WrongCluster: configMapProblem('WrongCluster', { application: 'argocd/one', cluster: '"spoke"' }),
  ProjectNotInPolicy: configMapProblem('ProjectNotInPolicy', { project: '"default"', cluster: '"in-cluster"' }),
  ProjectNotPermitted: configMapProblem('ProjectNotPermitted', {
    application: 'team/one',
    project: '"platform"',
    argoCd: 'argocd',
  }),
  ProjectUnreadable: configMapProblem('ProjectUnreadable', {
    application: 'team/one',
    project: '"platform"',
    error: 'get appprojects in namespace argocd is forbidden (403)',
  }),
  ReadsAnotherCluster: configMapProblem('ReadsAnotherCluster', { cluster: '"spoke"', here: '"in-cluster"' }),
  ClustersNotRead: configMapProblem('ClustersNotRead', { clusters: '"spoke-*"' }),
  ClustersUnreadable: configMapProblem('ClustersUnreadable', { clusters: '"spoke-*"', error: 'no route' }),
  ScopeNotWatched: configMapProblem('ScopeNotWatched', { scope: 'logging' }),
  NamespaceUnreadable: configMapProblem('NamespaceUnreadable', { namespace: 'logging', error: 'forbidden' }),
  ConfigMapUnreadable: configMapProblem('ConfigMapUnreadable', { namespace: 'logging', error: 'forbidden' }),
};

const problemMessages: Readonly<Record<ConfigMapReason, string>> = {
  AnnotationMissing: 'its annotation example.com/digest is missing',
  SettingsTooLong: 'its annotation example.com/settings is longer than 256 KiB',
  SettingsNotJson: 'its annotation example.com/settings is not a JSON object',
  SettingsInvalid: 'its annotation example.com/settings is invalid for this release: Unrecognized key: "forecast"',
  ApplicationNotFound: 'no Application that uses the plugin lists it',
  ApplicationAmbiguous: 'more than one Application lists it: argocd/one, argocd/two',
  TrackedApplicationNotFound:
    'its tracking id names "two", which lists no such ConfigMap, does not use the plugin or is not watched (a name alone is one in --argocd-namespace)',
  TrackedApplicationMismatch: 'its tracking id names "two", but it is listed by argocd/one',
  ApplicationsUnreadable: 'it has no known Application, and those in team cannot be read: forbidden',
  NoLongerGenerated:
    'its Application argocd/one no longer generates it, and did not prune it: delete it once nothing reads it',
  WrongCluster: 'its Application argocd/one deploys to the cluster "spoke", but this one is read',
  ProjectNotInPolicy:
    'the policy has no rule for the project "default", or none that lets it read the cluster "in-cluster"',
  ProjectNotPermitted:
    'its Application team/one may not use the project "platform": sourceNamespaces of the AppProject in argocd lacks its namespace',
  ProjectUnreadable:
    'whether its Application team/one may use the project "platform" is unknown: get appprojects in namespace argocd is forbidden (403)',
  ReadsAnotherCluster: 'its settings read the cluster "spoke", but it is in the cluster "in-cluster"',
  ClustersNotRead: 'its settings read the clusters "spoke-*", which are not all known yet',
  ClustersUnreadable: 'its settings read the clusters "spoke-*": no route',
  ScopeNotWatched: 'its settings look in logging, which is not watched',
  NamespaceUnreadable: 'its settings look in logging, which cannot be read: forbidden',
  ConfigMapUnreadable: 'ConfigMaps in logging can no longer be read, so its current state is unknown: forbidden',
};

const applicationMessages: Readonly<Record<ApplicationReason, string>> = {
  GenerationFailed: 'Argo CD could not generate the manifests',
  RefreshHadNoEffect: 'a refresh did not change the digest; retrying with back-off',
  SyncFailed: 'the last sync did not update the ConfigMap',
  ApplicationDeleting: 'the Application is being deleted',
  ReconcileSkipped: 'the annotation argocd.argoproj.io/skip-reconcile of the Application makes Argo CD ignore it',
  HookFailed:
    'the last sync of the whole Application ran hooks and failed: a person has to repeat it, because Argo CD would apply the rest without hooks after a sync of the ConfigMap alone',
  NoSelfHeal: 'the Application has no automated sync with selfHeal: a person has to sync it',
  SyncWindow: 'a sync window blocks automated syncs',
  RequestFailed: 'the request to Argo CD failed',
  RequestPending: 'a request to Argo CD is due, or another replica sends it',
  Refreshing: 'Argo CD is generating the manifests again',
  Syncing: 'Argo CD is applying the ConfigMap',
  NothingDiscovered: 'no backend is discovered',
  WarningsNeedAction: 'its generation has warnings that a person must act on',
};

describe('plugin/serve/reasons', () => {
  for (const [reason, message] of Object.entries(problemMessages))
    it(`has one sentence for ${reason} of a ConfigMap`, () => {
      expect(problems[reason as ConfigMapReason]).to.deep.equal({ reason, message });
    });

  for (const [reason, message] of Object.entries(applicationMessages))
    it(`has one sentence for ${reason} of an Application`, () => {
      expect(applicationCondition(reason as ApplicationReason)).to.deep.equal({ reason, message });
    });

  it("appends Argo CD's own message if there is one", () => {
    expect(applicationCondition('SyncFailed', 'quota exceeded')).to.deep.equal({
      reason: 'SyncFailed',
      message: 'the last sync did not update the ConfigMap: quota exceeded',
    });
  });
});
