import { FairSlots } from '../../cluster/fair-slots.ts';
import type { Connection, ConnectionOptions } from '../../cluster/connection/connection.ts';
import type { NamedCluster } from '../../cluster/named/named-cluster.ts';
import type { Cluster, LiveConfigMap } from '../../cluster/types.ts';
import { clusterWord } from '../../discovery/consumer-url.ts';
import type { Discovery } from '../../discovery/discover.ts';
import { liveOfCluster } from '../../discovery/fleet/cluster-memory.ts';
import { clusterUnread, specFor } from '../../discovery/fleet/cluster-spec.ts';
import type { ClusterPart, FleetInputs } from '../../discovery/fleet/combine.ts';
import { combineClusters } from '../../discovery/fleet/combine.ts';
import { matchesPattern } from '../../discovery/match/glob.ts';
import { isOwnCluster, isServerUrl, ownCluster, sameServer } from '../../lib/cluster-name.ts';
import { isPluginError, PluginError } from '../../lib/errors.ts';
import { once } from '../../lib/memoize.ts';
import type { ProjectPolicy } from '../../settings/policy.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Flags } from '../flags/flags.ts';
import type { Route } from './askers.ts';
import type { Connections } from './connections.ts';
import { withConnections } from './connections.ts';
import { checkDestination } from './destination.ts';
import type { Opening, OpeningFlags } from './named-cluster.ts';
import { asNamed, assertMayRead, fleetSources, mayRead, openNamed } from './named-cluster.ts';

type Spec = Settings['spec'];

/** Clusters of one ConfigMap. */
const maxClusters = 50;
/** Clusters that are read at once: each holds its list of Services meanwhile. */
const maxAtOnce = 8;
/** Part of the deadline that one of them has, so that a few that hang leave time for the others. */
const shareOfDeadline = 1 / 4;
/** Kept back from the deadline for what is made of what was read. */
const reserveMs = 2_000;
/** The name stands before each Service that the ConfigMap remembers. */
const maxName = 100;

/** What of the flags the reading of several clusters looks at. */
export type FleetFlags = ConnectionOptions &
  OpeningFlags &
  Pick<Flags, 'snapshot' | 'deadlineMs' | 'argoCdApplication' | 'onStage'>;

/** What reads several clusters for one ConfigMap. */
export interface FleetRun {
  readonly flags: FleetFlags;
  readonly settings: Settings;
  readonly inputs: Omit<FleetInputs, 'live'> & { readonly policy: ProjectPolicy | null };
  /** The ConfigMap as it is, where that is known already. */
  readonly live?: LiveConfigMap;
  /** Discovers in one of them, with settings for it alone. */
  readonly discoverIn: (cluster: Cluster, spec: Spec, route: Route) => Promise<Discovery>;
}

/** What finds out which clusters the settings stand for. */
export interface MembersRun extends Pick<FleetRun, 'flags'> {
  readonly settings: Pick<Settings, 'spec'>;
  readonly inputs: Pick<FleetRun['inputs'], 'policy'>;
}

/** A cluster that is to be read; `null` for the one that Argo CD runs in. */
interface Member {
  readonly name: string;
  readonly named: NamedCluster | null;
  /** Why how it is reached is not usable. */
  readonly unusable: PluginError | null;
}

/**
 * Discovers in all clusters of `spec.clusters`, some at once. One that cannot be read keeps its part of the ConfigMap, with a
 * warning. Rejects where the hub cannot be read or none of the clusters can, with POLICY_DENIED for one that the project may
 * not read, with CLUSTER_UNKNOWN, and with WRONG_CLUSTER where the ConfigMap goes to another cluster than the hub.
 */
