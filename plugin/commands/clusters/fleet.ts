import { FairSlots } from '../../cluster/fair-slots.ts';
import type { ConnectionOptions } from '../../cluster/connection/connection.ts';
import type { NamedCluster } from '../../cluster/named/named-cluster.ts';
import { sharedCluster } from '../../cluster/shared-cluster.ts';
import type { Cluster, KeptKeys, LiveConfigMap } from '../../cluster/types.ts';
import { clusterWord } from '../../discovery/consumer-url.ts';
import type { Discovery } from '../../discovery/discover.ts';
import { clustersIn, liveOfCluster } from '../../discovery/fleet/cluster-memory.ts';
import { clusterUnread, maxClusters, specFor } from '../../discovery/fleet/cluster-spec.ts';
import type { ClusterPart, FleetInputs } from '../../discovery/fleet/combine.ts';
import { combineClusters } from '../../discovery/fleet/combine.ts';
import { matchesPattern } from '../../discovery/match/glob.ts';
import { isOwnCluster, isServerUrl, ownCluster, sameServer } from '../../lib/cluster-name.ts';
import type { Diagnostic } from '../../lib/diagnostic.ts';
import { warning } from '../../lib/diagnostic.ts';
import { isPluginError, PluginError } from '../../lib/errors.ts';
import { once } from '../../lib/memoize.ts';
import type { ProjectPolicy } from '../../settings/policy.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Flags } from '../flags/flags.ts';
import type { Route } from './askers.ts';
import type { Connections } from './connections.ts';
import { withConnections } from './connections.ts';
import { checkDestination } from './destination.ts';
import type { FleetSources, Opening, OpeningFlags } from './named-cluster.ts';
import { asNamed, assertMayRead, fleetSources, mayRead, openNamed } from './named-cluster.ts';

type Spec = Settings['spec'];

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

/** What reads several clusters, for all ConfigMaps of one Application. */
export interface FleetRun {
  readonly flags: FleetFlags;
  readonly policy: ProjectPolicy | null;
  readonly targets: readonly FleetTarget[];
  /** What is kept of Services and Namespaces for several targets, each of which would keep its own. */
  readonly keys: KeptKeys;
}

/** One of these ConfigMaps. */
export interface FleetTarget {
  readonly settings: Settings;
  readonly inputs: Omit<FleetInputs, 'live'>;
  /** Discovers in one of them, with settings for it alone. */
  readonly discoverIn: (cluster: Cluster, spec: Spec, route: Route) => Promise<Discovery>;
}

/** What finds out which clusters the settings of a target stand for. */
export interface MembersRun extends Pick<FleetRun, 'flags' | 'policy'> {
  readonly settings: Pick<Settings, 'spec'>;
}

/** One of these, with what its project may read. */
interface OpenTarget extends FleetTarget {
  readonly live: LiveConfigMap | null;
  readonly members: readonly Member[];
}

/** A cluster that is to be read; `null` for the one that Argo CD runs in. */
interface Member {
  readonly name: string;
  readonly named: NamedCluster | null;
  /** Why how it is reached is not usable. */
  readonly unusable: PluginError | null;
}

/**
 * Discovers in all clusters of `spec.clusters`, some at once, for each of the targets in their order: a cluster is read once for all of
 * them. One that cannot be read keeps its part of the ConfigMap, with a warning. Rejects where the hub cannot be read or none of
 * the clusters of a target can, with POLICY_DENIED for one that the project may not read, with CLUSTER_UNKNOWN, and with
 * WRONG_CLUSTER where the ConfigMap goes to another cluster than the hub.
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
      const discovery = combineClusters(read[index] ?? [], { ...inputs, live });
      return { ...discovery, warnings: [...warnings, ...discovery.warnings] };
    });
  });
}

/** The names of the clusters that `globs` stand for now, without a word to any of them. Rejects as `discoverFleet` does. */
export async function memberNames(run: MembersRun, globs: readonly string[]): Promise<readonly string[]> {
  return withConnections(run.flags, async (connections) => {
    const membersIn = await memberFinder(globs, { ...run, targets: [run] }, connections);
    return (await membersIn(run.settings)).map(({ name }) => name);
  });
}

/**
 * A recording is of one cluster: of the first that is named, or of the hub. What the ConfigMap has of the others stays, as of
 * clusters that cannot be read.
 */
async function inRecording(
  { targets }: FleetRun,
  globs: readonly string[],
  file: string,
): Promise<readonly Discovery[]> {
  const { readRecording, snapshot } = await import('../../cluster/snapshot.ts');
  const cluster = snapshot(await readRecording(file));
  const name = globs.find((glob) => !glob.includes('*')) ?? ownCluster.name;
  return Promise.all(
    targets.map(async ({ settings: { spec }, inputs, discoverIn }) => {
      const live = await cluster.configMap(spec.target.configMap);
      const found = await discoverIn(withLive(cluster, live, name), specFor(name, spec), 'directly');
      const others = clustersIn(live).filter((one) => one !== name && globs.some((glob) => matchesPattern(glob, one)));
      const parts = others.map((cluster) => ({ cluster, found: { unread: notRecorded(cluster) } }));
      return combineClusters([{ cluster: name, found }, ...parts], { ...inputs, live });
    }),
  );
}

