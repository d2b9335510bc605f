import { didYouMean } from '../lib/text.ts';
import type { Check } from './check.ts';
import { ok, problem, quoted } from './check.ts';
import type { Application } from './schemas.ts';
import { nameOf } from './schemas.ts';
import { gitManagedHint } from './managed-config-maps.ts';
import { extractPluginError } from './plugin.ts';

/** `metadata.name` of plugin.yaml. */
const pluginName = 'dynamic-toolset';

/** Those that name the plugin, for one of their sources at least. */
export function ownApplications(applications: readonly Application[]): readonly Application[] {
  return applications.filter((application) => pluginsOf(application).includes(pluginName));
}

/** Whether any Application asks for the plugin; one that probably means to is told by itself. */
export function checkSelection(applications: readonly Application[]): Check[] {
  const own = ownApplications(applications);
  const mistyped = applications.flatMap((application) => {
    const name = pluginsOf(application).find((one) => one !== pluginName && didYouMean(one, [pluginName]) !== null);
    return name === undefined ? [] : [mistypedName(application, name)];
  });
  if (own.length > 0)
    return [...own.map((one) => ok('application', subjectOf(one), `it asks for ${pluginName}`)), ...mistyped];
  if (mistyped.length > 0) return mistyped;
  const message = `none of ${String(applications.length)} asks for the plugin with spec.source.plugin.name: ${pluginName}`;
  return [problem('application', 'Applications', message, 'kubectl apply --kustomize manifests/application')];
}

/** Whether an Application of ours is kept up to date, and what became of its last generation and its last sync. */
export function checkApplication(application: Application): Check[] {
  return [selfHeal(application), ...generation(application), ...sync(application)];
}

function pluginsOf({ spec }: Application): string[] {
  return [...(spec.source ? [spec.source] : []), ...spec.sources].flatMap(({ plugin }) => plugin?.name ?? []);
}

function mistypedName(application: Application, name: string): Check {
  const { source, sources } = application.spec;
  const message = `it asks for the plugin ${JSON.stringify(name)}, which is called ${pluginName}`;
  const place =
    source?.plugin?.name === name
      ? 'source'
      : `sources/${String(sources.findIndex(({ plugin }) => plugin?.name === name))}`;
  const change = [{ op: 'replace', path: `/spec/${place}/plugin/name`, value: pluginName }];
  return problem(
    'application',
    subjectOf(application),
    `${message}${gitManagedHint(application.metadata)}`,
    patch(application, change, 'json'),
  );
}

function selfHeal(application: Application): Check {
  const { automated } = application.spec.syncPolicy;
  const subject = subjectOf(application);
  if (automated?.enabled && automated.selfHeal) return ok('self-heal', subject, 'it is on');
  const message =
    automated?.enabled === true
      ? 'syncPolicy.automated.selfHeal is off: at the same commit nothing new of the cluster is applied'
      : 'syncPolicy.automated is off: whatever is generated waits for somebody to sync it';
  const change = { spec: { syncPolicy: { automated: { enabled: true, selfHeal: true } } } };
  return problem('self-heal', subject, `${message}${gitManagedHint(application.metadata)}`, patch(application, change));
}

function generation(application: Application): Check[] {
  const { reconciledAt } = application.status;
  // Of a sync that failed `sync` tells.
  const conditions = application.status.conditions.filter(({ type }) => type !== 'SyncError');
  const subject = subjectOf(application);
  if (reconciledAt === undefined && conditions.length === 0) {
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
    : [ok('generation', subject, `the last one, at ${reconciledAt ?? '?'}, was good`)];
}

function sync(application: Application): Check[] {
  const { operationState, sync: state, conditions } = application.status;
  const subject = subjectOf(application);
  const isFailed = operationState?.phase === 'Failed' || operationState?.phase === 'Error';
  if (isFailed) {
    const message = `the last sync failed, and selfHeal does not try it again: ${operationState.message}`;
    return [problem('sync', subject, message, patch(application, { operation: { sync: {} } }))];
  }
  // What could not be generated cannot be compared: that was told.
  if (state.status === 'Unknown' && conditions.length > 0) return [];
  const waits = state.status === 'OutOfSync' ? '; with selfHeal it is applied within five minutes' : '';
  return [ok('sync', subject, `it is ${state.status}${waits}`)];
}

function subjectOf(application: Application): string {
  return `Application ${nameOf(application)}`;
}

function patch(
  { metadata: { namespace, name } }: Application,
  change: object,
  type: 'merge' | 'json' = 'merge',
): string {
  return `kubectl --namespace ${namespace} patch application ${name} --type ${type} --patch ${quoted(JSON.stringify(change))}`;
}

function refresh({ metadata: { namespace, name } }: Application): string {
  return `kubectl --namespace ${namespace} annotate application ${name} argocd.argoproj.io/refresh=hard --overwrite`;
}