export async function discoverFleet(run: FleetRun, globs: readonly string[]): Promise<Discovery> {
  const { flags, settings } = run;
  if (flags.snapshot !== undefined) return inRecording(run, globs, flags.snapshot);
  return withConnections(flags, async (connections) => {
    const { own, signal } = connections;
    const { apiServer } = await import('../../cluster/api-server.ts');
    const { configMap } = settings.spec.target;
    const [{ warnings }, live, members] = await Promise.all([
      checkDestination(own, flags, 'several', signal),
      run.live ?? own().then((connection) => apiServer(connection, signal).configMap(configMap)),
      membersOf(globs, run, connections),
    ]);
    flags.onStage?.(`reading ${String(members.length)} clusters`);
    const parts = await readAll(members, live, run, connections);
    const discovery = combineClusters(parts, { ...run.inputs, live });
    return { ...discovery, warnings: [...warnings, ...discovery.warnings] };
  });
}

/** The names of the clusters that `globs` stand for now, without a word to any of them. Rejects as `discoverFleet` does. */
export async function memberNames(run: MembersRun, globs: readonly string[]): Promise<readonly string[]> {
  return withConnections(run.flags, async (connections) =>
    (await membersOf(globs, run, connections)).map(({ name }) => name),
  );
}

/** A recording is of one cluster: of the first that is named, or of the hub. */
async function inRecording(run: FleetRun, globs: readonly string[], file: string): Promise<Discovery> {
  const { readRecording, snapshot } = await import('../../cluster/snapshot.ts');
  const cluster = snapshot(await readRecording(file));
  const live = await cluster.configMap(run.settings.spec.target.configMap);
  const name = globs.find((glob) => !glob.includes('*')) ?? ownCluster.name;
  const found = await run.discoverIn(withLive(cluster, live, name), specFor(name, run.settings.spec), 'directly');
  return combineClusters([{ cluster: name, found }], { ...run.inputs, live });
}

/** The clusters that names and globs stand for, each once, in the order of the settings. */
async function membersOf(
  globs: readonly string[],
  { flags, settings, inputs: { policy } }: MembersRun,
  { own, opened, signal }: Connections,
): Promise<readonly Member[]> {
  assertMayRead(settings, policy, flags);
  const opening = { flags, policy, namespace: settings.spec.target.configMap.namespace, own, signal };
  const sources = await fleetSources(opening);
  const isOwn = (called: string): boolean => isOwnCluster(called) || flags.ownClusters.includes(called);
  const names = once(async () => [ownCluster.name, ...(await sources.names()).filter((name) => !isOwn(name))]);
  const members: Member[] = [];
  for (const glob of globs) {
    const isGlob = glob.includes('*');
    const matching = isGlob
      ? (await names()).filter((name) => matchesPattern(glob, name) && mayRead(name, policy, flags))
      : [glob];
    const wanted = matching.filter((called) => !members.some(({ name }) => name === called));
    if (members.length + wanted.length > maxClusters) throw tooMany();
    const found = await Promise.all(
      wanted.map(async (called) => {
        if (isOwn(called)) return { name: ownCluster.name, named: null, unusable: null };
        const member = await memberOf(called, isGlob, { ...opening, sources });
        if (member?.named) opened(member.named.connection);
        return member;
      }),
    );
    for (const member of found.flatMap((one) => one ?? []))
      if (!members.some((other) => isSame(other, member)) && !isHub(member, flags)) members.push(member);
    if (isGlob && !members.some(({ name }) => matching.includes(name))) throw matchesNone(glob);
  }
  assertApart(members);
  return members;
}

/** The hub has a Secret of its own in some installations of Argo CD. */
function isHub({ named }: Member, { ownClusters }: FleetFlags): boolean {
  return named !== null && [named.name, named.server].some((one) => isOwnCluster(one) || ownClusters.includes(one));
}

function isSame(one: Member, other: Member): boolean {
  return one.name === other.name || sameServer(one.named?.server ?? '', other.named?.server ?? '');
}

