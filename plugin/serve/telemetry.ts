import type { Clock } from '../lib/clock.ts';
import { PluginError } from '../lib/errors.ts';
import { keyOf } from '../lib/object-key.ts';
import type { ApplicationView } from '../argocd/application.ts';
import type { ServiceView } from '../../detectors/types.ts';
import { oversizeReason } from '../discovery/survey/evaluate-service.ts';
import type { CacheRestart } from './cache/index.ts';
import type { Store } from './cache/store.ts';
import type { SyncEvent } from './argocd/sync-controller.ts';
import type { Emit, EventName, Fields } from './events.ts';
import { errorType } from './metrics/label-values.ts';
import type { Metrics } from './metrics/metrics.ts';
import { expectedRestarts } from './cache/reflector-health.ts';
import { applicationCondition } from './reasons.ts';
import type { FailureKind } from './reasons.ts';
import { actionsOf, isEmpty, isOutOfDate } from './reconcile/status.ts';
import type { ConfigMapStatus } from './reconcile/status.ts';

/** Where events and measurements go; `clock` is the one that `outOfDateSince` was read from. */
export interface Telemetry {
  readonly emit: Emit;
  readonly metrics: Metrics;
  readonly clock: Pick<Clock, 'now'>;
}

/** Reports a watch that ended. */
export function reportRestart(
  { collection, namespace, cause, error, delayMs }: CacheRestart,
  emit: Emit,
  metrics: Metrics,
): void {
  metrics.watchRestarts.inc({ collection, cause });
  const fields = { collection, namespace: namespace ?? undefined, cause, retryInMs: Math.round(delayMs) };
  emit(expectedRestarts.includes(cause) ? 'watch-ended' : 'watch-failed', {
    ...fields,
    ...(error ? failure(error) : {}),
  });
}

/** Services named in one event at most. */
const maxNamed = 3;

/** Reports each Service that is too large to be evaluated, once; `logged` keeps their keys. */
export function reportOversize(
  keys: Iterable<string>,
  services: Store<ServiceView>,
  logged: Set<string>,
  emit: Emit,
): void {
  const added: ServiceView[] = [];
  for (const key of keys) {
    const service = services.get(key);
    const isOversize = service !== undefined && service.oversize !== null;
    if (!isOversize) logged.delete(key);
    else if (!logged.has(key)) added.push(service);
  }
  for (const service of added) logged.add(keyOf(service));
  if (added.length === 0) return;
  const named = added.slice(0, maxNamed).map(keyOf).join(', ');
  const [first] = added;
  emit('services-too-large', { count: added.length, services: named, ...(first ? oversizeReason(first) : {}) });
}

/** Reports what is new about a ConfigMap since its last evaluation. */
export function reportStatus(
  after: ConfigMapStatus | undefined,
  before: ConfigMapStatus | undefined,
  { emit, metrics, clock }: Telemetry,
): void {
  if (!after) return;
  const { application, cause, problem } = after;
  const fields = { configMap: keyOf(after), application, cause };
  if (problem !== null && problem.message !== before?.problem?.message)
    emit('configmap-problem', { ...fields, ...problem });
  if (isOutOfDate(after) && after.desired !== before?.desired)
    emit('configmap-out-of-date', { ...fields, digest: after.digest, desired: after.desired });
  reportAttention(after, before, fields, emit);
  const since = before?.outOfDateSince ?? null;
  if (before === undefined || since === null || after.outOfDateSince !== null || problem !== null) return;
  const outOfDateMs = Math.round(clock.now() - since);
  metrics.updated.observe(outOfDateMs / 1000);
  metrics.reconciled.inc({ operation: 'update', status: 'success' });
  if (!isEmpty(after)) emit('configmap-up-to-date', { ...fields, cause: before.cause, outOfDateMs });
}

