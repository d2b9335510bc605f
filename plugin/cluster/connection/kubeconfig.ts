import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { Cluster } from '@kubernetes/client-node/dist/config_types.js';
import { codeOf, PluginError, reasonOf } from '../../lib/errors.ts';
import { didYouMean, shortened } from '../../lib/text.ts';
import { KeptAgents } from './agents.ts';
import type { Connection } from './connection.ts';
import { withTokenFile } from './token-file.ts';

/** Paths in the order of their precedence. */
export type Files = readonly [string, ...string[]];

/** Loads kubeconfigs; sends nothing yet. Fails with KUBECONFIG_INVALID. */
export function connectByKubeconfig(files: Files, context?: string): Connection {
  const config = load(files, context);
  const cluster = config.getCurrentCluster();
  if (!cluster) throw withoutCluster(config);
  const server = serverOf(cluster);
  const agents = new KeptAgents(server);
  let pending: Promise<RequestOptions> | null = null;
  return {
    server,
    authenticate: async () => {
      // Concurrent requests share one call: an exec plugin may take a second.
      pending ??= credentials(config).finally(() => {
        pending = null;
      });
      const request = { ...(await pending) };
      if (!cluster.proxyUrl) request.agent = agents.agentFor(request);
      return request;
    },
    close: () => {
      agents.close();
    },
  };
}

function load(files: Files, context: string | undefined): KubeConfig {
  const config = new KubeConfig();
  loadFiles(config, files);
  if (context !== undefined) config.setCurrentContext(context);
  withTokenFile(config, files);
  return config;
}

/** Merges the files as client-node does: the last current context holds, and a name that two files define is refused. */
function loadFiles(config: KubeConfig, [first, ...others]: Files): void {
  loadFile(first, () => {
    config.loadFromFile(first);
  });
  for (const file of others) {
    loadFile(file, () => {
      const other = new KubeConfig();
      other.loadFromFile(file);
      config.mergeConfig(other);
    });
  }
}

function loadFile(file: string, work: () => void): void {
  try {
    work();
  } catch (cause) {
    throw invalid(
      `the kubeconfig ${file} cannot be read: ${codeOf(cause) === '' ? firstLine(cause) : reasonOf(cause)}`,
      'check the file that --kubeconfig or KUBECONFIG names',
      cause,
    );
  }
}

/** Contexts that a hint lists. */
const maxContexts = 10;

function withoutCluster(config: KubeConfig): PluginError {
  // client-node's type says that there is always one.
  const chosen = (config.getCurrentContext() as string | undefined) ?? '';
  const context = config.getContextObject(chosen);
  const names = config.getContexts().map(({ name }) => name);
  if (context) {
    return invalid(
      `the context ${JSON.stringify(chosen)} of the kubeconfig names the cluster ${JSON.stringify(context.cluster)}, which it lacks`,
      'name another context with --context, or add the cluster: kubectl config get-contexts lists both',
    );
  }
  const meant = didYouMean(chosen, names);
  const contexts = names.length > 0 ? `contexts are ${shortened(names, maxContexts).join(', ')}` : 'it has no contexts';
  const message = chosen
    ? `there is no context ${JSON.stringify(chosen)} in the kubeconfig`
    : 'the kubeconfig has no current context';
  return invalid(
    meant === null ? message : `${message}, did you mean ${JSON.stringify(meant)}?`,
    `name one with --context; ${contexts}`,
  );
}

/** As in client-node, plain HTTP needs `insecure-skip-tls-verify` in the cluster's entry, for it would show the token. */
function serverOf({ server, skipTLSVerify }: Cluster): URL {
  const url = URL.parse(server);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && skipTLSVerify)) return url;
  throw invalid(
    `the kubeconfig's server ${JSON.stringify(server)} is not an https URL`,
    'set server of the cluster, such as https://host:6443; plain http needs insecure-skip-tls-verify: true there',
  );
}

async function credentials(config: KubeConfig): Promise<RequestOptions> {
  const request: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(request);
  } catch (cause) {
    throw new PluginError('CLUSTER_UNAUTHORIZED', `cannot get a credential for the cluster: ${reasonFor(cause)}`, {
      hint: 'check the user of the kubeconfig: its token file, exec plugin or OIDC settings',
      cause,
    });
  }
  return request;
}

/** Names the file or the program that is at fault. */
function reasonFor(cause: unknown): string {
  if (codeOf(cause) === '') return firstLine(cause);
  const { path = '', syscall = '' } = cause as NodeJS.ErrnoException;
  if (!syscall.startsWith('spawn')) return `${path} cannot be read: ${reasonOf(cause)}`;
  return codeOf(cause) === 'ENOENT' ? `the exec plugin ${path} is not installed` : `${path}: ${firstLine(cause)}`;
}

function invalid(message: string, hint: string, cause?: unknown): PluginError {
  return new PluginError('KUBECONFIG_INVALID', message, { hint, cause });
}

/** The first line that says something: an exec plugin may print an empty one before it. */
function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n').find((line) => line.trim() !== '') ?? '';
}
