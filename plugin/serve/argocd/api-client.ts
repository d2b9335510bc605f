import type { Connection } from '../../cluster/connection/connection.ts';
import { sendRequest } from '../../cluster/http/http-client.ts';
import type { ApiRequest, RawResponse } from '../../cluster/http/http-client.ts';
import { PluginError } from '../../lib/errors.ts';
import { systemClock } from '../../lib/clock.ts';
import { parseJson, asObjects, asString } from '../../lib/json.ts';
import type { Json } from '../../lib/json.ts';
import type { ApplicationView, ManagedResource } from '../../argocd/application.ts';
import { CheckedWindows } from './client.ts';
import type { ArgoCdClient, RequestOutcome } from './client.ts';

/** Argo CD answers a refresh once it has finished, and aborts a generation after 60 s. */
const refreshMs = 90_000;
const timeoutMs = 10_000;

/** Sends requests to Argo CD's API, as an account with the rights `get` and `sync` on Applications. */
export function apiClient(connection: Connection, signal: AbortSignal, clock = systemClock): ArgoCdClient {
  const call = (request: ApiRequest): Promise<RawResponse> => callApi(connection, request, signal);
  const checked = new CheckedWindows(clock);
  return {
    refresh: async (application) => {
      const path = pathOf(application, '', { refresh: 'hard' });
      return outcomeOf(await call({ method: 'GET', path, timeoutMs: refreshMs }), 'get', application);
    },
    sync: async (application, configMaps) => {
      if (!checked.has(application)) {
        const windows = await call({ method: 'GET', path: pathOf(application, '/syncwindows'), timeoutMs });
        if (outcomeOf(windows, 'get', application) === 'changed') return 'changed';
        if (!maySyncByItself(parseJson(windows.text))) return 'deferred';
      }
      const body = JSON.stringify(syncRequest(application, configMaps));
      const request = { method: 'POST', path: pathOf(application, '/sync'), body, timeoutMs } as const;
      return checked.send(application, async () =>
        outcomeOf(await call({ ...request, contentType: 'application/json' }), 'sync', application),
      );
    },
  };
}

function pathOf(
  { namespace, name, project }: ApplicationView,
  action: string,
  query: Readonly<Record<string, string>> = {},
): string {
  const parameters = new URLSearchParams({ appNamespace: namespace, project, ...query });
  return `/api/v1/applications/${encodeURIComponent(name)}${action}?${parameters.toString()}`;
}

function syncRequest({ namespace, name, project }: ApplicationView, configMaps: readonly ManagedResource[]): object {
  const resources = configMaps.map((one) => ({
    group: '',
    kind: 'ConfigMap',
    namespace: one.namespace,
    name: one.name,
  }));
  return { name, appNamespace: namespace, project, prune: false, resources };
}

/**
 * Argo CD treats a sync by an account as manual, which a sync window can allow. This sync is automated, so the rule for
 * automated syncs is applied here: no deny window is active, and if allow windows are assigned, one is active.
 */
function maySyncByItself({ activeWindows, assignedWindows }: Json): boolean {
  const isOpen = (kind: string, windows: unknown): boolean => asObjects(windows).some((one) => one.kind === kind);
  if (isOpen('deny', activeWindows)) return false;
  return isOpen('allow', activeWindows) || !isOpen('allow', assignedWindows);
}

async function callApi(connection: Connection, request: ApiRequest, signal: AbortSignal): Promise<RawResponse> {
  const outcome = await sendRequest(connection, request, signal);
  if (!(outcome instanceof Error)) return outcome;
  throw new PluginError('ARGOCD_FAILED', `${connection.server.origin} cannot be reached: ${outcome.message}`, {
    hint: "check --argocd-server, --argocd-ca-file, the network policy and that Argo CD's API server runs",
    cause: outcome,
    request: { status: 0, retryAfterMs: 0 },
  });
}

function outcomeOf(
  { status, text: body, retryAfterMs }: RawResponse,
  action: 'get' | 'sync',
  application: ApplicationView,
): RequestOutcome {
  if (status === 200) return 'accepted';
  const message = messageOf(body);
  if (message.includes('blocked by sync window')) return 'deferred';
  if (message.includes('another operation is already in progress')) return 'busy';
  if (status === 404 || message.includes('application is deleting')) return 'changed';
  const { namespace, name, project } = application;
  const what = `Argo CD answered ${String(status)} to ${action} of Application ${namespace}/${name}`;
  throw new PluginError('ARGOCD_FAILED', `${what}${message === '' ? '' : `: ${message.slice(0, 300)}`}`, {
    hint:
      status === 401
        ? 'check that the token of the account is valid: argocd account generate-token'
        : `check that policy.csv of argocd-rbac-cm has for the account: applications, ${action}, ${project}/${name}, allow`,
    request: { status, retryAfterMs },
  });
}

function messageOf(body: string): string {
  return asString(parseJson(body).message);
}
