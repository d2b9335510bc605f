import { skipAnnotation } from '../argocd/application.ts';
import { deploysTo } from '../argocd/destination.ts';
import { ownCluster } from '../lib/cluster-name.ts';
import { keyOf } from '../lib/object-key.ts';
import { hiddenIn, hiddenText } from './argocd/ignored-differences.ts';
import type { GeneratedConfigMap } from './argocd/ignored-differences.ts';
import type { DoctorApplication, SourceView } from './argocd/spec.ts';
import { isOwnSource, ownApplications, pluginName } from './argocd/spec.ts';
import { patchCommand, syncCommand } from './fix-commands.ts';
import type { PatchOperation } from './fix-commands.ts';
import { extractPluginError } from './plugin-error-text.ts';
import type { Check, Manager } from './reasons.ts';
import { because, finding } from './reasons.ts';
import { nearestWord } from '../lib/messages/did-you-mean.ts';

/**
 * Whether an Application uses the plugin correctly, and which ones probably misspell or omit its name. `inGit` is the
 * cluster named in toolset.yaml: a parameter replaces it.
 */
export function checkSelection(applications: readonly DoctorApplication[], inGit: string | null = null): Check[] {
  const used = ownApplications(applications).flatMap((one) => {
    const wrong = [...mixedSources(one), ...hydrated(one), ...otherCluster(one, inGit)];
    return wrong.length > 0 ? wrong : [finding(because('PluginUsed', { plugin: pluginName }), subjectOf(one))];
  });
  const misnamed = applications.flatMap((application) => [
    ...application.sources.filter(isMisspelt).map((source) => misspeltName(application, source)),
    ...unnamed(application),
  ]);
  if (used.length > 0 || misnamed.length > 0) return [...used, ...misnamed];
  const fix = ['kubectl apply --kustomize manifests/application'];
  return [
    finding(because('PluginNotUsed', { count: applications.length, plugin: pluginName }), 'Applications', { fix }),
  ];
}

/**
 * Whether an Application is kept up to date, and how its last generation and its last sync ended. `isRolling` is
 * whether its ApplicationSet syncs it in steps.
 */
export function checkApplication(
  application: DoctorApplication,
  configMaps: readonly GeneratedConfigMap[] = application.configMaps,
  isRolling = false,
): Check[] {
  return [
    selfHeal(application, isRolling),
    ...generation(application),
    ...sync(application),
    ...ignoredDifferences(application, configMaps),
  ];
}

/** A problem that a patch of the Application solves, or of what makes it. */
function patchable(
  application: DoctorApplication,
  reason: Parameters<typeof finding>[0],
  ...fix: readonly string[]
): Check {
  return finding(reason, subjectOf(application), { fix, managedBy: managerOfApplication(application) });
}

/** Argo CD accepts one kind of source: with two it generates nothing. */
function mixedSources(application: DoctorApplication): Check[] {
  return application.sources
    .filter((source) => isOwnSource(source) && source.otherKinds.length > 0)
    .map(({ pointer, otherKinds }) => {
      const removals = otherKinds.map((kind) => ({ op: 'remove', path: `${pointer}/${kind}` }) as const);
      const reason = because('SourceKindsMixed', { kinds: otherKinds.join(' and ') });
      return patchable(application, reason, jsonPatch(application, removals));
    });
}

/** The hydrator runs the plugin once per commit. */
function hydrated(application: DoctorApplication): Check[] {
  if (application.drySource === null) return [];
  const fix = jsonPatch(application, [
    { op: 'move', from: '/spec/sourceHydrator/drySource', path: '/spec/source' },
    { op: 'remove', path: '/spec/sourceHydrator' },
  ]);
  return [patchable(application, because('SourceHydrated'), fix)];
}

/** For an ApplicationSet, only its generators know the intended destinations: no command sets all of them. */
function otherCluster(application: DoctorApplication, inGit: string | null): Check[] {
  const { otherCluster: cluster, destination: current, applicationSet, sources } = application;
  const isNamed = sources.some(
    (source) => isOwnSource(source) && deploysTo(current, [source.cluster || (inGit ?? '')]),
  );
  if (cluster === null || isNamed) return [];
  const destination = { ...(current.name === '' ? {} : { name: null }), server: ownCluster.server };
  const fix = applicationSet === null ? [mergePatch(application, { spec: { destination } })] : [];
  return [patchable(application, because('OtherCluster', { cluster: JSON.stringify(cluster) }), ...fix)];
}

/** Argo CD tries to discover a plugin without a name, but this one is found by name only. */
function unnamed(application: DoctorApplication): Check[] {
  const isNotFound = application.conditions.some(({ message }) => message.includes('could not find plugin supporting'));
  return application.sources
    .filter(({ plugin }) => isNotFound && plugin === '')
    .map(({ pointer }) => {
      const change = { op: 'add', path: `${pointer}/plugin/name`, value: pluginName } as const;
      return patchable(application, because('PluginUnnamed', { plugin: pluginName }), jsonPatch(application, [change]));
    });
}

function isMisspelt(source: SourceView): boolean {
  return !isOwnSource(source) && nearestWord(source.plugin ?? '', [pluginName]) !== null;
}

