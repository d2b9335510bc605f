import { PluginError } from '../lib/errors.ts';
import { keyOf } from '../lib/object-key.ts';
import type { ApplicationView } from '../argocd/application.ts';
import type { CacheRestart } from './cache/index.ts';
import type { DriverEvent } from './argocd/sync-controller.ts';
import type { Emit, Fields } from './events.ts';
import { errorType } from './metrics/label-values.ts';
import type { Metrics } from './metrics/metrics.ts';
import { expectedRestarts } from './cache/reflector-health.ts';
import type { FailureKind } from './argocd/sync-state-machine.ts';
import type { ConfigMapStatus } from './reconcile/status.ts';

/** Tells of watches that ended. */
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

/** Tells where a ConfigMap's state is another one than before. */
export function reportTracked(
  after: ConfigMapStatus | undefined,
  before: ConfigMapStatus | undefined,
  emit: Emit,
  metrics: Metrics,
): void {
  if (!after) return;
  const { application, cause } = after;
  const fields = { configMap: keyOf(after), application, cause };
  if (after.problem !== null && after.problem !== before?.problem)
    emit('configmap-problem', { ...fields, problem: after.problem });
  if (after.outOfDateSince !== null && after.desired !== before?.desired)
    emit('configmap-behind', { ...fields, digest: after.digest, wanted: after.desired });
  const since = before?.outOfDateSince ?? null;
  if (before === undefined || since === null || after.outOfDateSince !== null || after.problem !== null) return;
  const behindMs = Math.round(performance.now() - since);
  metrics.updated.observe(behindMs / 1000);
  metrics.reconciled.inc({ operation: 'update', status: 'success' });
  emit('configmap-current', { ...fields, cause: before.cause, behindMs });
}

/** Tells what was asked of Argo CD and what came of it. */
export function reportDriver(
  event: DriverEvent,
  application: ApplicationView,
  configMaps: readonly ConfigMapStatus[],
  emit: Emit,
  metrics: Metrics,
): void {
  const name = { application: keyOf(application) };
  const behind = configMaps.find(({ outOfDateSince }) => outOfDateSince !== null);
  const cause = behind?.cause ?? 'generation';
  switch (event.kind) {
    case 'requested': {
      const { request, asked: result, attempt } = event;
      metrics.requests.inc({ request, result, cause });
      if (result === 'asked' || result === 'busy') metrics.reconciled.inc({ operation: request, status: 'success' });
      emit(`${request}-requested`, { ...name, ...behindFields(behind), cause, result, attempt });
      return;
    }
    case 'failed':
      metrics.requests.inc({ request: event.request, result: 'failed', cause });
      metrics.reconciled.inc({ operation: event.request, status: 'failure' });
      emit('request-failed', { ...name, request: event.request, ...failure(event.error) });
      return;
    case 'setback': {
      const { setback, retryInMs, attempt } = event;
      countSetback(setback, application, metrics);
      emit(setback, { ...name, ...setbackFields(application, event), retryInMs: Math.round(retryInMs), attempt });
      return;
    }
    case 'left':
      emit('application-left', { ...name, why: event.why, ...behindFields(behind) });
  }
}

function countSetback(setback: FailureKind, { generationError }: ApplicationView, metrics: Metrics): void {
  const operation = setback === 'sync-failed' ? 'sync' : 'refresh';
  metrics.setbacks.inc({ setback });
  metrics.reconciled.inc({ operation, status: 'failure' });
  if (setback !== 'generation-failed') return;
  metrics.generationFailures.inc({ toolset_type: 'all', error_type: errorType(generationError ?? '') });
}

function behindFields(behind: ConfigMapStatus | undefined): Fields {
  if (behind === undefined || behind.outOfDateSince === null) return {};
  return { configMap: keyOf(behind), behindMs: Math.round(performance.now() - behind.outOfDateSince) };
}

/** In Argo CD's own words, which hold no secret that people may not see: it shows them to whoever sees the Application. */
function setbackFields(
  { generationError, lastOperation }: ApplicationView,
  { setback }: { readonly setback: string },
): Fields {
  if (setback === 'generation-failed') return { message: (generationError ?? '').slice(0, 1000) };
  return setback === 'sync-failed' ? { message: (lastOperation?.message ?? '').slice(0, 1000) } : {};
}

/** What failed, and what to do about it; of a bug, where it is. */
export function failure(error: unknown): Fields {
  if (error instanceof PluginError)
    return { code: error.code, message: error.message.slice(0, 1000), hint: error.hint };
  return { code: 'BUG', message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
