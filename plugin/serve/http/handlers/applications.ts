import * as z from 'zod';
import type { ApplicationView } from '../../../argocd/application.ts';
import type { AnnotationWarning } from '../../../customizations/warnings-annotation.ts';
import { actionCodes } from '../../../lib/codes.ts';
import { codeUrl } from '../../../lib/messages/docs-url.ts';
import { ownCluster } from '../../../lib/cluster-name.ts';
import { keyOf } from '../../../lib/object-key.ts';
import type { Reason } from '../../../lib/messages/reason.ts';
import { applicationCondition } from '../../reasons.ts';
import type { ApplicationReason, ConfigMapReason } from '../../reasons.ts';
import { actionsOf, isEmpty, isOutOfDate } from '../../reconcile/status.ts';
import type { ConfigMapStatus } from '../../reconcile/status.ts';
import type { ClusterAccess } from '../auth/cluster-access.ts';
import { operation } from '../openapi/operation.ts';
import { configMapName, ofAnyCluster, pageOf, paging, text, yesOrNo } from '../openapi/parameters.ts';
import type { Warning } from '../openapi/schemas.ts';
import { Application, listOf } from '../openapi/schemas.ts';
import type { ConfigMapChange } from '../state/config-map-history.ts';
import { maxDetailLength } from '../state/request-history.ts';
import type { ApplicationRequests } from '../state/request-history.ts';
import { configMapRows } from '../state/read-model.ts';
import type { ConfigMapRow, ReadModel } from '../state/read-model.ts';

export const listApplications = operation({
  id: 'listApplications',
  method: 'get',
  path: '/api/v1/applications',
  summary: 'Applications and their ConfigMaps: current and desired digest, and why they differ',
  query: z.strictObject({
    ...ofAnyCluster,
    application: configMapName.optional().describe('Only this Application, as NAMESPACE/NAME.'),
    outOfDate: yesOrNo.optional().describe('Only ConfigMaps that are (`true`) or are not (`false`) out of date.'),
    search: text.optional().describe('Only those with this text in the name of the ConfigMap or the Application.'),
    ...paging,
  }),
  response: listOf(Application),
  handle: async (models, { query, access }) => {
    const { configMap, application, outOfDate } = query;
    const search = query.search?.toLowerCase() ?? '';
    const isWanted = ({ status }: ConfigMapRow): boolean =>
      (application === undefined || status.application === application) &&
      [keyOf(status), status.application ?? ''].some((name) => name.toLowerCase().includes(search)) &&
      (outOfDate === undefined || isOutOfDate(status) === outOfDate);
    const rows = configMapRows(models, configMap).filter(isWanted);
    return pageOf(rows, query, (row) => applicationResponse(row, access));
  },
});

/** A ConfigMap and its Application as the API shows them to an account. */
export async function applicationResponse(
  { status, model }: ConfigMapRow,
  access: Pick<ClusterAccess, 'visibleAmong'>,
): Promise<z.input<typeof Application>> {
  const { application, digest, desired, cause } = status;
  const view = application === null ? undefined : model.caches.applications.get(application);
  const history = model.requestHistory.of(application ?? '');
  const { lastRequest } = history;
  const since = outOfDateSince(status, model);
  const condition = conditionOf(status, view, history, since);
  return {
    cluster: model.cluster,
    configMap: keyOf(status),
    clusters: await membersOf(keyOf(status), model, access),
    application,
    project: view?.project ?? null,
    digest: digest === '' ? null : digest,
    desired,
    outOfDate: isOutOfDate(status),
    // Rounded to seconds: the two clocks drift, and equal states must have equal responses.
    outOfDateSince: since === null ? null : new Date(Math.round(since / 1000) * 1000).toISOString(),
    cause,
    lastRequest: lastRequest && { ...lastRequest, at: new Date(lastRequest.at).toISOString() },
    reason: condition?.reason ?? null,
    message: condition?.message ?? null,
    services: status.services,
    warnings: warningsOf(status, (message) => model.links.line(view, message)),
    links: { argoCd: model.links.argoCd(view, status), git: model.links.folder(view) },
    // The history keeps a change as pending while a problem hides whether it still is.
    pending: isOutOfDate(status) ? pendingOf(model.configMapHistory.pending(keyOf(status))) : null,
  };
}

