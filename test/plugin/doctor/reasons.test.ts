import { expect } from 'chai';
import type { Check, Reason } from '../../../plugin/doctor/reasons.ts';
import {
  because,
  checkNames,
  finding,
  forbiddenCheck,
  leftOut,
  notMade,
  reasons,
} from '../../../plugin/doctor/reasons.ts';

const x = 'the subject';

const checks: Readonly<Record<Reason, Check>> = {
  RepoServerNotFound: finding(because('RepoServerNotFound'), x),
  SidecarMissing: finding(because('SidecarMissing', { container: 'c' }), x),
  VolumeMissing: finding(
    because('VolumeMissing', { container: 'c', path: '/tmp', content: 'the repository that is sent' }),
    x,
  ),
  TokenShared: finding(because('TokenShared'), x),
  TokenMissing: finding(because('TokenMissing', { container: 'c', path: '/var/run' }), x),
  PodMissing: finding(because('PodMissing'), x),
  SidecarNotStarted: finding(because('SidecarNotStarted', { container: 'c', pod: 'p' }), x),
  SidecarOutOfMemory: finding(because('SidecarOutOfMemory', { container: 'c', pod: 'p' }), x),
  SidecarWaiting: finding(because('SidecarWaiting', { container: 'c', pod: 'p', why: 'ImagePullBackOff' }), x),
  SidecarNotReady: finding(because('SidecarNotReady', { container: 'c', pod: 'p' }), x),
  SidecarOutdated: finding(
    because('SidecarOutdated', { container: 'c', image: 'dynamic-toolset:0.1.0', version: '0.2.0' }),
    x,
  ),
  PodOutdated: finding(because('PodOutdated', { pod: 'p', image: 'a', wanted: 'b' }), x),
  SidecarInstalled: finding(because('SidecarInstalled', { container: 'c' }), x),
  SidecarRunning: finding(because('SidecarRunning', { container: 'c' }), x),
  PermissionsMissing: finding(because('PermissionsMissing', { permissions: 'list services' }), x),
  PermissionsGranted: finding(because('PermissionsGranted'), x),
  EvidenceForbidden: finding(because('EvidenceForbidden', { resources: 'pods' }), x),
  EvidenceReadable: finding(because('EvidenceReadable', { resources: 'pods' }), x),
  EvidenceOff: finding(because('EvidenceOff'), x),
  ArgoCdNotInstalled: finding(because('ArgoCdNotInstalled'), x),
  PluginNotUsed: finding(because('PluginNotUsed', { count: 3, plugin: 'plugin' }), x),
  PluginNameMisspelt: finding(because('PluginNameMisspelt', { name: '"plugn"', plugin: 'plugin' }), x),
  PluginUnnamed: finding(because('PluginUnnamed', { plugin: 'plugin' }), x),
  SourceKindsMixed: finding(because('SourceKindsMixed', { kinds: 'helm' }), x),
  SourceHydrated: finding(because('SourceHydrated'), x),
  OtherCluster: finding(because('OtherCluster', { cluster: '"spoke"' }), x),
  PluginUsed: finding(because('PluginUsed', { plugin: 'plugin' }), x),
  ProjectForbidsKind: finding(because('ProjectForbidsKind', { application: 'argocd/a' }), x),
  ProjectForbidsSource: finding(because('ProjectForbidsSource', { application: 'argocd/a' }), x),
  ProjectForbidsDestination: finding(because('ProjectForbidsDestination', { application: 'argocd/a' }), x),
  ProjectMissing: finding(because('ProjectMissing', { application: 'argocd/a' }), x),
  ProjectPermits: finding(because('ProjectPermits', { application: 'argocd/a' }), x),
  ConfigMapsExcluded: finding(because('ConfigMapsExcluded', { keys: 'resource.exclusions' }), x),
  SettingsIgnoreDifferences: finding(
    because('SettingsIgnoreDifferences', { keys: 'k', paths: '/data', configMaps: 'n/c' }),
    x,
  ),
  ConfigMapsManaged: finding(because('ConfigMapsManaged'), x),
  AutomatedSyncOff: finding(because('AutomatedSyncOff'), x),
  RollingSync: finding(because('RollingSync', { applicationSet: 'fleet' }), x),
  SelfHealOff: finding(because('SelfHealOff'), x),
  SelfHealOn: finding(because('SelfHealOn'), x),
  NeverCompared: finding(because('NeverCompared'), x),
  ReconcileSkipped: finding(because('ReconcileSkipped', { annotation: 'example.com/skip' }), x),
  GenerationFailed: finding(because('GenerationFailed', { condition: 'ComparisonError', message: 'USAGE m; h' }), x),
  ConditionReported: finding(because('ConditionReported', { condition: 'SharedResourceWarning', message: 'm' }), x),
  GenerationSucceeded: finding(because('GenerationSucceeded', { time: '2026-01-01T00:00:00Z' }), x),
  SyncFailed: finding(because('SyncFailed', { message: 'forbidden' }), x),
  OutOfSync: finding(because('OutOfSync'), x),
  Compared: finding(because('Compared', { status: 'Synced' }), x),
  DifferencesIgnored: finding(because('DifferencesIgnored', { paths: '/data' }), x),
  ConfigMapMissing: finding(because('ConfigMapMissing', { application: 'argocd/a' }), x),
  LeftOver: finding(because('LeftOver', { application: 'argocd/a' }), x),
  ConfigMapElsewhere: finding(because('ConfigMapElsewhere', { cluster: '"spoke"' }), x),
  ReadOtherwise: finding(because('ReadOtherwise', { how: 'a sidecar finds it' }), x),
  NotMounted: finding(because('NotMounted', { namespace: 'n' }), x),
  MountedBySubPath: finding(because('MountedBySubPath', { path: '/a' }), x),
  MountedElsewhere: finding(because('MountedElsewhere', { container: 'c', location: '/a', path: '/b' }), x),
  FileRead: finding(because('FileRead', { key: 'key', path: '/a' }), x),
  Mounted: finding(because('Mounted', { configMap: 'n/c' }), x),
  ReloaderMissing: finding(because('ReloaderMissing'), x),
  ReloaderPresent: finding(because('ReloaderPresent'), x),
  ServeNotInstalled: finding(because('ServeNotInstalled'), x),
  ServeNotReady: finding(because('ServeNotReady'), x),
  ServeOutdated: finding(because('ServeOutdated', { image: 'dynamic-toolset:0.1.0', version: '0.2.0' }), x),
  ServeRunning: finding(because('ServeRunning'), x),
  Forbidden: forbiddenCheck('plugin', x, 'list pods is forbidden (403)', []),
  NotMade: { ...notMade('plugin'), subject: x },
  LeftOut: { ...leftOut('plugin'), subject: x },
};

