import * as z from 'zod';
import { keyOf } from '../../../lib/object-key.ts';
import type { ApplicationView } from '../../../argocd/application.ts';
import type { ConfigMapStatus } from '../../reconcile/status.ts';
import { isOutOfDate } from '../../reconcile/status.ts';
import { applicationCondition } from '../../reasons.ts';
import type { RequestHistory } from '../state/last-requests.ts';
import type { ReadModel } from '../state/read-model.ts';
import { operation } from '../openapi/operation.ts';
import { configMapName, ofConfigMap, pageOf, paging, yesOrNo } from '../openapi/parameters.ts';
import { Application, listOf } from '../openapi/schemas.ts';

export const listApplications = operation({
  id: 'listApplications',
  method: 'get',
  path: '/api/v1/applications',
  summary: 'Applications and their ConfigMaps: what is in force, what the cluster asks for, and why they differ',
  query: z.strictObject({
    ...ofConfigMap,
    application: configMapName.optional().describe('Only of this Application, as NAMESPACE/NAME.'),
    behind: yesOrNo.optional().describe('Only those that are behind, or that are not.'),
    ...paging,
  }),
  answer: listOf(Application),
  handle: (model, { query }) => {
    const { configMap, application, behind } = query;
    const found = model
      .configMaps(configMap)
      .filter(
        (one) =>
          (application === undefined || one.application === application) &&
          (behind === undefined || isOutOfDate(one) === behind),
      );
    return pageOf(found, query, (one) => answerOf(one, model));
  },
});

function answerOf(one: ConfigMapStatus, { caches, history }: ReadModel): z.input<typeof Application> {
  const { application, digest, desired: wanted, outOfDateSince: behindSince, cause } = one;
  const view = application === null ? undefined : caches.applications.get(application);
  const past = history.of(application ?? '');
  const last = past.lastRequest;
  return {
    ...{ configMap: keyOf(one), application, project: view?.project ?? null },
    ...{ digest: digest === '' ? null : digest, wanted, behind: isOutOfDate(one), cause },
    behindSince: behindSince === null ? null : wallClock(behindSince),
    lastRequest: last && { ...last, at: new Date(last.at).toISOString() },
    why: whyOf(one, view, past),
  };
}

/** Monotonic milliseconds as a date, to the second: the two clocks drift, and equal states have equal answers. */
function wallClock(monotonic: number): string {
  const at = Date.now() - (performance.now() - monotonic);
  return new Date(Math.round(at / 1000) * 1000).toISOString();
}

/** One sentence without a full stop; `null` where all is well. */
function whyOf(one: ConfigMapStatus, view: ApplicationView | undefined, past: RequestHistory): string | null {
  const { obstacle, lastRequest } = past;
  if (one.problem !== null) return one.problem.message;
  if (view?.generationError)
    return applicationCondition('GenerationFailed', view.generationError.slice(0, 500)).message;
  if (!isOutOfDate(one)) return null;
  if (obstacle !== null) return applicationCondition(obstacle).message;
  if (lastRequest === null || isOlder(lastRequest.at, one)) return applicationCondition('RequestPending').message;
  return applicationCondition(lastRequest.request === 'refresh' ? 'Refreshing' : 'Syncing').message;
}

/** Whether that was before the ConfigMap fell behind, for something else; within a second nobody can tell. */
function isOlder(at: number, { outOfDateSince: behindSince }: ConfigMapStatus): boolean {
  return behindSince !== null && at < Date.now() - (performance.now() - behindSince) - 1_000;
}
