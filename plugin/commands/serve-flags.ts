import type { Scope } from '../cluster/state.ts';
import type { LogLevel } from '../serve/logger.ts';
import type { Act } from '../serve/next-step.ts';
import { duration, oneOf, parseOptions, usage } from './flags.ts';

/** How `serve` was asked to run. */
export interface ServeFlags {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly policy: string | undefined;
  /** Where Services are watched. */
  readonly scope: Scope;
  /** Where generated ConfigMaps are watched: where Services are, unless given. */
  readonly configMaps: Scope;
  /** Where Applications are watched. */
  readonly applications: Scope;
  readonly plugin: string;
  readonly act: Act;
  /** Argo CD's API; `null` where Applications are patched instead. */
  readonly argoCd: { readonly url: URL; readonly tokenFile: string; readonly caFile: string | undefined } | null;
  readonly lease: { readonly namespace: string; readonly name: string } | null;
  readonly listen: { readonly host: string; readonly port: number };
  readonly resyncMs: number;
  readonly logLevel: LogLevel;
}

const options = {
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  policy: { type: 'string' },
  namespaces: { type: 'string', default: '*' },
  'configmap-namespaces': { type: 'string' },
  'application-namespaces': { type: 'string', default: 'argocd' },
  'plugin-name': { type: 'string', default: 'dynamic-toolset' },
  act: { type: 'string', default: 'sync' },
  'argocd-server': { type: 'string' },
  'argocd-token-file': { type: 'string' },
  'argocd-ca-file': { type: 'string' },
  lease: { type: 'string' },
  listen: { type: 'string', default: '127.0.0.1:8080' },
  resync: { type: 'string', default: '10m' },
  'log-level': { type: 'string', default: 'info' },
} as const;

const minResyncMs = 10_000;

/** Fails with USAGE. */
export function parseServeFlags(args: readonly string[]): ServeFlags {
  const values = parseOptions(args, options);
  const resyncMs = duration('--resync', values.resync);
  if (resyncMs < minResyncMs) throw usage(`--resync ${JSON.stringify(values.resync)} is shorter than 10s`);
  return {
    kubeconfig: values.kubeconfig,
    context: values.context,
    policy: values.policy,
    scope: scopeOf('--namespaces', values.namespaces),
    configMaps: scopeOf('--configmap-namespaces', values['configmap-namespaces'] ?? values.namespaces),
    applications: scopeOf('--application-namespaces', values['application-namespaces']),
    plugin: values['plugin-name'],
    act: oneOf('--act', values.act, ['sync', 'refresh']) ?? 'sync',
    argoCd: argoCdOf(values['argocd-server'], values['argocd-token-file'], values['argocd-ca-file']),
    lease: values.lease === undefined ? null : leaseOf(values.lease),
    listen: listenOf(values.listen),
    resyncMs,
    logLevel: oneOf('--log-level', values['log-level'], ['debug', 'info', 'warn', 'error']) ?? 'info',
  };
}

function scopeOf(flag: string, text: string): Scope {
  if (text === '*') return 'cluster';
  const names = text.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name));
  if (wrong === undefined) return [...new Set(names)].sort();
  throw usage(`${flag} ${JSON.stringify(text)} is neither * nor names of namespaces such as monitoring,logging`);
}

function argoCdOf(
  server: string | undefined,
  tokenFile: string | undefined,
  caFile: string | undefined,
): ServeFlags['argoCd'] {
  if (server === undefined) {
    const alone = tokenFile === undefined ? caFile && '--argocd-ca-file' : '--argocd-token-file';
    if (alone !== undefined) throw usage(`${alone} needs --argocd-server`);
    return null;
  }
  const url = URL.parse(server);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw usage(`--argocd-server ${JSON.stringify(server)} is no URL such as https://argocd-server.argocd.svc`);
  if (tokenFile === undefined) throw usage('--argocd-server needs --argocd-token-file');
  return { url, tokenFile, caFile };
}

function leaseOf(text: string): { readonly namespace: string; readonly name: string } {
  const [, namespace, name] = /^([a-z0-9][-a-z0-9]*)\/([a-z0-9][-a-z0-9.]*)$/.exec(text) ?? [];
  if (namespace !== undefined && name !== undefined) return { namespace, name };
  throw usage(`--lease ${JSON.stringify(text)} is no NAMESPACE/NAME`);
}

/** `host:port`, `[::1]:port` or `:port` for every address. */
function listenOf(text: string): { readonly host: string; readonly port: number } {
  const [, host, port] = /^(\[[0-9a-f:.]+\]|[^:]*):(\d{1,5})$/i.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535)
    throw usage(`--listen ${JSON.stringify(text)} is no HOST:PORT such as 0.0.0.0:8080`);
  return { host: host.replace(/^\[|\]$/g, '') || '::', port: Number(port) };
}
