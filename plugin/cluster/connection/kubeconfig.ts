import { readFileSync } from 'node:fs';
import type { OutgoingHttpHeaders } from 'node:http';
import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { Cluster } from '@kubernetes/client-node/dist/config_types.js';
import { parse } from 'yaml';
import { asObject } from '../../lib/json.ts';
import { codeOf, isPluginError, PluginError, reasonOf } from '../../lib/errors.ts';
import { KeptAgents } from './agents.ts';
import type { Connection, ConnectionOptions } from './connection.ts';
import { parseProxy } from '../../lib/http/proxy-url.ts';
import { proxyByEnvironment } from './proxy.ts';
import type { KubeconfigFile } from './kubeconfig-user.ts';
import { completeUser } from './kubeconfig-user.ts';

/** Paths in order of precedence. */
export type Files = readonly [string, ...string[]];

/** The loaded kubeconfigs, and the headers that client-node does not send itself. */
interface LoadedKubeconfig {
  readonly config: KubeConfig;
  readonly cluster: Cluster;
  /** `null` for a direct connection. */
  readonly proxy: URL | null;
  readonly headers: OutgoingHttpHeaders;
}

type KubeconfigOptions = Pick<ConnectionOptions, 'context' | 'variables'>;

/** Loads kubeconfigs; sends nothing yet. Fails with KUBECONFIG_INVALID, and CLUSTER_UNAUTHORIZED for a command that needs a terminal. */
export function connectByKubeconfig(files: Files, options: KubeconfigOptions = {}): Connection {
  let loaded = load(files, options);
  let isRejected = false;
  const server = serverOf(loaded.cluster);
  const agents = new KeptAgents(server);
  let pending: Promise<RequestOptions> | null = null;
  return {
    server,
    authenticate: async () => {
      if (isRejected) {
        // Loads anew, which drops credentials cached from a command or an identity provider.
        const now = load(files, options);
        if (now.cluster.server === loaded.cluster.server) loaded = now;
        isRejected = false;
      }
      // Concurrent requests share one call: an exec plugin may take a second.
      pending ??= credentials(loaded).finally(() => {
        pending = null;
      });
      const request = await pending;
      return { ...request, agent: await agents.agentFor(request, loaded.proxy) };
    },
    rejected: () => {
      isRejected = true;
    },
    close: () => {
      agents.close();
    },
  };
}

function load(files: Files, { context, variables = {} }: KubeconfigOptions): LoadedKubeconfig {
  const config = new KubeConfig();
  const written = files.map((file) => read(file));
  // The first of two entries with the same name wins, and so does the first current context.
  const all = written.map(({ config: one }) => one);
  config.loadFromOptions({
    clusters: firstOfEach(all.flatMap(({ clusters }) => clusters.map(dataBeforeFile))),
    contexts: firstOfEach(all.flatMap(({ contexts }) => contexts)),
    users: firstOfEach(all.flatMap(({ users }) => users.map(dataBeforeFile))),
    currentContext: context ?? all.find(({ currentContext }) => currentContext)?.currentContext,
  });
  const cluster = config.getCurrentCluster();
  if (!cluster) {
    throw invalid(
      `there is no context ${JSON.stringify(config.getCurrentContext())} with a cluster in the kubeconfig`,
      'name one that exists with --context: kubectl config get-contexts lists them',
    );
  }
  const { proxyUrl = '', ...direct } = cluster;
  // With `proxyUrl`, client-node would create its own agents, which never notice a renewed certificate.
  config.clusters = [direct];
  const proxy = proxyUrl === '' ? proxyByEnvironment(serverOf(direct), variables) : proxyOf(proxyUrl);
  return { config, cluster: direct, proxy, headers: completeUser(config, written, variables) };
}

/** What an entry of a kubeconfig may hold in place of a file. */
interface InlineData {
  readonly caData?: string;
  readonly certData?: string;
  readonly keyData?: string;
}

/** Inline data wins over a file, as in kubectl. client-node would read the file, which may exist on another machine only. */
function dataBeforeFile<T extends InlineData>(entry: T): T {
  const { caData, certData, keyData } = entry;
  return {
    ...entry,
    ...(caData ? { caFile: undefined } : {}),
    ...(certData ? { certFile: undefined } : {}),
    ...(keyData ? { keyFile: undefined } : {}),
  };
}

function firstOfEach<T extends { readonly name: string }>(entries: readonly T[]): T[] {
  return entries.filter(({ name }, index) => entries.findIndex((one) => one.name === name) === index);
}

/** Skips an entry that lacks something: another context may be the one in use. */
function read(path: string): KubeconfigFile & { readonly config: KubeConfig } {
  const config = new KubeConfig();
  try {
    const content: unknown = parse(readFileSync(path, 'utf8'));
    // An empty file is a kubeconfig without entries.
    if (content !== null) config.loadFromFile(path, { onInvalidEntry: 'filter' });
    return { path, content: asObject(content), config };
  } catch (cause) {
    throw invalid(
      `${path} cannot be read: ${codeOf(cause) === '' ? firstLine(cause) : reasonOf(cause)}`,
      'check the file that --kubeconfig or KUBECONFIG names',
      cause,
    );
  }
}

function proxyOf(written: string): URL {
  const proxy = parseProxy(written);
  if (proxy) return proxy;
  // The value may contain a password.
  throw invalid(
    "the kubeconfig's proxy-url is not the URL of a proxy",
    'write it as http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT',
  );
}

/** Plain HTTP needs `insecure-skip-tls-verify` in the cluster's entry, as in client-node: it would expose the token. */
function serverOf({ server, skipTLSVerify }: Cluster): URL {
  const url = URL.parse(server);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && skipTLSVerify)) return url;
  throw invalid(
    `the kubeconfig's server ${JSON.stringify(server)} is not an https URL`,
    'set server of the cluster, such as https://host:6443; plain http needs insecure-skip-tls-verify: true there',
  );
}

async function credentials({ config, headers }: LoadedKubeconfig): Promise<RequestOptions> {
  const request: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(request);
    request.headers = { ...(request.headers as OutgoingHttpHeaders | undefined), ...headers };
  } catch (cause) {
    if (isPluginError(cause)) throw cause;
    throw new PluginError('CLUSTER_UNAUTHORIZED', `cannot get a credential for the cluster: ${firstLine(cause)}`, {
      hint: 'check the user of the kubeconfig: its token file, exec plugin or OIDC settings',
      cause,
    });
  }
  return request;
}

function invalid(message: string, hint: string, cause?: unknown): PluginError {
  return new PluginError('KUBECONFIG_INVALID', message, { hint, cause });
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
