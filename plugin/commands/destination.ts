import { applicationName } from '../argocd/application.ts';
import { destinationOf, otherClusterOf, ownCluster } from '../argocd/destination.ts';
import type { Connection } from '../cluster/connection/connection.ts';
import { podNamespace } from '../cluster/connection/in-cluster.ts';
import { reader } from '../cluster/http/api-client.ts';
import { objectPath } from '../cluster/http/resource-path.ts';
import type { Diagnostic } from '../lib/diagnostic.ts';
import { isPluginError, PluginError } from '../lib/errors.ts';
import { asObject } from '../lib/json.ts';
import { keyOf } from '../lib/object-key.ts';
import type { Flags } from './flags/flags.ts';

/**
 * Argo CD tells a plugin nothing of the cluster that its Application deploys to, so the Application itself is read: its ConfigMap would
 * otherwise hold the addresses of this cluster. Fails with WRONG_CLUSTER; answers a warning where the Application may not be read.
 */
export async function checkDestination(
  connection: Connection,
  { argoCdApplication, ownClusters }: Pick<Flags, 'argoCdApplication' | 'ownClusters'>,
  signal: AbortSignal,
): Promise<readonly Diagnostic[]> {
  if (argoCdApplication === undefined) return [];
  const application = applicationName(argoCdApplication, podNamespace());
  const found = await getApplication(connection, application, signal);
  if (found === 'Forbidden' || found === 'NotFound') return [unchecked(keyOf(application), found)];
  const { server } = connection;
  const cluster = otherClusterOf(destinationOf(asObject(found.spec)), [server.href, ...ownClusters]);
  if (cluster === null) return [];
  throw new PluginError(
    'WRONG_CLUSTER',
    `the Application ${keyOf(application)} deploys to the cluster ${JSON.stringify(cluster)}, and the one that is read is ${server.origin}`,
    {
      hint: `set spec.destination to ${ownCluster.server}; if both are the same cluster, add --own-cluster ${cluster} to the command in plugin.yaml`,
    },
  );
}

async function getApplication(
  connection: Connection,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<ReturnType<typeof asObject> | 'Forbidden' | 'NotFound'> {
  const resource = { group: 'argoproj.io', resource: 'applications', verb: 'get', namespace, name } as const;
  const answer = await reader(connection, signal)(objectPath(resource, name), resource).catch(forbidden);
  if (answer === 'Forbidden') return answer;
  return answer.status === 200 ? asObject(answer.body) : 'NotFound';
}

function forbidden(error: unknown): 'Forbidden' {
  if (isPluginError(error) && error.code === 'CLUSTER_FORBIDDEN') return 'Forbidden';
  throw error;
}

const why = {
  Forbidden: {
    message: 'may not be read',
    hint: 'grant get on applications.argoproj.io: kubectl apply -k manifests/rbac/cluster, or manifests/rbac/application for one namespace',
  },
  NotFound: {
    message: 'is not in the cluster that is read',
    hint: "run the plugin in Argo CD's own cluster, with the namespace of Argo CD mounted as manifests/sidecar does",
  },
} as const;

function unchecked(application: string, reason: keyof typeof why): Diagnostic {
  const { message, hint } = why[reason];
  return {
    severity: 'warning',
    code: 'DESTINATION_UNCHECKED',
    message: `the Application ${application} ${message}: whether it deploys to this cluster is not checked`,
    hint,
  };
}
