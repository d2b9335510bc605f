import * as z from 'zod';
import type { ApplicationView } from '../../../argocd/application.ts';
import { keyOf } from '../../../lib/object-key.ts';
import type { Reason } from '../../../lib/reason.ts';
import { applicationCondition } from '../../reasons.ts';
import type { ApplicationReason, ConfigMapReason } from '../../reasons.ts';
import { isOutOfDate } from '../../reconcile/status.ts';
import type { ConfigMapStatus } from '../../reconcile/status.ts';
import { operation } from '../openapi/operation.ts';
import { configMapName, ofConfigMap, pageOf, paging, yesOrNo } from '../openapi/parameters.ts';
import { Application, listOf } from '../openapi/schemas.ts';
import { maxDetailLength } from '../state/last-requests.ts';
import type { RequestHistory } from '../state/last-requests.ts';
import type { ReadModel } from '../state/read-model.ts';

export const listApplications = operation({
  id: 'listApplications',
  method: 'get',
  path: '/api/v1/applications',
  summary: 'Applications and their ConfigMaps: current and desired digest, and why they differ',
  query: z.strictObject({
    ...ofConfigMap,
    application: configMapName.optional().describe('Only this Application, as NAMESPACE/NAME.'),
    outOfDate: yesOrNo.optional().describe('Only ConfigMaps that are (`true`) or are not (`false`) out of date.'),
    ...paging,
  }),
  response: listOf(Application),
  handle: (model, { query }) => {
    const { configMap, application, outOfDate } = query;
    const statuses = model
      .configMaps(configMap)
      .filter(
        (status) =>
          (application === undefined || status.application === application) &&
          (outOfDate === undefined || isOutOfDate(status) === outOfDate),
      );
    return pageOf(statuses, query, (status) => toResponse(status, model));
  },
});

function toResponse(status: ConfigMapStatus, model: ReadModel): z.input<typeof Application> {
  const { application, digest, desired, cause } = status;
  const view = application === null ? undefined : model.caches.applications.get(application);
  const history = model.history.of(application ?? '');
  const { lastRequest } = history;
  const since = outOfDateSince(status, model);
  const condition = conditionOf(status, view, history, since);
  return {
    configMap: keyOf(status),
    application,
    project: view?.project ?? null,
    digest: digest === '' ? null : digest,
    desired,
    outOfDate: isOutOfDate(status),
    // To the second: the two clocks drift, and equal states must have equal responses.
    outOfDateSince: since === null ? null : new Date(Math.round(since / 1000) * 1000).toISOString(),
    cause,
    lastRequest: lastRequest && { ...lastRequest, at: new Date(lastRequest.at).toISOString() },
    reason: condition?.reason ?? null,
    message: condition?.message ?? null,
  };
}

/** In milliseconds since the epoch. */
function outOfDateSince({ outOfDateSince: since }: ConfigMapStatus, { clock }: ReadModel): number | null {
  return since === null ? null : clock.epochMs() - (clock.now() - since);
}

/** `null` where the ConfigMap is up to date and nothing has failed. */
function conditionOf(
  status: ConfigMapStatus,
  view: ApplicationView | undefined,
  { obstacle, lastRequest, detail }: RequestHistory,
  since: number | null,
): Reason<ApplicationReason | ConfigMapReason> | null {
  if (status.problem !== null) return status.problem;
  if (view?.generationError)
    return applicationCondition('GenerationFailed', view.generationError.slice(0, maxDetailLength));
  if (!isOutOfDate(status)) return null;
  if (obstacle !== null) return applicationCondition(obstacle, detail);
  if (lastRequest === null || isBefore(lastRequest.at, since)) return applicationCondition('RequestPending');
  return applicationCondition(lastRequest.request === 'refresh' ? 'Refreshing' : 'Syncing');
}

/** The request was for an earlier change: sent more than a second, which the clocks may drift, before this one. */
function isBefore(requestAt: number, since: number | null): boolean {
  return since !== null && requestAt < since - 1_000;
}
