import type { Cluster } from '../../cluster/types.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { once } from '../../lib/memoize.ts';
import type { ProjectPolicy } from '../../settings/policy.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Route } from '../clusters/probers.ts';
import { withClusterName, openNamed } from '../clusters/named-cluster.ts';
import type { FleetFlags } from '../clusters/members.ts';
import { reportingCluster } from '../terminal/stages.ts';

/** Warnings about the cluster that the Application deploys to. Rejects with WRONG_CLUSTER. */
type DestinationWarnings = () => Promise<readonly Diagnostic[]>;

/** Opens the cluster that flags and settings name, while `use` runs and the deadline allows. */
export async function withCluster<T>(
  flags: FleetFlags,
  { spec }: Pick<Settings, 'spec'>,
  policy: ProjectPolicy | null,
  use: (cluster: Cluster, destinationWarnings: DestinationWarnings, route: Route) => Promise<T>,
): Promise<T> {
  if (flags.snapshot !== undefined) {
    const [{ readRecording }, { snapshot }] = await Promise.all([
      import('../../cluster/recording.ts'),
      import('../../cluster/snapshot.ts'),
    ]);
    flags.onStage?.('reading the recorded cluster');
    return use(
      reportingCluster(snapshot(await readRecording(flags.snapshot)), flags.onStage),
      () => Promise.resolve([]),
      'directly',
    );
  }
  const [{ withConnections }, { apiServer }, { checkDestination }] = await Promise.all([
    import('../clusters/connections.ts'),
    import('../../cluster/api-server.ts'),
    import('../clusters/destination.ts'),
  ]);
  return withConnections(flags, async ({ own, opened, signal }) => {
    const { cluster: called, target, targets = [target] } = spec;
    const named =
      called === undefined
        ? null
        : await openNamed(called, { flags, policy, namespace: target.configMap.namespace, own, signal });
    const read = apiServer(named ? opened(named.connection) : await own(), signal);
    const cluster = reportingCluster(named ? withClusterName(read, named) : read, flags.onStage);
    const about = named && { ...named, hasUrls: targets.every(({ urls }) => urls !== undefined) };
    const destined = once(() => checkDestination(own, flags, about, signal));
    const warnings = async (): Promise<readonly Diagnostic[]> => (await destined()).warnings;
    const route = named?.connection ?? 'directly';
    if (!about?.hasUrls) return await use(cluster, warnings, route);
    // The consumer, and with it the ConfigMap, may be in Argo CD's cluster.
    const configMap: Cluster['configMap'] = async (name) =>
      (await destined()).isOwn ? apiServer(await own(), signal).configMap(name) : cluster.configMap(name);
    return await use({ ...cluster, configMap }, warnings, route);
  });
}
