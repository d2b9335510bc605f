import type { Connection } from '../../cluster/connection/connection.ts';
import { statusError, unreachable } from '../../cluster/http/request-errors.ts';
import type { RequestDescriptor } from '../../cluster/http/request-errors.ts';
import { objectPath } from '../../cluster/http/resource-path.ts';
import { sendRequest } from '../../cluster/http/http-client.ts';
import { systemClock } from '../../lib/clock.ts';
import type { ApplicationView, ManagedResource } from '../../argocd/application.ts';
import { refreshAnnotation } from '../../argocd/application.ts';
import { CheckedWindows } from './client.ts';
import type { ArgoCdClient, RequestOutcome } from './client.ts';
import { Projects } from './projects.ts';

const timeoutMs = 10_000;

/**
 * Sends requests as patches of the Application: needs `patch` on applications, which RBAC cannot limit to these fields,
 * and `get` on appprojects.
 */
export function crdClient(connection: Connection, signal: AbortSignal, clock = systemClock): ArgoCdClient {
  const projects = new Projects(connection, signal, clock);
  const checked = new CheckedWindows(clock);
  return {
    refresh: (application) =>
      patch(connection, application, { metadata: { annotations: { [refreshAnnotation]: 'hard' } } }, signal),
    sync: async (application, configMaps) => {
      // An operation that a sync window denies would block manual syncs. Only Argo CD knows which windows are active,
      // so if the project has any, the sync is left to Argo CD's self-heal, which respects windows without a pending
      // operation. A missing project has none: Argo CD itself reports that it is missing.
      if (!checked.has(application) && (await projects.hasSyncWindows(application))) return 'deferred';
      const operation = operationFor(application, configMaps);
      return checked.send(application, () => patch(connection, application, { operation }, signal));
    },
  };
}

/**
 * The operation of an automated sync, limited to these ConfigMaps; `automated` makes a sync window that was missed here
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

/** The resource version causes a conflict if the Application has changed since it was read. */
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
