import { gitWebs } from '../../argocd/links.ts';
import type { GitHosts } from '../../argocd/links.ts';
import type { ApiServerAddress, ProcessVariables } from '../../cluster/connection/connection.ts';
import type { NamespaceScope } from '../../cluster/types.ts';
import { logLevels, metricsAccesses } from '../../serve/flag-values.ts';
import type { LogLevel } from '../../serve/flag-values.ts';
import type { ServeOptions } from '../../serve/serve-options.ts';
import { duration, oneOf, parseOptions } from './flags.ts';
import type { Option } from './options.ts';
import { options } from './options.ts';
import { otherClustersOf } from './other-clusters.ts';
import type { OtherClusterFlags } from './other-clusters.ts';
import { expected, usage } from './usage.ts';
import type { Environment } from './environment.ts';

/** The parsed flags of `serve`. */
export interface ServeFlags extends OtherClusterFlags, Pick<ServeOptions, GivenOption> {
  readonly kubeconfig: string | undefined;
  /** Files to read if `kubeconfig` names none: the value of KUBECONFIG. */
  readonly defaultKubeconfig: string | undefined;
  readonly apiServer: ApiServerAddress | null;
  /** Variables of this process. */
  readonly variables: ProcessVariables | undefined;
  readonly context: string | undefined;
  readonly policy: string | undefined;
  /** Argo CD's API; `null` to patch Applications instead. */
  readonly argoCd: { readonly url: URL; readonly tokenFile: string; readonly caFile: string | undefined } | null;
  readonly lease: { readonly namespace: string; readonly name: string } | null;
  readonly logLevel: LogLevel;
}

/** Options of `serve` that a flag sets directly. */
type GivenOption =
  | 'scope'
  | 'configMaps'
  | 'applications'
  | 'argoCdNamespace'
  | 'ownClusters'
  | 'plugin'
  | 'argoCdUrl'
  | 'gitHosts'
  | 'syncMode'
  | 'listen'
  | 'tls'
  | 'extensionSecretFile'
  | 'metricsAccess'
  | 'shutdownDelayMs'
  | 'resyncMs';

