import { FairSlots } from '../../cluster/fair-slots.ts';
import { sharedCluster } from '../../cluster/shared-cluster.ts';
import type { Cluster, KeptKeys, LiveConfigMap } from '../../cluster/types.ts';
import type { Discovery } from '../../discovery/discover.ts';
import { clustersIn, liveOfCluster } from '../../discovery/fleet/cluster-memory.ts';
import { clusterUnread, specFor } from '../../discovery/fleet/cluster-spec.ts';
import type { FleetInputs, SurveyedPart } from '../../discovery/fleet/combine.ts';
import { combineClusters, referenceTargetsInAny } from '../../discovery/fleet/combine.ts';
import { matchesPattern } from '../../discovery/match/glob.ts';
import { isOwnCluster, ownCluster } from '../../lib/cluster-name.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { warning } from '../../lib/diagnostic.ts';
import type { PluginError } from '../../lib/errors.ts';
import { isPluginError } from '../../lib/errors.ts';
import { once } from '../../lib/memoize.ts';
import type { ProjectPolicy } from '../../settings/policy.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Route } from './probers.ts';
import type { Connections } from './connections.ts';
import { withConnections } from './connections.ts';
import { checkDestination } from './destination.ts';
import type { FleetFlags, Member } from './members.ts';
import { memberFinder } from './members.ts';
import { withClusterName } from './named-cluster.ts';

type Spec = Settings['spec'];

/** Clusters read at once: each holds its list of Services in the meantime. */
const maxAtOnce = 8;
/** Share of the deadline for one cluster, so that a few that hang leave time for the others. */
const shareOfDeadline = 1 / 4;
/** Reserved before the deadline to process what was read. */
const reserveMs = 2_000;

/** Inputs for reading several clusters, for all ConfigMaps of one Application. */
export interface FleetRun {
  readonly flags: FleetFlags;
  readonly policy: ProjectPolicy | null;
  readonly targets: readonly FleetTarget[];
  /** Keys to keep of Services and Namespaces, combined for several targets. */
  readonly keys: KeptKeys;
}

/** One of these ConfigMaps. */
export interface FleetTarget {
  readonly settings: Settings;
  readonly inputs: Omit<FleetInputs, 'live'>;
  /** Runs discovery in one of the clusters, with settings for it alone. */
  readonly discoverIn: (cluster: Cluster, spec: Spec, route: Route) => Promise<Discovery>;
}

/** One of these targets, with what its project may read. */
interface OpenTarget extends FleetTarget {
  readonly live: LiveConfigMap | null;
  readonly members: readonly Member[];
}

/**
 * Runs discovery in all clusters of `spec.clusters`, several at a time, for each target in order: a cluster is read
 * once for all of them. A cluster that cannot be read keeps its part of the ConfigMap, with a warning. Rejects if the
 * hub cannot be read, or none of a target's clusters; with POLICY_DENIED for a cluster that the project may not read,
 * with CLUSTER_UNKNOWN, and with WRONG_CLUSTER if the ConfigMap goes to a cluster other than the hub.
 */
export async function discoverFleet(run: FleetRun, globs: readonly string[]): Promise<readonly Discovery[]> {
  const { flags, targets } = run;
  if (flags.snapshot !== undefined) return inRecording(run, globs, flags.snapshot);
  return withConnections(flags, async (connections) => {
    const { own, signal } = connections;
    const { apiServer } = await import('../../cluster/api-server.ts');
    const membersIn = await memberFinder(globs, run, connections);
    const [{ warnings }, ...opened] = await Promise.all([
      checkDestination(own, flags, 'several', signal),
      ...targets.map(async (target): Promise<OpenTarget> => {
        const { configMap } = target.settings.spec.target;
        const [live, members] = await Promise.all([
          own().then((connection) => apiServer(connection, signal).configMap(configMap)),
          membersIn(target.settings),
        ]);
        return { ...target, live, members };
      }),
    ]);
    const read = await readAll(opened, run, connections);
    return opened.map(({ inputs, live }, index) => {
      const discovery = discoveryOf(read[index] ?? [], { ...inputs, live });
      return { ...discovery, warnings: [...warnings, ...discovery.warnings] };
    });
  });
}

/**
 * A recording covers one cluster: the first one named, or the hub. The ConfigMap's parts of the others stay as they
 * are, as for clusters that cannot be read.
 */
