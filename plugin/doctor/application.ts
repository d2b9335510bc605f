import { isPlugin, usesPlugin } from '../argocd/application.ts';
import type { ApplicationView, PluginReference } from '../argocd/application.ts';
import { keyOf } from '../lib/object-key.ts';
import { didYouMean } from '../lib/text.ts';
import type { Check } from './check.ts';
import { ok, problem, quoted } from './check.ts';
import { gitManagedHint } from './managed-config-maps.ts';
import { extractPluginError } from './plugin.ts';

/** `metadata.name` of plugin.yaml. */
const pluginName = 'dynamic-toolset';

/** Those that name the plugin, for one of their sources at least. */
export function ownApplications(applications: readonly ApplicationView[]): readonly ApplicationView[] {
  return applications.filter((application) => usesPlugin(application, pluginName));
}

/** Whether any Application asks for the plugin; one that probably means to is told by itself. */
export function checkSelection(applications: readonly ApplicationView[]): Check[] {
  const own = ownApplications(applications);
  const mistyped = applications.flatMap((application) => {
    const mistake = application.plugins.find(isMistyped);
    return mistake ? [mistypedName(application, mistake)] : [];
  });
  if (own.length > 0)
    return [...own.map((one) => ok('application', subjectOf(one), `it asks for ${pluginName}`)), ...mistyped];
  if (mistyped.length > 0) return mistyped;
  const message = `none of ${String(applications.length)} asks for the plugin with spec.source.plugin.name: ${pluginName}`;
  return [problem('application', 'Applications', message, 'kubectl apply --kustomize manifests/application')];
}

/** Whether an Application of ours is kept up to date, and what became of its last generation and its last sync. */
export function checkApplication(application: ApplicationView): Check[] {
  return [selfHeal(application), ...generation(application), ...sync(application)];
}

function isMistyped({ name }: PluginReference): boolean {
  return !isPlugin(name, pluginName) && didYouMean(name, [pluginName]) !== null;
}

function mistypedName(application: ApplicationView, { name, pointer }: PluginReference): Check {
  const message = `it asks for the plugin ${JSON.stringify(name)}, which is called ${pluginName}`;
  const change = [{ op: 'replace', path: pointer, value: pluginName }];
  return problem(
    'application',
    subjectOf(application),
    `${message}${gitManagedHint(application.parent)}`,
    patch(application, change, 'json'),
  );
}

function selfHeal(application: ApplicationView): Check {
  const { automated, selfHeal: heals, parent } = application;
  const subject = subjectOf(application);
  if (heals) return ok('self-heal', subject, 'it is on');
  const message = automated
    ? 'syncPolicy.automated.selfHeal is off: at the same commit nothing new of the cluster is applied'
    : 'syncPolicy.automated is off: whatever is generated waits for somebody to sync it';
  const change = { spec: { syncPolicy: { automated: { enabled: true, selfHeal: true } } } };
  return problem('self-heal', subject, `${message}${gitManagedHint(parent)}`, patch(application, change));
}

function generation(application: ApplicationView): Check[] {
  const { reconciledAt } = application;
  // Of a sync that failed `sync` tells.
  const conditions = application.conditions.filter(({ type }) => type !== 'SyncError');
  const subject = subjectOf(application);
  if (reconciledAt === '' && conditions.length === 0) {
    const message = 'Argo CD has never looked at it: its controller does not run, or does not watch this namespace';
    return [
      problem(
        'generation',
        subject,
        message,
        'kubectl get pods --all-namespaces --selector app.kubernetes.io/part-of=argocd',
      ),
    ];
  }
  const failures = conditions.map(({ type, message }) =>
    problem('generation', subject, `${type}: ${extractPluginError(message)}`, refresh(application)),
  );
  return failures.length > 0
    ? failures
    : [ok('generation', subject, `the last one, at ${reconciledAt || '?'}, was good`)];
}

function sync(application: ApplicationView): Check[] {
  const { lastOperation, syncStatus, conditions } = application;
  const subject = subjectOf(application);
  if (lastOperation?.phase === 'Failed' || lastOperation?.phase === 'Error') {
    const message = `the last sync failed, and selfHeal does not try it again: ${lastOperation.message}`;
    return [problem('sync', subject, message, patch(application, { operation: { sync: {} } }))];
  }
  // What could not be generated cannot be compared: that was told.
  if (syncStatus === 'Unknown' && conditions.length > 0) return [];
  const waits = syncStatus === 'OutOfSync' ? '; with selfHeal it is applied within five minutes' : '';
  return [ok('sync', subject, `it is ${syncStatus}${waits}`)];
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
