import type { Scope } from '../cluster/state.ts';
import { metricsAccesses } from '../serve/http/metrics-access.ts';
import type { MetricsAccess } from '../serve/http/metrics-access.ts';
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
  /** Where Applications are watched. */
  readonly applications: Scope;
  readonly plugin: string;
  readonly act: Act;
  /** Argo CD's API; `null` where Applications are patched instead. */
  readonly argoCd: { readonly url: URL; readonly tokenFile: string; readonly caFile: string | undefined } | null;
  readonly lease: { readonly namespace: string; readonly name: string } | null;
  readonly listen: { readonly host: string; readonly port: number };
  /** `null` for plain HTTP. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null;
  readonly metricsAccess: MetricsAccess;
  readonly shutdownDelayMs: number;
  readonly resyncMs: number;
  readonly logLevel: LogLevel;
}

const options = {
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  policy: { type: 'string' },
  namespaces: { type: 'string', default: '*' },
  'application-namespaces': { type: 'string', default: 'argocd' },
  'plugin-name': { type: 'string', default: 'dynamic-toolset' },
  act: { type: 'string', default: 'sync' },
  'argocd-server': { type: 'string' },
  'argocd-token-file': { type: 'string' },
  'argocd-ca-file': { type: 'string' },
  lease: { type: 'string' },
  listen: { type: 'string', default: '127.0.0.1:8080' },
  'tls-cert-file': { type: 'string' },
  'tls-key-file': { type: 'string' },
  'metrics-access': { type: 'string', default: 'token' },
  'shutdown-delay': { type: 'string', default: '5s' },
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
    applications: scopeOf('--application-namespaces', values['application-namespaces']),
    plugin: values['plugin-name'],
    act: oneOf('--act', values.act, ['sync', 'refresh']) ?? 'sync',
    argoCd: argoCdOf(values['argocd-server'], values['argocd-token-file'], values['argocd-ca-file']),
    lease: values.lease === undefined ? null : leaseOf(values.lease),
    listen: listenOf(values.listen),
    tls: tlsOf(values['tls-cert-file'], values['tls-key-file']),
    metricsAccess: oneOf('--metrics-access', values['metrics-access'], metricsAccesses) ?? 'token',
    shutdownDelayMs: values['shutdown-delay'] === '0s' ? 0 : duration('--shutdown-delay', values['shutdown-delay']),
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

function tlsOf(certFile: string | undefined, keyFile: string | undefined): ServeFlags['tls'] {
  if (certFile === undefined && keyFile === undefined) return null;
  if (certFile === undefined) throw usage('--tls-key-file needs --tls-cert-file');
  if (keyFile === undefined) throw usage('--tls-cert-file needs --tls-key-file');
  return { certFile, keyFile };
}

/** `host:port`, `[::1]:port` or `:port` for every address. */
function listenOf(text: string): { readonly host: string; readonly port: number } {
  const [, host, port] = /^(\[[0-9a-f:.]+\]|[^:]*):(\d{1,5})$/i.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535)
    throw usage(`--listen ${JSON.stringify(text)} is no HOST:PORT such as 0.0.0.0:8080`);
  return { host: host.replace(/^\[|\]$/g, '') || '::', port: Number(port) };
}
