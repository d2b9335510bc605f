import type { ClusterSources, NamedCluster } from '../../cluster/named/named-cluster.ts';
import type { Connection } from '../../cluster/connection/connection.ts';
import type { Cluster } from '../../cluster/types.ts';
import { reachableCheck } from '../../discovery/fleet/cluster-spec.ts';
import { matchesPattern } from '../../discovery/match/glob.ts';
import { isPluginError, PluginError } from '../../lib/errors.ts';
import type { ProjectWithGlobals } from '../../argocd/global-projects.ts';
import { asObject } from '../../lib/json.ts';
import { once } from '../../lib/memoize.ts';
import { isOwnCluster, ownCluster } from '../../lib/cluster-name.ts';
import type { ProjectPolicy } from '../../settings/policy.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Environment } from '../flags/environment.ts';
import type { FlagValues } from '../flags/flags.ts';
import type { otherClusterFlags } from '../flags/options.ts';
import { clusterSourcesOf } from './cluster-sources.ts';

type Policy = Pick<ProjectPolicy, 'clusters'> | null;

/**
 * The settings with the cluster to read, recorded as if set in Git; without one if that is Argo CD's own. `--cluster`
 * takes precedence, also over several clusters. Another cluster's Service names do not resolve here, or name Services
 * of this one, so the check http becomes readiness there.
 */
export function withNamedCluster(
  settings: Settings,
  { cluster: byFlag, ownClusters = [] }: Pick<OpeningFlags, 'cluster' | 'ownClusters'>,
): Settings {
  if (settings.spec.clusters && byFlag === undefined) return settings;
  const { cluster: wished = ownCluster.name, clusters: _several, ...spec } = settings.spec;
  const { cluster: _, clusters: _written, ...written } = settings.written;
  const cluster = byFlag ?? wished;
  return isOwnCluster(cluster) || ownClusters.includes(cluster)
    ? { ...settings, spec, written }
    : { ...settings, spec: { ...spec, cluster }, written: { ...written, cluster } };
}

/** The settings with a check that suits another cluster: its Service names are never asked from here. */
export function withReachableCheck(settings: Settings): Settings {
  const { spec, written } = settings;
  const check = reachableCheck(spec);
  if (spec.cluster === undefined || check === spec.health.check) return settings;
  return {
    ...settings,
    spec: { ...spec, health: { ...spec.health, check } },
    written: { ...written, health: { ...asObject(written.health), check } },
  };
}

/**
 * Fails with POLICY_DENIED if the settings send probes through another cluster's API server and the platform does not
 * allow it.
 */
export function assertMayProxy(
  { spec: { cluster, clusters, health } }: Pick<Settings, 'spec'>,
  { allowServiceProxy, snapshot }: Pick<OpeningFlags, 'allowServiceProxy' | 'snapshot'>,
): void {
  const isOther = cluster !== undefined || clusters !== undefined;
  if (!isOther || health.otherClusters !== 'proxy' || allowServiceProxy || snapshot !== undefined) return;
  throw new PluginError(
    'POLICY_DENIED',
    'health.otherClusters is proxy, and the platform does not allow probes through the API servers of other clusters',
    {
      hint: 'a platform administrator adds --allow-service-proxy to the command of the plugin and of serve; without it set health.otherClusters to readiness',
    },
  );
}

/**
 * Fails with POLICY_DENIED before any request to the cluster. Without a policy, an Application or Git may name another
 * cluster only if the platform allows any; the command line belongs to the platform. A recorded cluster is not read.
 */
export function assertMayRead({ spec }: Pick<Settings, 'spec'>, policy: Policy, flags: OpeningFlags): void {
  // Among several, a glob matches only those that may be read.
  const all = spec.clusters?.filter((one) => !one.includes('*')) ?? [spec.cluster ?? ownCluster.name];
  const cluster = all.find((one) => !mayRead(one, policy, flags));
  if (cluster === undefined) return;
  const quoted = JSON.stringify(cluster);
  if (policy) {
    const project = flags.project ?? '';
    throw new PluginError(
      'POLICY_DENIED',
      `the policy does not let the Argo CD project ${JSON.stringify(project)} read the cluster ${quoted}`,
      { hint: `a platform administrator adds it to spec.projects.${project}.clusters of the policy of the plugin` },
    );
  }
  throw new PluginError(
    'POLICY_DENIED',
    `the cluster ${quoted} is named in Git or by the Application, without a policy`,
    {
      hint: 'a platform administrator sets a policy with spec.projects.NAME.clusters, or --allow-any-cluster; at a terminal name it with --cluster',
    },
  );
}

/** Whether policy and flags let the run read the cluster of this name. */
export function mayRead(
  cluster: string,
  policy: Policy,
  { cluster: byFlag, allowAnyCluster, snapshot }: OpeningFlags,
): boolean {
  if (policy) return matchesPattern(policy.clusters, cluster);
  return isOwnCluster(cluster) || cluster === byFlag || allowAnyCluster || snapshot !== undefined;
}

/** Flags that matter for opening a cluster. */
export type OpeningFlags = FlagValues<'cluster' | 'project' | 'argocd-namespace' | (typeof otherClusterFlags)[number]> &
  Partial<FlagValues<'snapshot' | 'own-cluster'>> &
  Pick<Environment, 'variables'>;

/** What opening a cluster by name needs besides the name. */
export interface OpenInputs {
  readonly flags: OpeningFlags;
  readonly policy: Policy;
  /** Namespace of the ConfigMap: an AppProject permits destinations by cluster and namespace. */
  readonly namespace: string;
  /** Connects to the cluster that Argo CD runs in. */
  readonly own: () => Promise<Connection>;
  readonly signal: AbortSignal;
  /** Where to look up clusters, if there are several. */
  readonly sources?: FleetSources;
}

