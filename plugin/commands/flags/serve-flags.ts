import { gitWebs } from '../../argocd/links.ts';
import type { GitHosts, GitWeb } from '../../argocd/links.ts';
import type { TokenServer } from '../../cluster/connection/token-connection.ts';
import type { NamespaceScope } from '../../cluster/types.ts';
import { logLevels, metricsAccesses } from '../../serve/flag-values.ts';
import type { ServeOptions } from '../../serve/serve-options.ts';
import type { Environment } from './environment.ts';
import type { ParsedFlags } from './flags.ts';
import { parseFlags } from './flags.ts';
import type { Option } from './options.ts';
import { optionsNamed, otherClusterFlags } from './options.ts';
import { expected, usage } from './usage.ts';
import { duration, durationOrNone, oneOf, serverUrl } from './values.ts';

/** The flags of `serve`. docs/serve.md is generated from them, too. */
export const serveOptions = {
  ...optionsNamed(['kubeconfig', 'context']),
  policy: { type: 'string', value: 'FILE', about: "the plugin's policy, so that discovery runs under the same one" },
  namespaces: {
    type: 'string',
    value: 'NAMES',
    default: '*',
    parse: scopeOf,
    field: 'scope',
    about: 'namespaces to watch Services in, separated by commas; * for all',
  },
  'configmap-namespaces': {
    type: 'string',
    value: 'NAMES',
    parse: scopeOf,
    field: 'configMaps',
    about: 'namespaces to watch generated ConfigMaps in; by default those of --namespaces',
  },
  'application-namespaces': {
    type: 'string',
    value: 'NAMES',
    default: 'argocd',
    parse: scopeOf,
    field: 'applications',
    about: 'namespaces to watch Applications in',
  },
  'argocd-namespace': {
    type: 'string',
    value: 'NAME',
    parse: namespaceName,
    field: 'argoCdNamespace',
    about: "Argo CD's namespace; by default that of --application-namespaces if it names just one, else argocd",
  },
  ...optionsNamed(['own-cluster', ...otherClusterFlags]),
  'plugin-name': {
    type: 'string',
    value: 'NAME',
    default: 'dynamic-toolset',
    field: 'plugin',
    about: 'name of the plugin in plugin.yaml, which Applications refer to',
  },
  act: {
    type: 'string',
    value: 'KIND',
    default: 'sync',
    parse: wordOf(['sync', 'refresh']),
    field: 'syncMode',
    about: 'sync requests a refresh, then a sync; refresh leaves the sync to self-heal',
  },
  'argocd-server': {
    type: 'string',
    value: 'URL',
    parse: argoCdServer,
    about: "URL of Argo CD's API; without it, Applications are patched instead",
  },
  'argocd-token-file': { type: 'string', value: 'FILE', about: 'file with the token of an Argo CD account' },
  'argocd-ca-file': { type: 'string', value: 'FILE', about: "CA certificate of Argo CD's API" },
  'argocd-url': {
    type: 'string',
    value: 'URL',
    parse: argoCdUrl,
    field: 'argoCdUrl',
    about: "URL of Argo CD's UI, for links on the page; without it, there are none",
  },
  'git-web': {
    type: 'string',
    value: 'HOST=KIND',
    multiple: true,
    parse: gitHost,
    field: 'gitHosts',
    about: 'what your own Git host runs, for links to commits: github, gitlab, gitea or bitbucket; may be repeated',
  },
  lease: {
    type: 'string',
    value: 'NAMESPACE/NAME',
    parse: leaseOf,
    about: 'Lease that elects the one replica that acts; without it, this one does',
  },
  listen: {
    type: 'string',
    value: 'HOST:PORT',
    default: '127.0.0.1:8080',
    parse: listenOf,
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
    field: 'extensionSecretFile',
    about: "file with the secret that authenticates requests from Argo CD's UI; without it, they are refused",
  },
  'metrics-access': {
    type: 'string',
    value: 'KIND',
    default: 'token',
    parse: wordOf(metricsAccesses),
    about: 'token: /metrics needs a bearer token, like the API; anonymous: it needs none',
  },
  'shutdown-delay': {
    type: 'string',
    value: 'TIME',
    default: '5s',
    parse: durationOrNone,
    field: 'shutdownDelayMs',
    about: 'how long to keep answering as not ready on shutdown, until no more requests arrive',
  },
  resync: {
    type: 'string',
    value: 'TIME',
    default: '10m',
    parse: resyncOf,
    field: 'resyncMs',
    about: 'how often to list everything again, in case a watch missed something',
  },
  'log-level': {
    type: 'string',
    value: 'LEVEL',
    default: 'info',
    parse: wordOf(logLevels),
    about: 'debug, info, warn or error',
  },
} as const satisfies Readonly<Record<string, Option>>;

type Parsed = ParsedFlags<typeof serveOptions>;