const messages: Readonly<Record<Reason, string>> = {
  RepoServerNotFound: 'it has no repo-server Deployment: set --argocd-namespace to the namespace of Argo CD',
  SidecarMissing: 'it has no container c',
  VolumeMissing: 'the container c mounts nothing at /tmp, which holds the repository that is sent',
  TokenShared: 'every container of the Pod gets the token of its service account, which may read Services',
  TokenMissing: 'the container c has no token: it mounts nothing at /var/run',
  PodMissing: 'it has no Pod',
  SidecarNotStarted: 'the container c was not started in Pod p',
  SidecarOutOfMemory: 'the container c ran out of memory in Pod p',
  SidecarWaiting: 'the container c is waiting in Pod p: ImagePullBackOff',
  SidecarNotReady: 'the container c is not ready in Pod p',
  SidecarOutdated:
    'the container c runs dynamic-toolset:0.1.0, which is older than 0.2.0, the newest of sidecar, serve and this doctor',
  PodOutdated: 'Pod p runs a, not b as the Deployment says',
  SidecarInstalled: 'it has the container c; its Pods could not be read',
  SidecarRunning: 'the container c runs',
  PermissionsMissing: 'it may not list services',
  PermissionsGranted: 'it may read what the plugin needs',
  EvidenceForbidden:
    'it may not get pods: route prefix, TLS and port of their backends come from Services alone; to accept that, set spec.discovery.evidence: off',
  EvidenceReadable: 'it may get pods',
  EvidenceOff: 'spec.discovery.evidence: off reads none',
  ArgoCdNotInstalled: 'the cluster does not serve Applications: Argo CD is not installed here',
  PluginNotUsed: 'none of 3 has spec.source.plugin.name: plugin',
  PluginNameMisspelt: 'it names the plugin "plugn", which is called plugin',
  PluginUnnamed: 'its plugin has no name, so Argo CD does not find it: set spec.source.plugin.name to plugin',
  SourceKindsMixed: 'a source has helm beside the plugin, but Argo CD accepts one kind: it generates nothing',
  SourceHydrated:
    'it has a sourceHydrator, which runs the plugin only for a new commit: changes in the cluster have no effect',
  OtherCluster: 'its destination is cluster "spoke", but the plugin reads the Services of the one that Argo CD runs in',
  PluginUsed: 'it uses the plugin plugin',
  ProjectForbidsKind:
    'it permits no ConfigMap, so the sync of Application argocd/a fails: see namespaceResourceWhitelist and namespaceResourceBlacklist',
  ProjectForbidsSource: 'its sourceRepos lack the repository of Application argocd/a',
  ProjectForbidsDestination: 'its destinations lack that of Application argocd/a',
  ProjectMissing: 'it does not exist, although Application argocd/a is in it',
  ProjectPermits: 'it permits Application argocd/a and its ConfigMap',
  ConfigMapsExcluded:
    'resource.exclusions hides ConfigMaps from Argo CD: the Application lacks them and shows as Synced',
  SettingsIgnoreDifferences: 'k hides /data in ConfigMap n/c from Argo CD, which shows Synced while the data is old',
  ConfigMapsManaged: 'it hides no ConfigMaps from Argo CD',
  AutomatedSyncOff: 'syncPolicy.automated is off: a new ConfigMap is not applied until someone syncs',
  RollingSync:
    'its ApplicationSet fleet syncs in steps, for which Argo CD switches automated sync off: a change of the cluster is not applied until someone syncs',
  SelfHealOff: 'syncPolicy.automated.selfHeal is off: a change of the cluster is not applied until the next commit',
  SelfHealOn: 'syncPolicy.automated.selfHeal is on',
  NeverCompared: 'Argo CD has never compared it: its controller does not run, or does not watch this namespace',
  ReconcileSkipped:
    'its annotation example.com/skip makes Argo CD ignore it: neither a commit nor a change of the cluster has an effect',
  GenerationFailed: 'ComparisonError: USAGE m; h',
  ConditionReported: 'SharedResourceWarning: m',
  GenerationSucceeded: 'the last generation succeeded, at 2026-01-01T00:00:00Z',
  SyncFailed: 'the last sync failed, and selfHeal does not retry it: forbidden',
  OutOfSync: 'it is OutOfSync; selfHeal applies it within five minutes',
  Compared: 'it is Synced',
  DifferencesIgnored:
    'spec.ignoreDifferences hides /data in its ConfigMap from Argo CD, which shows Synced while the data is old',
  ConfigMapMissing: 'it does not exist, although Application argocd/a should create it',
  LeftOver:
    'Application argocd/a no longer generates it, and did not prune it: it keeps its old data; delete it once nothing reads it',
  ConfigMapElsewhere: 'it is in the cluster "spoke", which is not read',
  ReadOtherwise: 'no workload has to mount it: a sidecar finds it',
  NotMounted: 'no Deployment or StatefulSet in namespace n mounts a key of it',
  MountedBySubPath: '/a is mounted by subPath: it never changes while the Pod runs',
  MountedElsewhere: 'the container c reads /a, but the ConfigMap is mounted at /b',
  FileRead: 'it reads key at /a',
  Mounted: 'it mounts n/c',
  ReloaderMissing:
    'nothing restarts it when the ConfigMap changes, and HolmesGPT does not notice a changed URL by itself',
  ReloaderPresent: 'a reloader restarts it when the ConfigMap changes',
  ServeNotInstalled: 'it is not installed: Argo CD reads the cluster only on a commit and every 24 hours',
  ServeNotReady: 'none of its Pods is ready',
  ServeOutdated:
    'it runs dynamic-toolset:0.1.0, which is older than 0.2.0, the newest of sidecar, serve and this doctor',
  ServeRunning: 'it runs',
  Forbidden: 'it cannot be checked: list pods is forbidden (403)',
  NotMade: 'it was not made: what it checks was not found or could not be read',
  LeftOut: 'it was not made: --skip names it',
};