async function inRecording(
  { targets }: FleetRun,
  globs: readonly string[],
  file: string,
): Promise<readonly Discovery[]> {
  const [{ readRecording }, { snapshot }] = await Promise.all([
    import('../../cluster/recording.ts'),
    import('../../cluster/snapshot.ts'),
  ]);
  const cluster = snapshot(await readRecording(file));
  const name = globs.find((glob) => !glob.includes('*')) ?? ownCluster.name;
  return Promise.all(
    targets.map(async ({ settings: { spec }, inputs, discoverIn }) => {
      const live = await cluster.configMap(spec.target.configMap);
      const found = await discoverIn(withLiveConfigMap(cluster, live, name), specFor(name, spec), 'directly');
      const others = clustersIn(live).filter((one) => one !== name && globs.some((glob) => matchesPattern(glob, one)));
      const parts = others.map((cluster) => ({ cluster, found: { unread: notRecorded(cluster) } }));
      return discoveryOf([{ cluster: name, found }, ...parts], { ...inputs, live });
    }),
  );
}

/** Combines the parts of all clusters. */
function discoveryOf(parts: readonly SurveyedPart[], inputs: FleetInputs): Discovery {
  return { ...combineClusters(parts, inputs), live: inputs.live, referenceTargets: referenceTargetsInAny(parts) };
}

function notRecorded(cluster: string): Diagnostic {
  return {
    ...warning('CLUSTER_UNREAD', `cluster ${cluster} is not in the recording`),
    hint: 'without --snapshot each cluster is read',
  };
}

/**
 * The parts of each target, in the order of its clusters. Rejects with the first failure if none of a target's clusters
 * could be read.
 */
async function readAll(
  targets: readonly OpenTarget[],
  { flags: { deadlineMs, onStage }, keys }: FleetRun,
  connections: Connections,
): Promise<readonly (readonly SurveyedPart[])[]> {
  const slots = new FairSlots(maxAtOnce);
  const ending = AbortSignal.timeout(Math.max(deadlineMs - reserveMs, deadlineMs / 2));
  const members = new Map(targets.flatMap((one) => one.members).map((member) => [member.name, member]));
  onStage?.(`reading ${String(members.size)} clusters`);
  const readMember = async (member: Member): Promise<ReadonlyMap<OpenTarget, ReadPart>> => {
    await slots.acquire(member.name);
    const ended = AbortSignal.any([ending, AbortSignal.timeout(deadlineMs * shareOfDeadline)]);
    const signal = member.named ? ended : connections.signal;
    try {
      const cluster = once(() => clusterOf(member, { ...connections, signal }, targets.length > 1 ? keys : null));
      const reading = targets.filter((target) => target.members.some(({ name }) => name === member.name));
      return new Map(
        await Promise.all(reading.map(async (target) => [target, await readPart(member, cluster, target)] as const)),
      );
    } finally {
      slots.release();
    }
  };
  const read = await Promise.all(
    Array.from(members.values(), async (member) => [member.name, await readMember(member)] as const),
  );
  const byName = new Map(read);
  return targets.map((target) => {
    const parts = target.members.flatMap(({ name }) => byName.get(name)?.get(target) ?? []);
    const failures = parts.flatMap(({ failure }) => failure ?? []);
    if (failures[0] && failures.length === parts.length) throw failures[0];
    return parts.map(({ part }) => part);
  });
}

/** The cluster; if several targets share it, its lists are requested once, keeping `keys`. */
async function clusterOf(
  { named, unusable }: Member,
  { own, signal }: Pick<Connections, 'own' | 'signal'>,
  keys: KeptKeys | null,
): Promise<Cluster> {
  if (unusable) throw unusable;
  const { apiServer } = await import('../../cluster/api-server.ts');
  const read = apiServer(named ? named.connection : await own(), signal);
  const cluster = named ? withClusterName(read, named) : read;
  return keys ? sharedCluster(cluster, keys) : cluster;
}

/** One cluster's part for one target, with the reason if it could not be read. */
interface ReadPart {
  readonly part: SurveyedPart;
  readonly failure: PluginError | null;
}

/** A cluster that cannot be read keeps its part. Rejects if it is the hub. */
async function readPart(
  { name, named }: Member,
  cluster: () => Promise<Cluster>,
  { live, settings, discoverIn }: OpenTarget,
): Promise<ReadPart> {
  try {
    const own = withLiveConfigMap(await cluster(), live, name);
    const found = await discoverIn(own, specFor(name, settings.spec), named?.connection ?? 'directly');
    return { part: { cluster: name, found }, failure: null };
  } catch (error) {
    if (!isPluginError(error) || isOwnCluster(name)) throw error;
    return { part: { cluster: name, found: { unread: clusterUnread(name, error.code) } }, failure: error };
  }
}

/** Reads the cluster's part of the hub's ConfigMap in place of a ConfigMap of its own. */
function withLiveConfigMap(cluster: Cluster, live: LiveConfigMap | null, name: string): Cluster {
  return { ...cluster, configMap: () => Promise.resolve(liveOfCluster(live, name)) };
}