function misspeltName(application: DoctorApplication, { plugin, pointer }: SourceView): Check {
  const change = { op: 'replace', path: `${pointer}/plugin/name`, value: pluginName } as const;
  const reason = because('PluginNameMisspelt', { name: JSON.stringify(plugin), plugin: pluginName });
  return patchable(application, reason, jsonPatch(application, [change]));
}

function selfHeal(application: DoctorApplication, isRolling: boolean): Check {
  const { automated, selfHeal: isOn, applicationSet, namespace } = application;
  if (isOn) return finding(because('SelfHealOn'), subjectOf(application));
  if (isRolling && applicationSet !== null) {
    const fix = patchCommand({ namespace, name: applicationSet }, 'applicationset', 'merge', {
      spec: { strategy: null },
    });
    return patchable(application, because('RollingSync', { applicationSet }), fix);
  }
  const change = { spec: { syncPolicy: { automated: { enabled: true, selfHeal: true } } } };
  const reason = because(automated ? 'SelfHealOff' : 'AutomatedSyncOff');
  return patchable(application, reason, mergePatch(application, change));
}

/** A SyncError is reported by the check `sync`; an OrphanedResourceWarning is about what is not of the Application. */
const reportedElsewhere: ReadonlySet<string> = new Set(['SyncError', 'OrphanedResourceWarning']);

function generation(application: DoctorApplication): Check[] {
  const { reconciledAt } = application;
  if (application.skipped) {
    const fix = mergePatch(application, { metadata: { annotations: { [skipAnnotation]: null } } });
    return [patchable(application, because('ReconcileSkipped', { annotation: skipAnnotation }), fix)];
  }
  const conditions = application.conditions.filter(({ type }) => !reportedElsewhere.has(type));
  const subject = subjectOf(application);
  if (reconciledAt === '' && conditions.length === 0) {
    const fix = ['kubectl get pods --all-namespaces --selector app.kubernetes.io/part-of=argocd'];
    return [finding(because('NeverCompared'), subject, { fix })];
  }
  if (conditions.length === 0) return [finding(because('GenerationSucceeded', { time: reconciledAt }), subject)];
  return conditions.map(({ type, message }) => {
    const reason = type === 'ComparisonError' ? 'GenerationFailed' : 'ConditionReported';
    return finding(because(reason, { condition: type, message: extractPluginError(message) }), subject, {
      fix: [refresh(application)],
    });
  });
}

function sync(application: DoctorApplication): Check[] {
  const { lastOperation, syncStatus } = application;
  const subject = subjectOf(application);
  if (lastOperation?.phase === 'Failed' || lastOperation?.phase === 'Error') {
    const fix = [syncCommand(application)];
    return [finding(because('SyncFailed', { message: lastOperation.message }), subject, { fix })];
  }
  // Argo CD has not compared it; the check `generation` reports why.
  if (syncStatus === 'Unknown') return [];
  if (syncStatus === 'OutOfSync') return [finding(because('OutOfSync'), subject)];
  return [finding(because('Compared', { status: syncStatus }), subject)];
}

/** Argo CD shows a ConfigMap as Synced, and keeps its old data, if it does not compare what is generated. */
function ignoredDifferences(application: DoctorApplication, configMaps: readonly GeneratedConfigMap[]): Check[] {
  const found = application.ignoredDifferences.flatMap((entry, index) => {
    const hidden = hiddenIn(entry, configMaps);
    return hidden ? [{ pointer: `/spec/ignoreDifferences/${String(index)}`, hidden }] : [];
  });
  if (found.length === 0) return [];
  // From the last one on: the pointers to those before it stay valid.
  const removals = found.toReversed().map(({ pointer }) => ({ op: 'remove', path: pointer }) as const);
  const reason = because('DifferencesIgnored', { paths: hiddenText(found.map(({ hidden }) => hidden)) });
  return [patchable(application, reason, jsonPatch(application, removals))];
}

function subjectOf(application: DoctorApplication): string {
  return `Application ${keyOf(application)}`;
}

function managerOfApplication({ applicationSet, parent }: DoctorApplication): Manager | null {
  if (applicationSet !== null) return { kind: 'ApplicationSet', name: applicationSet };
  return parent === null ? null : { kind: 'Application', name: parent };
}

/** Patches an Application; if an ApplicationSet makes it, in the set's template, which takes precedence. */
function mergePatch(
  application: DoctorApplication,
  change: { readonly spec: object } | { readonly metadata: object },
): string {
  const { applicationSet, namespace } = application;
  if (applicationSet === null) return patchCommand(application, 'application', 'merge', change);
  return patchCommand({ namespace, name: applicationSet }, 'applicationset', 'merge', { spec: { template: change } });
}

/** As `mergePatch`; the pointers are relative to the Application. */
function jsonPatch(application: DoctorApplication, operations: readonly PatchOperation[]): string {
  const { applicationSet, namespace } = application;
  if (applicationSet === null) return patchCommand(application, 'application', 'json', operations);
  const inTemplate = (pointer: string): string => `/spec/template${pointer}`;
  const changes = operations.map((one) => ({
    ...one,
    path: inTemplate(one.path),
    ...(one.op === 'move' ? { from: inTemplate(one.from) } : {}),
  }));
  return patchCommand({ namespace, name: applicationSet }, 'applicationset', 'json', changes);
}

function refresh({ namespace, name }: DoctorApplication): string {
  return `kubectl --namespace ${namespace} annotate application ${name} argocd.argoproj.io/refresh=hard --overwrite`;
}