describe('plugin/doctor/reasons', () => {
  for (const [reason, message] of Object.entries(messages)) {
    it(`describes ${reason} in one sentence`, () => {
      expect(checks[reason as Reason]).to.deep.include({ reason, subject: x, message });
    });
  }

  it('has a reason for every result of a check, in the order of the checks', () => {
    const named = reasons.flatMap(({ check }) => check ?? []);

    expect([...new Set(named)]).to.deep.equal(checkNames);
    expect(named).to.deep.equal(named.toSorted((a, b) => checkNames.indexOf(a) - checkNames.indexOf(b)));
    expect(reasons.map(({ reason }) => reason)).to.deep.equal(Object.keys(messages));
  });

  const managers = [
    ['Application', 'change it in Git as well'],
    ['ApplicationSet', 'change its template at its source as well'],
    ['Helm release', 'change its values as well'],
    ['ArgoCD', 'change it there as well'],
  ] as const;
  for (const [kind, place] of managers) {
    it(`says where else to change an object that is managed by the ${kind}`, () => {
      const { message, fix } = finding(because('SelfHealOff'), x, { fix: ['kubectl'], managedBy: { kind, name: 'a' } });

      expect(message).to.equal(`${messages.SelfHealOff}; it comes from the ${kind} a: ${place}`);
      expect(fix).to.deep.equal(['kubectl']);
    });
  }
});
