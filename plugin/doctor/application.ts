import { isPlugin, usesPlugin } from '../argocd/application.ts';
import type { ApplicationView, PluginReference } from '../argocd/application.ts';
import { keyOf } from '../lib/object-key.ts';
import { didYouMean } from '../lib/text.ts';
import { quoted } from './fix-commands.ts';
import { extractPluginError } from './plugin-error-text.ts';
import type { Check } from './reasons.ts';
import { because, finding } from './reasons.ts';

/** `metadata.name` of plugin.yaml. */
const pluginName = 'dynamic-toolset';

/** Those that name the plugin in at least one of their sources. */
export function ownApplications(applications: readonly ApplicationView[]): readonly ApplicationView[] {
  return applications.filter((application) => usesPlugin(application, pluginName));
}

/** Whether an Application uses the plugin, and which ones probably misspell its name. */
export function checkSelection(applications: readonly ApplicationView[]): Check[] {
  const used = ownApplications(applications).map((one) =>
    finding(because('PluginUsed', { plugin: pluginName }), subjectOf(one)),
  );
  const misspelt = applications.flatMap((application) => {
    const reference = application.plugins.find(isMisspelt);
    return reference ? [misspeltName(application, reference)] : [];
  });
  if (used.length > 0 || misspelt.length > 0) return [...used, ...misspelt];
  const fix = ['kubectl apply --kustomize manifests/application'];
  return [
    finding(because('PluginNotUsed', { count: applications.length, plugin: pluginName }), 'Applications', { fix }),
  ];
}

/** Whether an Application is kept up to date, and how its last generation and its last sync ended. */
export function checkApplication(application: ApplicationView): Check[] {
  return [selfHeal(application), ...generation(application), ...sync(application)];
}

function isMisspelt({ name }: PluginReference): boolean {
  return !isPlugin(name, pluginName) && didYouMean(name, [pluginName]) !== null;
}

function misspeltName(application: ApplicationView, { name, pointer }: PluginReference): Check {
  const fix = [patch(application, [{ op: 'replace', path: pointer, value: pluginName }], 'json')];
  const remedy = { fix, managedBy: application.parent };
  return finding(
    because('PluginNameMisspelt', { name: JSON.stringify(name), plugin: pluginName }),
    subjectOf(application),
    remedy,
  );
}

function selfHeal(application: ApplicationView): Check {
  const { automated, selfHeal: isOn, parent } = application;
  const subject = subjectOf(application);
  if (isOn) return finding(because('SelfHealOn'), subject);
  const change = { spec: { syncPolicy: { automated: { enabled: true, selfHeal: true } } } };
  const reason = automated ? 'SelfHealOff' : 'AutomatedSyncOff';
  return finding(because(reason), subject, { fix: [patch(application, change)], managedBy: parent });
}

function generation(application: ApplicationView): Check[] {
  const { reconciledAt } = application;
  // A SyncError is reported by the check `sync`.
  const conditions = application.conditions.filter(({ type }) => type !== 'SyncError');
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

function sync(application: ApplicationView): Check[] {
  const { lastOperation, syncStatus, conditions } = application;
  const subject = subjectOf(application);
  if (lastOperation?.phase === 'Failed' || lastOperation?.phase === 'Error') {
    const fix = [patch(application, { operation: { sync: {} } })];
    return [finding(because('SyncFailed', { message: lastOperation.message }), subject, { fix })];
  }
  // What could not be generated cannot be compared: the check `generation` reports it.
  if (syncStatus === 'Unknown' && conditions.length > 0) return [];
  if (syncStatus === 'OutOfSync') return [finding(because('OutOfSync'), subject)];
  return [finding(because('Compared', { status: syncStatus }), subject)];
}

function subjectOf(application: ApplicationView): string {
  return `Application ${keyOf(application)}`;
}

function patch({ namespace, name }: ApplicationView, change: object, type: 'merge' | 'json' = 'merge'): string {
  return `kubectl --namespace ${namespace} patch application ${name} --type ${type} --patch ${quoted(JSON.stringify(change))}`;
}

function refresh({ namespace, name }: ApplicationView): string {
  return `kubectl --namespace ${namespace} annotate application ${name} argocd.argoproj.io/refresh=hard --overwrite`;
}