/** Shared by several look-ups: what was read for one cluster is not read again for the next. */
export interface FleetSources {
  readonly sources: ClusterSources;
  /** Names of all clusters that can be looked up. */
  readonly names: () => Promise<readonly string[]>;
  /** Project of the run. */
  readonly project: () => Promise<ProjectWithGlobals | null>;
}

/** Looks nothing up yet. */
export async function fleetSources(opening: Omit<OpenInputs, 'namespace'>): Promise<FleetSources> {
  const [{ clusterNames }, { readClusterSecrets }, { readProjectWithGlobals }] = await Promise.all([
    import('../../cluster/named/named-cluster.ts'),
    import('../../cluster/named/cluster-secrets.ts'),
    import('../../argocd/global-projects.ts'),
  ]);
  const { flags, own, signal } = opening;
  const argoCd = await argoCdNamespaceOf(flags);
  const sources = await sourcesOf(opening, argoCd);
  const { secrets } = sources;
  const shared = secrets ? { ...sources, listed: once(() => readClusterSecrets(secrets)) } : sources;
  const project = once(async () => readProjectWithGlobals(await own(), argoCd, flags.project ?? '', signal));
  return { sources: shared, names: () => clusterNames(shared), project };
}

async function argoCdNamespaceOf({ argoCdNamespace }: OpeningFlags): Promise<string> {
  return argoCdNamespace ?? (await import('../../cluster/connection/in-cluster.ts')).podNamespace();
}

async function sourcesOf(
  { flags, policy, own, signal }: Omit<OpenInputs, 'namespace'>,
  argoCd: string,
): Promise<ClusterSources> {
  return {
    ...(await clusterSourcesOf(flags, { own, namespace: argoCd, signal })),
    mayName: (one) => mayRead(one, policy, flags),
  };
}

/**
 * Opens the cluster that the settings name. Fails with CLUSTER_*, and with POLICY_DENIED if Argo CD would not let an
 * Application of the project deploy there, according to the cluster's Secret or the AppProject.
 */
export async function openNamed(called: string, opening: OpenInputs): Promise<NamedCluster> {
  const { flags } = opening;
  const { openCluster } = await import('../../cluster/named/named-cluster.ts');
  const argoCd = await argoCdNamespaceOf(flags);
  const cluster = await openCluster(called, opening.sources?.sources ?? (await sourcesOf(opening, argoCd)));
  try {
    if (flags.project !== undefined) await assertPermitted(cluster, flags.project, argoCd, opening);
    return cluster;
  } catch (error) {
    cluster.connection.close();
    throw error;
  }
}

async function assertPermitted(
  { name, server, project: clusterProject }: NamedCluster,
  project: string,
  argoCd: string,
  { own, signal, namespace, sources }: OpenInputs,
): Promise<void> {
  const quoted = JSON.stringify(project);
  if (clusterProject !== null && clusterProject !== project) {
    throw new PluginError('POLICY_DENIED', `the cluster ${name} is not one of the Argo CD project ${quoted}`, {
      hint: "a platform administrator changes project in the cluster's Secret of Argo CD: it names the one project that may use it",
    });
  }
  const [{ permitsDestination }, { inheritedSpec, readProjectWithGlobals }] = await Promise.all([
    import('../../argocd/project.ts'),
    import('../../argocd/global-projects.ts'),
  ]);
  const found = await (sources?.project() ?? readProjectWithGlobals(await own(), argoCd, project, signal));
  if (found && permitsDestination(project, inheritedSpec(found), { server, name, namespace, clusterProject })) return;
  const rule = `get on the ConfigMap argocd-cm in ${argoCd}`;
  const unread = `; if a global project of Argo CD permits it, allow this account ${rule}: without it, those are not known`;
  throw new PluginError(
    'POLICY_DENIED',
    found
      ? `the AppProject ${argoCd}/${project} does not permit the namespace ${namespace} of the cluster ${name}`
      : `there is no AppProject ${argoCd}/${project}`,
    {
      hint: `a platform administrator adds it to spec.destinations of the AppProject; no change in Git helps${found?.areGlobalsKnown === false ? unread : ''}`,
    },
  );
}

/** The cluster, with its name added to its failures. */
export function withClusterName(cluster: Cluster, named: NamedCluster): Cluster {
  const withName =
    <Args extends readonly unknown[], T>(read: (...args: Args) => Promise<T>) =>
    (...args: Args): Promise<T> =>
      read(...args).catch((error: unknown) => {
        throw isPluginError(error) ? ofCluster(error, named) : error;
      });
  return {
    services: withName(cluster.services),
    namespaces: withName(cluster.namespaces),
    endpoints: withName(cluster.endpoints),
    configMap: withName(cluster.configMap),
    customResource: withName(cluster.customResource),
    pod: withName(cluster.pod),
    now: cluster.now,
  };
}

/** Hints about credentials and addresses are written for Argo CD's own cluster. */
function ofCluster(error: PluginError, { name, where }: NamedCluster): PluginError {
  const isAccess = error.code === 'CLUSTER_UNAUTHORIZED' || error.code === 'CLUSTER_UNREACHABLE';
  return new PluginError(error.code, `cluster ${name}: ${error.message}`, {
    hint: isAccess ? `check ${where}: its server, CA and credential` : error.hint,
    cause: error,
    ...(error.request ? { request: error.request } : {}),
  });
}