/** `null` for one that a glob matches and the project may not use. */
async function memberOf(called: string, isGlob: boolean, opening: Opening): Promise<Member | null> {
  try {
    const named = await openNamed(called, opening);
    return { name: named.name, named, unusable: null };
  } catch (error) {
    if (!isPluginError(error)) throw error;
    if (isGlob && error.code === 'POLICY_DENIED') return null;
    // By a URL nothing tells which part of the ConfigMap is this cluster's.
    if (error.code !== 'CLUSTER_ACCESS_INVALID' || isServerUrl(called)) throw error;
    return { name: called, named: null, unusable: error };
  }
}

/** Two that are written alike would have one URL, and long names have no room in the annotations. */
function assertApart(members: readonly Member[]): void {
  const long = members.find(({ name }) => name.length > maxName || !/^\S+$/.test(name));
  if (long) {
    throw new PluginError(
      'CLUSTER_ACCESS_INVALID',
      `the cluster ${JSON.stringify(long.name.slice(0, maxName))} cannot be one of several`,
      {
        hint: `a platform administrator gives it a name of at most ${String(maxName)} characters without blanks`,
      },
    );
  }
  const byWord = Map.groupBy(members, ({ name }) => clusterWord(name));
  const twins = [...byWord.values()].find((some) => some.length > 1);
  if (!twins) return;
  throw new PluginError(
    'CLUSTER_ACCESS_INVALID',
    `the clusters ${twins.map(({ name }) => name).join(' and ')} are written alike in URLs`,
    {
      hint: 'a platform administrator renames one of them',
    },
  );
}

function tooMany(): PluginError {
  return new PluginError('SETTINGS_INVALID', `spec.clusters stands for more than ${String(maxClusters)} clusters`, {
    hint: 'use narrower globs, and another Application for the others',
  });
}

function matchesNone(glob: string): PluginError {
  return new PluginError('CLUSTER_UNKNOWN', `no cluster that the project may read matches ${JSON.stringify(glob)}`, {
    hint: 'correct spec.clusters; a platform administrator adds clusters to --clusters or --cluster-secret, and to the policy: docs/clusters.md',
  });
}

async function readAll(
  members: readonly Member[],
  live: LiveConfigMap | null,
  run: FleetRun,
  connections: Connections,
): Promise<readonly ClusterPart[]> {
  const { deadlineMs } = run.flags;
  const slots = new FairSlots(maxAtOnce);
  const ending = AbortSignal.timeout(Math.max(deadlineMs - reserveMs, deadlineMs / 2));
  const failures: PluginError[] = [];
  const parts = await Promise.all(
    members.map(async (member): Promise<ClusterPart> => {
      await slots.acquire(member.name);
      const ended = AbortSignal.any([ending, AbortSignal.timeout(deadlineMs * shareOfDeadline)]);
      const signal = member.named ? ended : connections.signal;
      try {
        return { cluster: member.name, found: await readOne(member, live, run, { ...connections, signal }) };
      } catch (error) {
        if (!isPluginError(error) || isOwnCluster(member.name)) throw error;
        failures.push(error);
        return { cluster: member.name, found: { unread: clusterUnread(member.name, error.code) } };
      } finally {
        slots.release();
      }
    }),
  );
  const [first] = failures;
  if (first && failures.length === members.length) throw first;
  return parts;
}

async function readOne(
  { name, named, unusable }: Member,
  live: LiveConfigMap | null,
  { settings, discoverIn }: FleetRun,
  { own, signal }: Pick<Connections, 'own' | 'signal'>,
): Promise<Discovery> {
  if (unusable) throw unusable;
  const { apiServer } = await import('../../cluster/api-server.ts');
  const connection: Connection = named ? named.connection : await own();
  const read = apiServer(connection, signal);
  const cluster = withLive(named ? asNamed(read, named) : read, live, name);
  return discoverIn(cluster, specFor(name, settings.spec), named?.connection ?? 'directly');
}

/** With the part of the hub's ConfigMap that is about it, and not a ConfigMap of its own. */
function withLive(cluster: Cluster, live: LiveConfigMap | null, name: string): Cluster {
  return { ...cluster, configMap: () => Promise.resolve(liveOfCluster(live, name)) };
}