function notRecorded(cluster: string): Diagnostic {
  return {
    ...warning('CLUSTER_UNREAD', `cluster ${cluster} is not in the recording`),
    hint: 'without --snapshot each cluster is read',
  };
}

/** Finds the clusters of a target, once for all targets of a namespace: an AppProject permits destinations by namespace. */
async function memberFinder(
  globs: readonly string[],
  {
    flags,
    policy,
    targets,
  }: Omit<MembersRun, 'settings'> & { readonly targets: readonly Pick<MembersRun, 'settings'>[] },
  connections: Connections,
): Promise<(target: Pick<Settings, 'spec'>) => Promise<readonly Member[]>> {
  const { own, signal } = connections;
  for (const { settings } of targets) assertMayRead(settings, policy, flags);
  const opening = { flags, policy, own, signal };
  const sources = await fleetSources(opening);
  const found = new Map<string, Promise<readonly Member[]>>();
  return ({ spec: { target } }) => {
    const { namespace } = target.configMap;
    const members = found.get(namespace) ?? membersOf(globs, { ...opening, namespace, sources }, connections);
    found.set(namespace, members);
    return members;
  };
}

/** The clusters that names and globs stand for, each once, in the order of the settings. */
async function membersOf(
  globs: readonly string[],
  opening: Opening & { readonly sources: FleetSources },
  { opened }: Connections,
): Promise<readonly Member[]> {
  const { flags, policy, sources } = opening;
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
        const member = await memberOf(called, isGlob, opening);
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
function isHub({ named }: Member, { ownClusters }: OpeningFlags): boolean {
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

/** The parts of each target, in the order of its clusters. */
async function readAll(
  targets: readonly OpenTarget[],
  { flags: { deadlineMs, onStage }, keys }: FleetRun,
  connections: Connections,
): Promise<readonly (readonly ClusterPart[])[]> {
  const slots = new FairSlots(maxAtOnce);
  const ending = AbortSignal.timeout(Math.max(deadlineMs - reserveMs, deadlineMs / 2));
  const failures = targets.map((): PluginError[] => []);
  const parts = targets.map((): Map<string, ClusterPart> => new Map());
  const members = new Map(targets.flatMap((one) => one.members).map((member) => [member.name, member]));
  onStage?.(`reading ${String(members.size)} clusters`);
  await Promise.all(
    [...members.values()].map(async (member) => {
      const { name } = member;
      await slots.acquire(name);
      const ended = AbortSignal.any([ending, AbortSignal.timeout(deadlineMs * shareOfDeadline)]);
      const signal = member.named ? ended : connections.signal;
      try {
        const cluster = once(() => readingOf(member, { ...connections, signal }, targets.length > 1 ? keys : null));
        await Promise.all(
          targets.map(async (target, index) => {
            if (!target.members.some((one) => one.name === name)) return;
            const found = await readOne(member, cluster, target).catch((error: unknown) => {
              if (!isPluginError(error) || isOwnCluster(name)) throw error;
              failures[index]?.push(error);
              return { unread: clusterUnread(name, error.code) };
            });
            parts[index]?.set(name, { cluster: name, found });
          }),
        );
      } finally {
        slots.release();
      }
    }),
  );
  return targets.map((target, index) => {
    const [first, ...others] = failures[index] ?? [];
    if (first && others.length + 1 === target.members.length) throw first;
    return target.members.flatMap(({ name }) => parts[index]?.get(name) ?? []);
  });
}

/** The cluster, whose lists are asked for once where several targets keep `keys` of them. */
async function readingOf(
  { named, unusable }: Member,
  { own, signal }: Pick<Connections, 'own' | 'signal'>,
  keys: KeptKeys | null,
): Promise<Cluster> {
  if (unusable) throw unusable;
  const { apiServer } = await import('../../cluster/api-server.ts');
  const read = apiServer(named ? named.connection : await own(), signal);
  const cluster = named ? asNamed(read, named) : read;
  return keys ? sharedCluster(cluster, keys) : cluster;
}

async function readOne(
  { name, named }: Member,
  cluster: () => Promise<Cluster>,
  { live, settings, discoverIn }: OpenTarget,
): Promise<Discovery> {
  return discoverIn(
    withLive(await cluster(), live, name),
    specFor(name, settings.spec),
    named?.connection ?? 'directly',
  );
}

/** With the part of the hub's ConfigMap that is about it, and not a ConfigMap of its own. */
function withLive(cluster: Cluster, live: LiveConfigMap | null, name: string): Cluster {
  return { ...cluster, configMap: () => Promise.resolve(liveOfCluster(live, name)) };
}
