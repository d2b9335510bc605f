import { PluginError } from '../../lib/errors.ts';
import { parseJson, asString } from '../../lib/json.ts';
import type { RawResponse } from './http-client.ts';
import type { ResourceLocation } from './resource-path.ts';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch';

/** What a request is for, in the API server's terms: for messages, and for the Role rule that allows it. */
export interface RequestDescriptor extends ResourceLocation {
  readonly verb: Verb;
  /** All verbs that the same work needs; defaults to `verb`. The hint names them in one rule. */
  readonly needs?: readonly Verb[];
  /** Set if the right is needed for this object only. */
  readonly name?: string;
}

/** No connection, or a certificate that is not trusted. */
export function unreachable(error: Error, server: URL, resource: RequestDescriptor): PluginError {
  const code = 'code' in error ? String(error.code) : '';
  const reason = error.message === '' ? code : error.message;
  const hint = /CERT|SIGNATURE|TLS|SSL|ALTNAME/.test(code)
    ? 'check certificate-authority and server of the cluster in the kubeconfig'
    : 'check the address, the network policy and that the API server runs';
  return new PluginError(
    'CLUSTER_UNREACHABLE',
    `${describeRequest(resource)} failed: ${server.origin} cannot be reached: ${reason}`,
    { hint, cause: error, request: { status: 0, retryAfterMs: 0 } },
  );
}

/** The run's deadline passed during this request. `rejected` is the last response that asked to repeat it. */
export function deadlineExceeded(
  server: URL,
  resource: RequestDescriptor,
  signal: AbortSignal,
  rejected?: RawResponse,
): PluginError {
  const last = rejected
    ? `: the API server last answered ${String(rejected.status)}${statusMessage(rejected.text)}`
    : '';
  return new PluginError(
    'DEADLINE_EXCEEDED',
    `${describeRequest(resource)} did not finish before the deadline${last}`,
    {
      hint: `find out why ${server.origin} is slow; --deadline allows more time, but Argo CD ends the plugin after 60 s`,
      cause: signal.reason,
    },
  );
}

/** A response with a status that no caller handles. */
export function statusError(
  { status, text, retryAfterMs = 0 }: Pick<RawResponse, 'status' | 'text'> & Partial<RawResponse>,
  server: URL,
  resource: RequestDescriptor,
): PluginError {
  if (status === 401) return unauthorized(server);
  if (status === 403) return forbidden(text, resource);
  return new PluginError(
    'CLUSTER_FAILED',
    `${describeRequest(resource)} failed: the API server answered ${String(status)}${statusMessage(text)}`,
    {
      hint: `check the API server ${server.origin}; the next refresh tries again`,
      request: { status, retryAfterMs },
    },
  );
}

/** 401: the API server does not accept the credential. */
function unauthorized(server: URL): PluginError {
  return new PluginError('CLUSTER_UNAUTHORIZED', `${server.origin} does not accept the credential (401)`, {
    hint: 'check that the service account token is mounted and not expired, or the user of the kubeconfig',
  });
}

/** 403: the hint is the rule that grants the missing permission. */
function forbidden(text: string, request: RequestDescriptor): PluginError {
  const { group, resource, verb, needs = [verb], namespace, name } = request;
  // RBAC ignores resourceNames for create: the name is not known when the request is authorized.
  const names = name === undefined || verb === 'create' ? '' : `, resourceNames: [${JSON.stringify(name)}]`;
  const verbs = needs.map((one) => `"${one}"`).join(', ');
  const rule = `{apiGroups: [${JSON.stringify(group)}], resources: [${JSON.stringify(resource)}]${names}, verbs: [${verbs}]}`;
  const role = namespace === null ? 'a ClusterRole' : `a Role in namespace ${namespace}`;
  return new PluginError('CLUSTER_FORBIDDEN', `${describeRequest(request)} is forbidden (403)${statusMessage(text)}`, {
    hint: `add to ${role} of the program's service account: ${rule}`,
  });
}

/** 404 for a collection: the CustomResourceDefinition or API that defines it is not installed. */
export function resourceNotServed(server: URL, { group, resource, namespace }: RequestDescriptor): PluginError {
  const kind = group === '' ? resource : `${resource}.${group}`;
  return new PluginError(
    'CLUSTER_RESOURCE_MISSING',
    `${server.origin} serves no ${kind}${namespace === null ? '' : ` in namespace ${namespace}`} (404)`,
    { hint: `install what defines ${kind} in this cluster, or name the cluster that has it; it is looked for again` },
  );
}

/** The request in words: `list services in all namespaces`. */
export function describeRequest({ verb, resource, namespace }: RequestDescriptor): string {
  return `${verb} ${resource} ${namespace === null ? 'in all namespaces' : `in namespace ${namespace}`}`;
}

/** `: ` and the message of the API server's Status object, cut to 300 characters; empty without one. Never raw text. */
export function statusMessage(body: string): string {
  const { kind, message } = parseJson(body);
  return kind === 'Status' && asString(message) !== '' ? `: ${asString(message).slice(0, 300)}` : '';
}