/** The parsed flags of `serve`, each in accordance with the others. */
export interface ServeFlags extends Omit<
  Parsed,
  'configMaps' | 'argoCdNamespace' | 'argoCdUrl' | 'gitHosts' | 'lease' | 'extensionSecretFile'
> {
  readonly configMaps: NamespaceScope;
  readonly argoCdNamespace: string;
  readonly argoCdUrl: URL | null;
  readonly gitHosts: GitHosts;
  /** Argo CD's API; `null` to patch Applications instead. */
  readonly argoCd: TokenServer | null;
  readonly lease: NonNullable<Parsed['lease']> | null;
  readonly tls: ServeOptions['tls'];
  readonly extensionSecretFile: string | null;
}

/** Fails with USAGE. */
export function parseServeFlags(args: readonly string[], environment: Environment = {}): ServeFlags {
  const flags = parseFlags(args, serveOptions, environment);
  const { scope, applications, configMaps = scope, lease = null, extensionSecretFile = null } = flags;
  const [only] = applications === 'cluster' || applications.length > 1 ? [] : applications;
  return {
    ...flags,
    configMaps,
    argoCdNamespace: flags.argoCdNamespace ?? only ?? 'argocd',
    argoCdUrl: flags.argoCdUrl ?? null,
    gitHosts: Object.fromEntries(flags.gitHosts),
    argoCd: argoCdOf(flags),
    lease,
    tls: tlsOf(flags),
    extensionSecretFile,
  };
}

function wordOf<const Word extends string>(words: readonly Word[]): (flag: string, text: string) => Word {
  return (flag, text) => oneOf(flag, text, words);
}

const namespaceForm = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

function namespaceName(flag: string, text: string): string {
  if (namespaceForm.test(text)) return text;
  throw usage.invalid(flag, text, expected.namespace);
}

function scopeOf(flag: string, text: string): NamespaceScope {
  if (text === '*') return 'cluster';
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => namespaceForm.test(name))) return [...new Set(names)].sort();
  throw usage.invalid(flag, text, expected.namespaces);
}

const minResyncMs = 10_000;

function resyncOf(flag: string, text: string): number {
  const ms = duration(flag, text);
  if (ms < minResyncMs) throw usage.invalid(flag, text, expected.resync);
  return ms;
}

function argoCdServer(flag: string, text: string): URL {
  return serverUrl(flag, text, expected.argoCdServer);
}

function argoCdOf({ argocdServer: url, argocdTokenFile: tokenFile, argocdCaFile: caFile }: Parsed): TokenServer | null {
  if (url === undefined) {
    const alone = tokenFile === undefined ? caFile && '--argocd-ca-file' : '--argocd-token-file';
    if (alone !== undefined) throw usage.flagMissing(alone, '--argocd-server');
    return null;
  }
  if (tokenFile === undefined) throw usage.flagMissing('--argocd-server', '--argocd-token-file');
  return { url, tokenFile, caFile };
}

/** Adds a trailing slash, for relative links. */
function argoCdUrl(flag: string, text: string): URL {
  const url = serverUrl(flag, text, expected.argoCdUrl);
  if (url.search !== '' || url.hash !== '') throw usage.invalid(flag, text, expected.argoCdUrl);
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

/** `HOST=KIND`, the host with its port unless that is 443. */
function gitHost(flag: string, text: string): readonly [host: string, kind: GitWeb] {
  const [, host, kind] = /^([a-z0-9][a-z0-9.-]*(?::\d{1,5})?)=(.*)$/.exec(text) ?? [];
  const web = gitWebs.find((one) => one === kind);
  if (host !== undefined && web !== undefined) return [host, web];
  throw usage.invalid(flag, text, expected.gitWeb);
}

function leaseOf(flag: string, text: string): { readonly namespace: string; readonly name: string } {
  const [, namespace, name] = /^([a-z0-9][-a-z0-9]*)\/([a-z0-9][-a-z0-9.]*)$/.exec(text) ?? [];
  if (namespace !== undefined && name !== undefined) return { namespace, name };
  throw usage.invalid(flag, text, expected.lease);
}

function tlsOf({ tlsCertFile: certFile, tlsKeyFile: keyFile }: Parsed): ServeOptions['tls'] {
  if (certFile === undefined && keyFile === undefined) return null;
  if (certFile === undefined) throw usage.flagMissing('--tls-key-file', '--tls-cert-file');
  if (keyFile === undefined) throw usage.flagMissing('--tls-cert-file', '--tls-key-file');
  return { certFile, keyFile };
}

/** `host:port`, `[::1]:port`, or `:port` for all addresses. */
function listenOf(flag: string, text: string): ServeOptions['listen'] {
  const [, host, port] = /^(\[[0-9a-f:.]+\]|[^:]*):(\d{1,5})$/i.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) throw usage.invalid(flag, text, expected.listen);
  return { host: host.replace(/^\[|\]$/g, '') || null, port: Number(port) };
}
