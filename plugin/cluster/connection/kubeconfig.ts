import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { Cluster } from '@kubernetes/client-node/dist/config_types.js';
import { codeOf, PluginError, reasonOf } from '../../lib/errors.ts';
import { KeptAgents } from './agents.ts';
import type { Connection } from './connection.ts';
import { withTokenFile } from './token-file.ts';

/** Paths in the order of their precedence. */
export type Files = readonly [string, ...string[]];

/** Loads kubeconfigs; sends nothing yet. Fails with KUBECONFIG_INVALID. */
export function connectByKubeconfig(files: Files, context?: string): Connection {
  const config = load(files, context);
  const cluster = config.getCurrentCluster();
  if (!cluster) {
    throw invalid(
      `there is no context ${JSON.stringify(config.getCurrentContext())} with a cluster in the kubeconfig`,
      'name one that exists with --context: kubectl config get-contexts lists them',
    );
  }
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
  try {
    loadFiles(config, files);
  } catch (cause) {
    throw invalid(
      `${files.join(', ')} cannot be read: ${codeOf(cause) === '' ? firstLine(cause) : reasonOf(cause)}`,
      'check the file that --kubeconfig or KUBECONFIG names',
      cause,
    );
  }
  if (context !== undefined) config.setCurrentContext(context);
  withTokenFile(config, files);
  return config;
}

/** Merges the files as client-node does: the last current context holds, and a name that two files define is refused. */
function loadFiles(config: KubeConfig, [first, ...others]: Files): void {
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

function invalid(message: string, hint: string, cause?: unknown): PluginError {
  return new PluginError('KUBECONFIG_INVALID', message, { hint, cause });
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