/** Everyone who may call the API may see the hub. */
async function membersOf(
  configMap: string,
  model: ReadModel,
  { visibleAmong }: Pick<ClusterAccess, 'visibleAmong'>,
): Promise<z.input<typeof Application>['clusters']> {
  const all = model.membersOf(configMap);
  if (all.length === 0) return null;
  const seen = await visibleAmong(all.filter((name) => name !== ownCluster.name));
  return { items: all.filter((name) => name === ownCluster.name || seen.has(name)), total: all.length };
}

/** Changes shown per ConfigMap; /api/v1/changes has more. */
const maxShown = 5;

function pendingOf(change: ConfigMapChange | null): z.input<typeof Application>['pending'] {
  if (!change) return null;
  const { at, cause, services, toolsets } = change;
  return {
    at: new Date(at).toISOString(),
    cause,
    services: first(services),
    toolsets: toolsets && first(toolsets),
  };
}

function first<T>({ items, total }: LimitedList<T>): { readonly items: T[]; readonly total: number } {
  return { items: items.slice(0, maxShown), total };
}

interface LimitedList<T> {
  readonly items: readonly T[];
  readonly total: number;
}

/** The warnings of a ConfigMap as the API shows them; `sourceOf` links to the line in Git that a message names. */
export function warningsOf(
  { warnings }: Pick<ConfigMapStatus, 'warnings'>,
  sourceOf: (message: string) => string | null,
): z.input<typeof Warning>[] {
  return warnings.map(({ code, message }) => ({
    code,
    message,
    docs: codeUrl(code),
    needsAction: actionCodes.has(code),
    source: sourceOf(message),
  }));
}

/** In milliseconds since the epoch. */
function outOfDateSince({ outOfDateSince: since }: ConfigMapStatus, { clock }: ReadModel): number | null {
  return since === null ? null : clock.epochMs() - (clock.now() - since);
}

/** `null` if the ConfigMap is up to date, nothing has failed, and it needs no attention. */
function conditionOf(
  status: ConfigMapStatus,
  view: ApplicationView | undefined,
  { obstacle, lastRequest, detail, isFormer = false }: ApplicationRequests,
  since: number | null,
): Reason<ApplicationReason | ConfigMapReason> | null {
  if (status.problem !== null) return status.problem;
  if (view?.generationError)
    return applicationCondition('GenerationFailed', view.generationError.slice(0, maxDetailLength));
  if (!isOutOfDate(status)) return attentionOf(status);
  if (obstacle !== null) return applicationCondition(obstacle, detail);
  if (lastRequest === null || isFormer || isBefore(lastRequest.at, since))
    return applicationCondition('RequestPending');
  return applicationCondition(lastRequest.request === 'refresh' ? 'Refreshing' : 'Syncing');
}

/** Why a ConfigMap with its desired digest still needs attention. */
function attentionOf(status: ConfigMapStatus): Reason<ApplicationReason> | null {
  const actions = actionsOf(status);
  if (isEmpty(status)) return applicationCondition('NothingDiscovered', consequenceOf(actions));
  const [first] = actions;
  return first ? applicationCondition('WarningsNeedAction', `${first.code} ${first.message}`) : null;
}

/** The consequence of the warnings; if nothing is discovered, the reason already says so. */
function consequenceOf(warnings: readonly AnnotationWarning[]): string {
  const message = warnings.find(({ code }) => code === 'NOTHING_DISCOVERED')?.message ?? '';
  return message.replace(/^no backend is discovered: /, '');
}

/**
 * Whether the request was for an earlier change: sent more than a second, the tolerated clock drift, before this one.
 */
function isBefore(requestAt: number, since: number | null): boolean {
  return since !== null && requestAt < since - 1_000;
}
