import { Agent as HttpAgent } from 'node:http';
import type { RequestOptions } from 'node:https';
import { Agent as HttpsAgent } from 'node:https';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { Cluster } from '@kubernetes/client-node/dist/config_types.js';
import { PluginError } from '../../lib/errors.ts';
import { withTokenFile } from './token-file.ts';

/** Which cluster to connect to. */
export interface ConnectionOptions {
  /** File of the kubeconfig. */
  readonly kubeconfig?: string | undefined;
  /**
   * Used without `kubeconfig`: files with the system's separator between them, as KUBECONFIG holds them. Without either,
   * `~/.kube/config` is read, and where that is missing, the Pod's own service account.
   */
  readonly defaultKubeconfig?: string | undefined;
  /** Context of the kubeconfig; its current one unless given. */
  readonly context?: string | undefined;
}

/** An API server's address, and how to authenticate to it. */
export interface Connection {
  readonly server: URL;
  /** Request options with a credential. Call it for each request: tokens from files, exec plugins and OIDC expire. */
  readonly authenticate: () => Promise<RequestOptions>;
  readonly close: () => void;
}

/** Loads the kubeconfig; sends nothing yet. Fails with KUBECONFIG_INVALID. */
export function connect(options: ConnectionOptions): Connection {
  const config = load(options);
  const cluster = config.getCurrentCluster();
  if (!cluster) {
    throw invalid(
      `there is no context ${JSON.stringify(config.getCurrentContext())} with a cluster in the kubeconfig`,
      'name one that exists with --context: kubectl config get-contexts lists them',
    );
  }
  const server = serverOf(cluster);
  const agents = new Map<string, HttpAgent | HttpsAgent>();
  let pending: Promise<RequestOptions> | null = null;
  return {
    server,
    authenticate: async () => {
      // Concurrent requests share one call: an exec plugin may take a second.
      pending ??= credentials(config).finally(() => {
        pending = null;
      });
      const request = { ...(await pending) };
      if (!cluster.proxyUrl) request.agent = keepAliveAgent(server, request, agents);
      return request;
    },
    close: () => {
      for (const agent of agents.values()) agent.destroy();
    },
  };
}

function load({ kubeconfig, defaultKubeconfig = '', context }: ConnectionOptions): KubeConfig {
  const files =
    kubeconfig === undefined ? defaultKubeconfig.split(delimiter).filter((file) => file !== '') : [kubeconfig];
  const config = new KubeConfig();
  try {
    loadFiles(config, files);
  } catch (cause) {
    const from = kubeconfig ?? 'the default kubeconfig';
    throw invalid(
      `${from} cannot be read: ${firstLine(cause)}`,
      'check the file that --kubeconfig or KUBECONFIG names',
      cause,
    );
  }
  if (files.length === 0 && isFallback(config)) {
    throw invalid(
      'there is no cluster to read: no kubeconfig, and no service account token is mounted',
      "name a kubeconfig with --kubeconfig, or mount the plugin container's token; --snapshot needs neither",
    );
  }
  if (context !== undefined) config.setCurrentContext(context);
  withTokenFile(config, files.length > 0 ? files : [join(homedir(), '.kube/config')]);
  return config;
}

/** Merges the files as client-node does: the last current context holds, and a name that two files define is refused. */
function loadFiles(config: KubeConfig, [first, ...others]: readonly string[]): void {
  if (first === undefined) {
    config.loadFromDefault();
    return;
  }
  config.loadFromFile(first);
  for (const file of others) {
    const other = new KubeConfig();
    other.loadFromFile(file);
    config.mergeConfig(other);
  }
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

/** With nothing configured, client-node falls back to http://localhost:8080 and a user named `user`. */
function isFallback(config: KubeConfig): boolean {
  return config.getCurrentCluster()?.server === 'http://localhost:8080' && config.getCurrentUser()?.name === 'user';
}

async function credentials(config: KubeConfig): Promise<RequestOptions> {
  const request: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(request);
  } catch (cause) {
    throw new PluginError('CLUSTER_UNAUTHORIZED', `cannot get a credential for the cluster: ${firstLine(cause)}`, {
      hint: 'check the user of the kubeconfig: its token file, exec plugin or OIDC settings',
      cause,
    });
  }
  return request;
}

/** Keeps connections alive, which client-node's own agents do not. A changed certificate or CA gets a new agent. */
function keepAliveAgent(
  server: URL,
  { ca, cert, key, rejectUnauthorized, servername }: RequestOptions,
  agents: Map<string, HttpAgent | HttpsAgent>,
): HttpAgent | HttpsAgent {
  const tls = { ca, cert, key, rejectUnauthorized, servername };
  const id = JSON.stringify([String(ca), String(cert), servername]);
  const current = agents.get(id);
  if (current) return current;
  for (const [old, retired] of agents) {
    // Requests under way go on, and end with their signal.
    closeIdle(retired);
    agents.delete(old);
  }
  const agent =
    server.protocol === 'http:' ? new HttpAgent({ keepAlive: true }) : new HttpsAgent({ keepAlive: true, ...tls });
  agents.set(id, agent);
  return agent;
}

function closeIdle({ freeSockets }: HttpAgent | HttpsAgent): void {
  for (const socket of Object.values(freeSockets).flat()) socket?.destroy();
}

function invalid(message: string, hint: string, cause?: unknown): PluginError {
  return new PluginError('KUBECONFIG_INVALID', message, { hint, cause });
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
