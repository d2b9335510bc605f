import type { Application, ExtensionConfigMap, List } from '../api/responses.ts';
import { isJson, urlOf } from '../api/client.ts';
import type { Query } from '../api/client.ts';
import { asObject, asString } from '../../../../lib/json.ts';
import { generatedConfigMap } from './argo-cd.ts';
import type { Annotations, ShownApplication } from './argo-cd.ts';

/** Why `serve` gave no answer, as a sentence. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

const prefix = 'extensions/dynamic-toolset/api/v1/extension/';
/** Characters kept of another program's message. */
const maxDetail = 300;

/**
 * The ConfigMaps of an Application, from `serve`; fails with `NoAnswerError`, or as `fetch` does when the signal aborts.
 */
export function configMapsOf(application: ShownApplication, signal: AbortSignal): Promise<List<Application>> {
  return ask(application, 'application', {}, signal);
}

/** One of them with its toolsets and Services; the first by default. */
export function configMapOf(
  application: ShownApplication,
  configMap: string | null,
  signal: AbortSignal,
): Promise<ExtensionConfigMap> {
  return ask(application, 'configmap', { configMap }, signal);
}

/** Goes through Argo CD, which checks that its user may see the Application, and adds the secret. */
async function ask<T>(
  { namespace, name, project }: ShownApplication,
  path: string,
  query: Query,
  signal: AbortSignal,
): Promise<T> {
  const headers = {
    accept: 'application/json',
    'argocd-application-name': `${namespace}:${name}`,
    'argocd-project-name': project,
  };
  const response = await send(urlOf(prefix + path, query), headers, signal);
  const body: unknown = isJson(response) ? await response.json().catch(() => null) : null;
  if (response.ok && body !== null) return body as T;
  throw new NoAnswerError(failureText(response.status, body));
}

/** The live annotations of a ConfigMap, from Argo CD's own API; `null` if it is not one of ours or cannot be read. */
export async function liveAnnotations(
  { namespace: appNamespace, name: application }: ShownApplication,
  { namespace, name: resourceName }: ShownApplication['configMaps'][number],
  signal: AbortSignal,
): Promise<Annotations | null> {
  const query = { appNamespace, namespace, resourceName, version: 'v1', kind: 'ConfigMap', group: null };
  const path = `api/v1/applications/${encodeURIComponent(application)}/resource`;
  const response = await send(urlOf(path, query), { accept: 'application/json' }, signal);
  const body: unknown = response.ok ? await response.json().catch(() => null) : null;
  try {
    return generatedConfigMap(JSON.parse(asString(asObject(body).manifest) || 'null'))?.annotations ?? null;
  } catch {
    return null;
  }
}

/** Relative to the address of Argo CD, with the session's cookie. */
function send(path: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Response> {
  return fetch(new URL(path, document.baseURI), { headers, signal }).catch((cause: unknown) => {
    if (signal.aborted) throw cause;
    throw new NoAnswerError('Argo CD is unreachable.');
  });
}

/** Argo CD itself answers in plain text, or with its UI page if it has no proxy extensions. */
function failureText(status: number, body: unknown): string {
  const detail = asString(asObject(body).detail).slice(0, maxDetail);
  if (detail !== '') return `serve refuses: ${detail}`;
  if (status === 401 || status === 403)
    return 'Argo CD does not let you query serve: the right “extensions, invoke, dynamic-toolset” is missing.';
  if (status === 400) return 'Argo CD forwards only requests of users who have signed in.';
  if (status >= 500) return `serve does not answer (${String(status)}).`;
  return 'Argo CD has no connection to serve.';
}
