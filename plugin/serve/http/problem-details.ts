import type { PluginError } from '../../lib/errors.ts';
import type { Fault } from './problem.ts';
import { Problem } from './problem.ts';

/** Most faults listed in one response. */
const maxFaults = 20;

/** Not a scheme for which a browser would prompt its user. */
const extensionChallenge = { headers: { 'www-authenticate': 'ArgoCDExtension realm="dynamic-toolset"' } };

/**
 * Every problem that a request can end with, by status. Each message says what is wrong, and the limit or the next
 * step.
 */
export const problemFor = {
  // invalid-request
  faults: (faults: readonly Fault[]) => {
    const [first] = faults.map(({ in: where, pointer, detail }) => `${where} ${pointer}: ${detail}`);
    const more = faults.length > 1 ? `, and ${String(faults.length - 1)} more` : '';
    const detail = `Invalid ${first ?? 'request'}${more}; /openapi.json describes every request.`;
    return new Problem('invalid-request', detail, { faults: faults.slice(0, maxFaults) });
  },
  invalidPathEncoding: () => new Problem('invalid-request', 'The path has an invalid percent-encoding.'),
  invalidHttp: () => new Problem('invalid-request', 'Not a valid HTTP/1.1 request.'),
  invalidJson: () => new Problem('invalid-request', 'The body is not valid JSON.'),
  configMapRequired: (configMaps: readonly string[]) => {
    const some = [...configMaps.slice(0, 5), ...(configMaps.length > 5 ? ['…'] : [])].join(', ');
    return new Problem(
      'invalid-request',
      `The parameter configMap is required with several managed ConfigMaps (${String(configMaps.length)}: ${some}).`,
      { faults: [{ in: 'query', pointer: '/configMap', detail: 'required with several managed ConfigMaps' }] },
    );
  },

  // unauthenticated, forbidden
  tokenMissing: () =>
    new Problem(
      'unauthenticated',
      'Send a Kubernetes token as `Authorization: Bearer TOKEN`; `kubectl create token ACCOUNT` creates one.',
      challenge(),
    ),
  tokenInvalid: () =>
    new Problem(
      'unauthenticated',
      'The API server rejects this token, or it has expired; `kubectl create token ACCOUNT` creates one.',
      challenge('invalid_token'),
    ),
  forbidden: (user: string, verb: string, path: string) =>
    new Problem(
      'forbidden',
      `Add to a ClusterRole that is bound to ${JSON.stringify(user)}: ` +
        `{nonResourceURLs: [${JSON.stringify(path)}], verbs: ["${verb}"]}`,
      challenge('insufficient_scope'),
    ),
  extensionOff: () =>
    new Problem(
      'unauthenticated',
      'Only for Argo CD, which is not set up here: --argocd-extension-secret-file is missing.',
      extensionChallenge,
    ),
  extensionSecretInvalid: () =>
    new Problem(
      'unauthenticated',
      'Only for Argo CD: the header X-Dynamic-Toolset-Secret is missing, or not what --argocd-extension-secret-file holds.',
      extensionChallenge,
    ),
  notForExtension: () =>
    new Problem('forbidden', "Argo CD's proxy may request only /api/v1/extension/application and configmap."),
  projectMismatch: (application: string, project: string) =>
    new Problem('forbidden', `Application ${application} is not of project ${project}.`),

  clusterForbidden: (user: string, cluster: string, path: string) =>
    new Problem(
      'forbidden',
      `${JSON.stringify(user)} may not see the cluster ${JSON.stringify(cluster)}, or there is none of that name. ` +
        `A ClusterRole grants it: {nonResourceURLs: [${JSON.stringify(path)}], verbs: ["get"]}`,
      challenge('insufficient_scope'),
    ),

  // not-found, method-not-allowed, not-acceptable
  pathNotFound: (path: string) =>
    new Problem('not-found', `No such path: ${path.slice(0, 200)}; /openapi.json lists every path.`),
  configMapNotFound: (configMap: string) =>
    new Problem('not-found', `No managed ConfigMap ${configMap}; /api/v1/configmaps lists them.`),
  applicationNotFound: (application: string) =>
    new Problem('not-found', `No Application ${application} that uses the plugin and is watched.`),
  configMapNotOfApplication: (application: string, configMap: string) =>
    new Problem('not-found', `Application ${application} has no managed ConfigMap ${configMap}.`),
  clusterNotFound: (cluster: string) =>
    new Problem('not-found', `No cluster ${JSON.stringify(cluster)} is watched; /api/v1/clusters lists them.`),
  toolsetNotFound: (toolset: string, configMap: string | undefined) => {
    const where = configMap === undefined ? 'any managed ConfigMap' : `ConfigMap ${configMap}`;
    return new Problem('not-found', `No toolset ${JSON.stringify(toolset)} in ${where}; /api/v1/toolsets lists them.`);
  },
  methodNotAllowed: (path: string, allow: string) =>
    new Problem('method-not-allowed', `${path} allows ${allow}.`, { headers: { allow } }),
  notAcceptable: (mediaType: string) =>
    new Problem('not-acceptable', `The response is ${mediaType}; the Accept header must allow it.`),

  // request-timeout, headers-too-large
  clientDisconnected: () => new Problem('request-timeout', 'The client disconnected before the response.'),
  requestTimeout: (headersMs: number, requestMs: number) =>
    new Problem(
      'request-timeout',
      `Headers must arrive within ${seconds(headersMs)}, the whole request within ${seconds(requestMs)}.`,
    ),
  headersTooLarge: (maxBytes: number) =>
    new Problem('headers-too-large', `Request headers exceed ${kibibytes(maxBytes)} in total.`),

  // payload-too-large, unsupported-media-type, too-complex
  bodyTooLarge: (maxBytes: number) =>
    new Problem('payload-too-large', `The request body exceeds ${kibibytes(maxBytes)}.`),
  unsupportedMediaType: (actual: string) =>
    new Problem('unsupported-media-type', `The body must be uncompressed application/json in UTF-8, not ${actual}.`, {
      headers: { accept: 'application/json' },
    }),
  tooComplex: (limit: string) =>
    new Problem('too-complex', `Validation exceeds ${limit}; run dynamic-toolset validate on the files instead.`),
  notPrintable: ({ message, hint }: PluginError) => new Problem('too-complex', `${message}; ${hint}`),

  // too-many-requests
  rateLimited: (what: string, perSecond: number, burst: number, retryAfterSeconds: number) =>
    new Problem(
      'too-many-requests',
      `Rate limit exceeded: ${String(perSecond)} ${what}/s, burst ${String(burst)}.`,
      retryAfter(retryAfterSeconds),
    ),
  clientLimit: (what: string, limit: number) =>
    new Problem('too-many-requests', `Too many ${what} of one account (limit ${String(limit)}).`, retryAfter(1)),

  // internal-error, cluster-unavailable
  bug: () => new Problem('internal-error', 'A bug in dynamic-toolset; the log has it with the event `bug`.'),
  clusterUnavailable: ({ message, hint }: PluginError) => new Problem('cluster-unavailable', `${message}; ${hint}`),

  // not-ready, overloaded
  notReady: () =>
    new Problem(
      'not-ready',
      'The cluster has not been listed completely; /readyz says what is missing.',
      retryAfter(1),
    ),
  clusterNotReady: (cluster: string, why = 'its ConfigMaps have not been evaluated') =>
    new Problem('not-ready', `Nothing is known of the cluster ${JSON.stringify(cluster)}: ${why}.`, retryAfter(1)),
  totalLimit: (what: string, limit: number, retryAfterSeconds = 1) =>
    new Problem('overloaded', `Too many ${what} (limit ${String(limit)}).`, retryAfter(retryAfterSeconds)),
  noResponse: (afterMs: number) => new Problem('overloaded', `No response within ${seconds(afterMs)}.`, retryAfter(5)),
  shuttingDown: () => new Problem('overloaded', 'This replica is shutting down; retry on another one.', retryAfter(1)),
} as const satisfies Readonly<Record<string, (...args: never[]) => Problem>>;

/** Throws if the client has disconnected: no work for a response that cannot be delivered. */
export function assertClientConnected(response: { readonly destroyed: boolean }): void {
  if (response.destroyed) throw problemFor.clientDisconnected();
}

type Headers = Pick<NonNullable<ConstructorParameters<typeof Problem>[2]>, 'headers'>;

/** A WWW-Authenticate header by RFC 6750. */
function challenge(error?: string): Headers {
  const suffix = error === undefined ? '' : `, error="${error}"`;
  return { headers: { 'www-authenticate': `Bearer realm="dynamic-toolset"${suffix}` } };
}

function retryAfter(afterSeconds: number): Headers {
  return { headers: { 'retry-after': String(afterSeconds) } };
}

function seconds(ms: number): string {
  return `${String(ms / 1000)} s`;
}

function kibibytes(bytes: number): string {
  return `${String(bytes / 1024)} KiB`;
}