/** The flags of `serve`. docs/serve.md is generated from them, too. */
export const serveOptions = {
  kubeconfig: {
    type: 'string',
    value: 'FILE',
    about: "kubeconfig file; by default KUBECONFIG, ~/.kube/config, then the Pod's service account",
  },
  context: { type: 'string', value: 'NAME', about: 'kubeconfig context' },
  policy: { type: 'string', value: 'FILE', about: "the plugin's policy, so that discovery runs under the same one" },
  namespaces: {
    type: 'string',
    value: 'NAMES',
    default: '*',
    about: 'namespaces to watch Services in, separated by commas; * for all',
  },
  'configmap-namespaces': {
    type: 'string',
    value: 'NAMES',
    about: 'namespaces to watch generated ConfigMaps in; by default those of --namespaces',
  },
  'application-namespaces': {
    type: 'string',
    value: 'NAMES',
    default: 'argocd',
    about: 'namespaces to watch Applications in',
  },
  'argocd-namespace': {
    type: 'string',
    value: 'NAME',
    about: "Argo CD's namespace; by default that of --application-namespaces if it names just one, else argocd",
  },
  'own-cluster': options['own-cluster'],
  clusters: options.clusters,
  'cluster-secret': options['cluster-secret'],
  'allow-any-cluster': options['allow-any-cluster'],
  'allow-insecure-clusters': options['allow-insecure-clusters'],
  'allow-service-proxy': options['allow-service-proxy'],
  'cluster-exec': options['cluster-exec'],
  'plugin-name': {
    type: 'string',
    value: 'NAME',
    default: 'dynamic-toolset',
    about: 'name of the plugin in plugin.yaml, which Applications refer to',
  },
  act: {
    type: 'string',
    value: 'KIND',
    default: 'sync',
    about: 'sync requests a refresh, then a sync; refresh leaves the sync to self-heal',
  },
  'argocd-server': {
    type: 'string',
    value: 'URL',
    about: "URL of Argo CD's API; without it, Applications are patched instead",
  },
  'argocd-token-file': { type: 'string', value: 'FILE', about: 'file with the token of an Argo CD account' },
  'argocd-ca-file': { type: 'string', value: 'FILE', about: "CA certificate of Argo CD's API" },
  'argocd-url': {
    type: 'string',
    value: 'URL',
    about: "URL of Argo CD's UI, for links on the page; without it, there are none",
  },
  'git-web': {
    type: 'string',
    value: 'HOST=KIND',
    multiple: true,
    about: 'what your own Git host runs, for links to commits: github, gitlab, gitea or bitbucket; may be repeated',
  },
  lease: {
    type: 'string',
    value: 'NAMESPACE/NAME',
    about: 'Lease that elects the one replica that acts; without it, this one does',
  },
  listen: {
    type: 'string',
    value: 'HOST:PORT',
    default: '127.0.0.1:8080',
    about: 'address to serve health, metrics and the API on; :8080 for every interface',
  },
  'tls-cert-file': {
    type: 'string',
    value: 'FILE',
    about: 'serve HTTPS with this certificate, reloaded when it changes',
  },
  'tls-key-file': { type: 'string', value: 'FILE', about: 'its private key' },
  'argocd-extension-secret-file': {
    type: 'string',
    value: 'FILE',
    about: "file with the secret that authenticates requests from Argo CD's UI; without it, they are refused",
  },
  'metrics-access': {
    type: 'string',
    value: 'KIND',
    default: 'token',
    about: 'token: /metrics needs a bearer token, like the API; anonymous: it needs none',
  },
  'shutdown-delay': {
    type: 'string',
    value: 'TIME',
    default: '5s',
    about: 'how long to keep answering as not ready on shutdown, until no more requests arrive',
  },
  resync: {
    type: 'string',
    value: 'TIME',
    default: '10m',
    about: 'how often to list everything again, in case a watch missed something',
  },
  'log-level': {
    type: 'string',
    value: 'LEVEL',
    default: 'info',
    about: 'debug, info, warn or error',
  },
} as const satisfies Readonly<Record<string, Option>>;

const minResyncMs = 10_000;

/** Fails with USAGE. */
export function parseServeFlags(args: readonly string[], environment: Environment = {}): ServeFlags {
  const values = parseOptions(args, serveOptions);
  const resyncMs = duration('--resync', values.resync);
  if (resyncMs < minResyncMs) throw usage.invalid('--resync', values.resync, expected.resync);
  const applications = scopeOf('--application-namespaces', values['application-namespaces']);
  return {
    kubeconfig: values.kubeconfig,
    defaultKubeconfig: environment.kubeconfig,
    apiServer: environment.apiServer ?? null,
    variables: environment.variables,
    context: values.context,
    policy: values.policy,
    ...otherClustersOf(values),
    scope: scopeOf('--namespaces', values.namespaces),
    configMaps: scopeOf('--configmap-namespaces', values['configmap-namespaces'] ?? values.namespaces),
    applications,
    argoCdNamespace: argoCdNamespaceOf(values['argocd-namespace'], applications),
    ownClusters: values['own-cluster'] ?? [],
    plugin: values['plugin-name'],
    argoCdUrl: values['argocd-url'] === undefined ? null : argoCdUrlOf(values['argocd-url']),
    gitHosts: gitHostsOf(values['git-web'] ?? []),
    syncMode: oneOf('--act', values.act, ['sync', 'refresh']) ?? 'sync',
    argoCd: argoCdOf(values['argocd-server'], values['argocd-token-file'], values['argocd-ca-file']),
    lease: values.lease === undefined ? null : leaseOf(values.lease),
    listen: listenOf(values.listen),
    tls: tlsOf(values['tls-cert-file'], values['tls-key-file']),
    extensionSecretFile: values['argocd-extension-secret-file'] ?? null,
    metricsAccess: oneOf('--metrics-access', values['metrics-access'], metricsAccesses) ?? 'token',
    shutdownDelayMs: values['shutdown-delay'] === '0s' ? 0 : duration('--shutdown-delay', values['shutdown-delay']),
    resyncMs,
    logLevel: oneOf('--log-level', values['log-level'], logLevels) ?? 'info',
  };
}