/** Reports new warnings that a person must act on. */
function reportAttention(
  after: ConfigMapStatus,
  before: ConfigMapStatus | undefined,
  fields: Fields,
  emit: Emit,
): void {
  if (isEmpty(after) && !(before && isEmpty(before))) emit('configmap-empty', fields);
  const others = actionsOf(after).filter(({ code }) => code !== 'NOTHING_DISCOVERED');
  const known = new Set((before ? actionsOf(before) : []).map(({ code, message }) => `${code} ${message}`));
  const first = others.find(({ code, message }) => !known.has(`${code} ${message}`));
  if (first) emit('configmap-warnings', { ...fields, ...first, count: others.length });
}

/** Reports one request to Argo CD, or why none is sent. `configMaps` are those of the Application. */
export function reportSyncEvent(
  event: SyncEvent,
  application: ApplicationView,
  configMaps: readonly ConfigMapStatus[],
  { emit, metrics, clock }: Telemetry,
): void {
  const name = { application: keyOf(application) };
  const outOfDate = configMaps.find(isOutOfDate);
  const cause = outOfDate?.cause ?? 'generation';
  switch (event.kind) {
    case 'requested': {
      const { request, result, attempt } = event;
      metrics.requests.inc({ request, result, cause });
      if (result === 'accepted' || result === 'busy') metrics.reconciled.inc({ operation: request, status: 'success' });
      emit(`${request}-requested`, { ...name, ...outOfDateFields(outOfDate, clock.now()), cause, result, attempt });
      return;
    }
    case 'request-failed':
      metrics.requests.inc({ request: event.request, result: 'failed', cause });
      metrics.reconciled.inc({ operation: event.request, status: 'failure' });
      emit('request-failed', { ...name, request: event.request, ...failure(event.error) });
      return;
    case 'failure': {
      const { reason, retryInMs, attempt } = event;
      countFailure(reason, application, metrics);
      const condition = applicationCondition(reason, argoCdMessage(reason, application));
      emit(failureEvents[reason], { ...name, ...condition, retryInMs: Math.round(retryInMs), attempt });
      return;
    }
    case 'blocked':
      emit('application-needs-action', {
        ...name,
        ...applicationCondition(event.reason),
        ...outOfDateFields(outOfDate, clock.now()),
      });
  }
}

const failureEvents = {
  GenerationFailed: 'generation-failed',
  RefreshHadNoEffect: 'refresh-had-no-effect',
  SyncFailed: 'sync-failed',
} as const satisfies Readonly<Record<FailureKind, EventName>>;

function countFailure(reason: FailureKind, { generationError }: ApplicationView, metrics: Metrics): void {
  const operation = reason === 'SyncFailed' ? 'sync' : 'refresh';
  metrics.failures.inc({ reason });
  metrics.reconciled.inc({ operation, status: 'failure' });
  if (reason !== 'GenerationFailed') return;
  metrics.generationFailures.inc({ toolset_type: 'all', error_type: errorType(generationError ?? '') });
}

function outOfDateFields(configMap: ConfigMapStatus | undefined, now: number): Fields {
  if (configMap === undefined || configMap.outOfDateSince === null) return {};
  return { configMap: keyOf(configMap), outOfDateMs: Math.round(now - configMap.outOfDateSince) };
}

/**
 * Argo CD shows this message to everyone who may see the Application, so it may be logged. At most 1,000 characters.
 */
function argoCdMessage(reason: FailureKind, { generationError, lastOperation }: ApplicationView): string {
  if (reason === 'GenerationFailed') return (generationError ?? '').slice(0, 1000);
  return reason === 'SyncFailed' ? (lastOperation?.message ?? '').slice(0, 1000) : '';
}

/** What failed, and what to do about it; for a bug, where it is. */
export function failure(error: unknown): Fields {
  if (error instanceof PluginError)
    return { code: error.code, message: error.message.slice(0, 1000), hint: error.hint };
  return { code: 'BUG', message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
