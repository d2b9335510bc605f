import { applicationName } from '../../argocd/application.ts';
import type { Destination } from '../../argocd/destination.ts';
import { deploysTo, destinationOf, otherClusterOf } from '../../argocd/destination.ts';
import type { Connection } from '../../cluster/connection/connection.ts';
import type { NamedCluster } from '../../cluster/named/named-cluster.ts';
import { podNamespace } from '../../cluster/connection/in-cluster.ts';
import { reader } from '../../cluster/http/api-client.ts';
import { objectPath } from '../../cluster/http/resource-path.ts';
import { ownCluster } from '../../lib/cluster-name.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { isPluginError, PluginError } from '../../lib/errors.ts';
import { asObject } from '../../lib/json.ts';
import { keyOf } from '../../lib/object-key.ts';
import type { Environment } from '../flags/environment.ts';
import type { FlagValues } from '../flags/flags.ts';

/** A cluster read by name. */
interface ReadCluster extends Pick<NamedCluster, 'name' | 'server'> {
  /** Whether `target.urls` says how a consumer in another cluster reaches it. */
  readonly hasUrls: boolean;
}

/** Destination of the ConfigMap, and warnings about it. */
export interface DestinationCheck {
  readonly warnings: readonly Diagnostic[];
  /** Whether it is Argo CD's own cluster. */
  readonly isOwn: boolean;
}

/**
 * Argo CD does not tell a plugin which cluster its Application deploys to, so the Application itself is read: otherwise
 * its ConfigMap could hold addresses of another cluster. `named` is the cluster that is read, `null` for Argo CD's own,
 * `several` if each is. Fails with WRONG_CLUSTER; returns a warning if the Application may not be read.
 */
export async function checkDestination(
  own: () => Promise<Connection>,
  {
    argoCdApplication,
    argoCdNamespace,
    ownClusters = [],
  }: FlagValues<'argocd-namespace'> & Partial<FlagValues<'own-cluster'>> & Pick<Environment, 'argoCdApplication'>,
  named: ReadCluster | 'several' | null,
  signal: AbortSignal,
): Promise<DestinationCheck> {
  const read = { warnings: [], isOwn: named === null };
  if (argoCdApplication === undefined) return read;
  const connection = await own();
  const application = applicationName(argoCdApplication, argoCdNamespace ?? podNamespace());
  const found = await getApplication(connection, application, signal);
  if (found === 'Forbidden' || found === 'NotFound') {
    return { ...read, warnings: [unchecked(keyOf(application), found)] };
  }
  const { server } = connection;
  const destination = destinationOf(asObject(found.spec));
  const cluster = otherClusterOf(destination, [server.href, ...ownClusters]);
  if (named !== null && named !== 'several') {
    return { ...read, isOwn: assertDestination(keyOf(application), destination, named, cluster === null) };
  }
  if (cluster === null) return { ...read, isOwn: true };
  const [why, remedy] =
    named === 'several'
      ? ['a ConfigMap of several clusters is for the one that Argo CD runs in', 'read one cluster']
      : [`the one that is read is ${server.origin}`, 'read that cluster'];
  throw new PluginError(
    'WRONG_CLUSTER',
    `the Application ${keyOf(application)} deploys to the cluster ${JSON.stringify(cluster)}, and ${why}`,
    {
      hint: `set spec.destination to ${ownCluster.server}, or ${remedy} with the parameter cluster; if both are the same cluster, add --own-cluster ${cluster} to the command in plugin.yaml`,
    },
  );
}

/** Returns whether it is Argo CD's own cluster: a consumer there may be given gateway URLs. */
function assertDestination(
  application: string,
  destination: Destination,
  { name, server, hasUrls }: ReadCluster,
  isOwn: boolean,
): boolean {
  if (deploysTo(destination, [name, server])) return false;
  if (isOwn && hasUrls) return true;
  const called = JSON.stringify((destination.name || destination.server).slice(0, 253));
  throw new PluginError(
    'WRONG_CLUSTER',
    `the Application ${application} deploys to the cluster ${called}, and the one that is read is ${name} (${server})`,
    {
      hint: 'set spec.destination and the parameter cluster to the same one; a consumer in the cluster of Argo CD needs spec.target.urls: docs/clusters.md#urls',
    },
  );
}

/** Reads an Application in Argo CD's own cluster. */
export async function getApplication(
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