const namespaceForm = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

function argoCdNamespaceOf(text: string | undefined, applications: NamespaceScope): string {
  const only = applications === 'cluster' || applications.length > 1 ? undefined : applications[0];
  const namespace = text ?? only ?? 'argocd';
  if (namespaceForm.test(namespace)) return namespace;
  throw usage.invalid('--argocd-namespace', namespace, expected.namespace);
}

function scopeOf(flag: string, text: string): NamespaceScope {
  if (text === '*') return 'cluster';
  const names = text.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !namespaceForm.test(name));
  if (wrong === undefined) return [...new Set(names)].sort();
  throw usage.invalid(flag, text, expected.namespaces);
}

function argoCdOf(
  server: string | undefined,
  tokenFile: string | undefined,
  caFile: string | undefined,
): ServeFlags['argoCd'] {
  if (server === undefined) {
    const alone = tokenFile === undefined ? caFile && '--argocd-ca-file' : '--argocd-token-file';
    if (alone !== undefined) throw usage.flagMissing(alone, '--argocd-server');
    return null;
  }
  const url = URL.parse(server);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw usage.invalid('--argocd-server', server, expected.argoCdServer);
  if (tokenFile === undefined) throw usage.flagMissing('--argocd-server', '--argocd-token-file');
  return { url, tokenFile, caFile };
}

/** Adds a trailing slash, for relative links. */
function argoCdUrlOf(text: string): URL {
  const url = URL.parse(text);
  const isPlain = url !== null && [url.username, url.password, url.search, url.hash].every((part) => part === '');
  if (!isPlain || !/^https?:$/.test(url.protocol)) throw usage.invalid('--argocd-url', text, expected.argoCdUrl);
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

/** `HOST=KIND`, the host with its port unless that is 443. */
function gitHostsOf(texts: readonly string[]): GitHosts {
  const pairs = texts.map((text) => {
    const [, host, kind] = /^([a-z0-9][a-z0-9.-]*(?::\d{1,5})?)=(.*)$/.exec(text) ?? [];
    const web = gitWebs.find((one) => one === kind);
    if (host === undefined || web === undefined) throw usage.invalid('--git-web', text, expected.gitWeb);
    return [host, web] as const;
  });
  return Object.fromEntries(pairs);
}

function leaseOf(text: string): { readonly namespace: string; readonly name: string } {
  const [, namespace, name] = /^([a-z0-9][-a-z0-9]*)\/([a-z0-9][-a-z0-9.]*)$/.exec(text) ?? [];
  if (namespace !== undefined && name !== undefined) return { namespace, name };
  throw usage.invalid('--lease', text, expected.lease);
}

function tlsOf(certFile: string | undefined, keyFile: string | undefined): ServeFlags['tls'] {
  if (certFile === undefined && keyFile === undefined) return null;
  if (certFile === undefined) throw usage.flagMissing('--tls-key-file', '--tls-cert-file');
  if (keyFile === undefined) throw usage.flagMissing('--tls-cert-file', '--tls-key-file');
  return { certFile, keyFile };
}

/** `host:port`, `[::1]:port`, or `:port` for all addresses. */
function listenOf(text: string): ServeFlags['listen'] {
  const [, host, port] = /^(\[[0-9a-f:.]+\]|[^:]*):(\d{1,5})$/i.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) throw usage.invalid('--listen', text, expected.listen);
  return { host: host.replace(/^\[|\]$/g, '') || null, port: Number(port) };
}
