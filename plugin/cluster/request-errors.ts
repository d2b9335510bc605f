import { PluginError } from '../errors.ts';

/** What is read, in the API server's own terms: for messages and for the Role rule that allows it. */
export interface Resource {
  readonly group: string;
  readonly resource: string;
  readonly verb: 'list' | 'get';
  /** `null` for the whole cluster. */
  readonly namespace: string | null;
  readonly name?: string;
}

/** No connection, or none that could be trusted. */
export function unreachable(error: Error, server: URL, resource: Resource): PluginError {
  const code = 'code' in error ? String(error.code) : '';
  const reason = error.message === '' ? code : error.message;
  const hint = /CERT|SIGNATURE|TLS|SSL|ALTNAME/.test(code)
    ? 'check certificate-authority and server of the cluster in the kubeconfig'
    : 'check the address, the network policy and that the API server runs';
  return new PluginError(
    'CLUSTER_UNREACHABLE',
    `${asked(resource)} failed: ${server.origin} cannot be reached: ${reason}`,
    {
      hint,
      cause: error,
    },
  );
}

/** The deadline of the whole run passed while this was read. */
export function overdue(server: URL, resource: Resource, signal: AbortSignal): PluginError {
  return new PluginError('DEADLINE_EXCEEDED', `${asked(resource)} was not done when the deadline passed`, {
    hint: `look why ${server.origin} is slow; --deadline allows for more, but Argo CD ends the plugin after 60 s`,
    cause: signal.reason,
  });
}

/** The API server knows nobody by this credential. */
export function unauthorized(server: URL): PluginError {
  return new PluginError('CLUSTER_UNAUTHORIZED', `${server.origin} does not accept the credential (401)`, {
    hint: 'check that the service account token is mounted and not expired, or the user of the kubeconfig',
  });
}

/** Names the missing permission as the rule that grants it. */
export function forbidden(text: string, { group, resource, verb, namespace, name }: Resource): PluginError {
  const names = name === undefined ? '' : `, resourceNames: [${JSON.stringify(name)}]`;
  const rule = `{apiGroups: [${JSON.stringify(group)}], resources: [${JSON.stringify(resource)}]${names}, verbs: ["${verb}"]}`;
  const role = namespace === null ? 'a ClusterRole' : `a Role in namespace ${namespace}`;
  return new PluginError(
    'CLUSTER_FORBIDDEN',
    `${asked({ group, resource, verb, namespace })} is forbidden (403)${saying(text)}`,
    {
      hint: `add to ${role} of the plugin's service account: ${rule}`,
    },
  );
}

/** What was asked, for people: `list services in all namespaces`. */
export function asked({ verb, resource, namespace }: Resource): string {
  return `${verb} ${resource} ${namespace === null ? 'in all namespaces' : `in namespace ${namespace}`}`;
}

/** The message of the API server's Status object, if it sent one. Never headers, never the raw body. */
export function saying(text: string): string {
  try {
    const { kind, message } = JSON.parse(text) as { kind?: unknown; message?: unknown };
    return kind === 'Status' && typeof message === 'string' && message !== '' ? `: ${message.slice(0, 300)}` : '';
  } catch {
    return '';
  }
}
