import type { Connection } from '../../cluster/http/connection.ts';
import { statusError, unreachable } from '../../cluster/http/request-errors.ts';
import type { RequestDescriptor } from '../../cluster/http/request-errors.ts';
import { objectPath } from '../../cluster/http/resource-path.ts';
import { sendRequest } from '../../cluster/http/http-client.ts';
import { parseJson, asObject, asObjects } from '../../lib/json.ts';
import type { ApplicationView, ManagedResource } from '../../argocd/application.ts';
import { refreshAnnotation } from '../../argocd/application.ts';
import type { ArgoCdClient, RequestOutcome } from './client.ts';

const timeoutMs = 10_000;

/**
 * Sends requests as patches of the Application: needs `patch` on applications, which RBAC cannot limit to these fields,
 * and `get` on appprojects.
 */
export function crdClient(connection: Connection, signal: AbortSignal): ArgoCdClient {
  return {
    refresh: (application) =>
      patch(connection, application, { metadata: { annotations: { [refreshAnnotation]: 'hard' } } }, signal),
    sync: async (application, configMaps) => {
      if (await hasWindows(connection, application, signal)) return 'deferred';
      return patch(connection, application, { operation: operationFor(application, configMaps) }, signal);
    },
  };
}

/**
 * An operation that a sync window denies would block manual syncs. Only Argo CD knows which windows are active: with any
 * window in the project the sync is left to its self-heal, which respects windows without a pending operation.
 */
async function hasWindows(
  connection: Connection,
  { argoCdNamespace: namespace, project }: ApplicationView,
  signal: AbortSignal,
): Promise<boolean> {
  const resource: RequestDescriptor = { group: 'argoproj.io', resource: 'appprojects', verb: 'get', namespace };
  const request = { method: 'GET', path: objectPath(resource, project), timeoutMs } as const;
  const outcome = await sendRequest(connection, request, signal);
  const { server } = connection;
  if (outcome instanceof Error) throw unreachable(outcome, server, resource);
  // Argo CD tells people that the project is missing.
  if (outcome.status === 404) return false;
  if (outcome.status !== 200) throw statusError(outcome, server, resource);
  return asObjects(asObject(parseJson(outcome.text).spec).syncWindows).length > 0;
}

/**
 * The operation of an automated sync, limited to these ConfigMaps; `automated` makes a sync window that was not seen here
 * apply to it. Argo CD takes the manifests of the last refresh from its cache, by revision.
 */
function operationFor(
  { syncOptions, revisions, multiSource }: ApplicationView,
  configMaps: readonly ManagedResource[],
): object {
  const resources = configMaps.map(({ namespace, name }) => ({ group: '', kind: 'ConfigMap', namespace, name }));
  const revision = multiSource ? { revisions } : { revision: revisions[0] ?? '' };
  return { initiatedBy: { automated: true }, sync: { ...revision, resources, prune: false, syncOptions } };
}

/** The resource version makes it a conflict if the Application has changed since it was read. */
async function patch(
  connection: Connection,
  { namespace, name, resourceVersion }: ApplicationView,
  change: { readonly metadata?: object; readonly operation?: object },
  signal: AbortSignal,
): Promise<RequestOutcome> {
  const resource: RequestDescriptor = { group: 'argoproj.io', resource: 'applications', verb: 'patch', namespace };
  const outcome = await sendRequest(
    connection,
    {
      method: 'PATCH',
      path: objectPath(resource, name),
      contentType: 'application/merge-patch+json',
      body: JSON.stringify({ ...change, metadata: { ...change.metadata, resourceVersion } }),
      timeoutMs,
    },
    signal,
  );
  const { server } = connection;
  if (outcome instanceof Error) throw unreachable(outcome, server, resource);
  if (outcome.status === 200) return 'accepted';
  // Deleted or changed meanwhile: its watch event triggers the next step.
  if (outcome.status === 404 || outcome.status === 409) return 'changed';
  throw statusError(outcome, server, resource);
}
