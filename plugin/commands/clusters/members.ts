import type { ConnectionOptions } from '../../cluster/connection/connection.ts';
import type { NamedCluster } from '../../cluster/named/named-cluster.ts';
import { clusterWord } from '../../discovery/consumer-url.ts';
import { maxClusters } from '../../discovery/fleet/cluster-spec.ts';
import { matchesPattern } from '../../discovery/match/glob.ts';
import { isOwnCluster, isServerUrl, ownCluster, sameServer } from '../../lib/cluster-name.ts';
import { isPluginError, PluginError } from '../../lib/errors.ts';
import { once } from '../../lib/memoize.ts';
import type { ProjectPolicy } from '../../settings/policy.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Environment } from '../flags/environment.ts';
import type { FlagValues } from '../flags/flags.ts';
import type { Connections } from './connections.ts';
import { withConnections } from './connections.ts';
import type { FleetSources, OpenInputs, OpeningFlags } from './named-cluster.ts';
import { assertMayRead, fleetSources, mayRead, openNamed } from './named-cluster.ts';

/** The name precedes each Service that the ConfigMap remembers. */
const maxName = 100;

/** Flags that matter for reading several clusters. */
export type FleetFlags = ConnectionOptions &
  OpeningFlags &
  FlagValues<'deadline'> &
  Pick<Environment, 'argoCdApplication' | 'onStage'>;

/** Inputs for resolving the clusters in a target's settings. */
export interface MembersRun {
  readonly flags: FleetFlags;
  readonly policy: ProjectPolicy | null;
  readonly settings: Pick<Settings, 'spec'>;
}

/** A cluster to read; `null` for the one that Argo CD runs in. */
export interface Member {
  readonly name: string;
  readonly named: NamedCluster | null;
  /** Why its access is unusable. */
  readonly unusable: PluginError | null;
}

/**
 * The current names of the clusters that `globs` match, without a request to any of them. Rejects as `memberFinder` and
 * its result do.
 */
export async function memberNames(run: MembersRun, globs: readonly string[]): Promise<readonly string[]> {
  return withConnections(run.flags, async (connections) => {
    const membersIn = await memberFinder(globs, { ...run, targets: [run] }, connections);
    return (await membersIn(run.settings)).map(({ name }) => name);
  });
}

/**
 * Finds the clusters of a target, once for all targets of a namespace: an AppProject permits destinations by namespace.
 */
export async function memberFinder(
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

/** The clusters that names and globs match, each once, in the order of the settings. */
async function membersOf(
  globs: readonly string[],
  opening: OpenInputs & { readonly sources: FleetSources },
  { opened }: Connections,
): Promise<readonly Member[]> {
  const { flags, policy, sources } = opening;
  const { ownClusters = [] } = flags;
  const isOwn = (called: string): boolean => isOwnCluster(called) || ownClusters.includes(called);
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
      if (!members.some((other) => isSameCluster(other, member)) && !isHub(member, isOwn)) members.push(member);
    if (isGlob && !members.some(({ name }) => matching.includes(name))) throw matchesNone(glob);
  }
  assertDistinguishable(members);
  return members;
}

/** In some installations of Argo CD, the hub has a Secret of its own. */
function isHub({ named }: Member, isOwn: (called: string) => boolean): boolean {
  return named !== null && [named.name, named.server].some(isOwn);
}

function isSameCluster(one: Member, other: Member): boolean {
  return one.name === other.name || sameServer(one.named?.server ?? '', other.named?.server ?? '');
}

/** `null` for a cluster that a glob matches but the project may not use. */
async function memberOf(called: string, isGlob: boolean, opening: OpenInputs): Promise<Member | null> {
  try {
    const named = await openNamed(called, opening);
    return { name: named.name, named, unusable: null };
  } catch (error) {
    if (!isPluginError(error)) throw error;
    if (isGlob && error.code === 'POLICY_DENIED') return null;
    // A URL does not tell which part of the ConfigMap belongs to the cluster.
    if (error.code !== 'CLUSTER_ACCESS_INVALID' || isServerUrl(called)) throw error;
    return { name: called, named: null, unusable: error };
  }
}

/** Two names with the same spelling would share one URL, and long names do not fit in the annotations. */
function assertDistinguishable(members: readonly Member[]): void {
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
  const duplicates = [...byWord.values()].find((some) => some.length > 1);
  if (!duplicates) return;
  throw new PluginError(
    'CLUSTER_ACCESS_INVALID',
    `the clusters ${duplicates.map(({ name }) => name).join(' and ')} are written alike in URLs`,
    {
      hint: 'a platform administrator renames one of them',
    },
  );
}

function tooMany(): PluginError {
  return new PluginError('SETTINGS_INVALID', `spec.clusters matches more than ${String(maxClusters)} clusters`, {
    hint: 'use narrower globs, and another Application for the rest',
  });
}

function matchesNone(glob: string): PluginError {
  return new PluginError('CLUSTER_UNKNOWN', `no cluster that the project may read matches ${JSON.stringify(glob)}`, {
    hint: 'correct spec.clusters; a platform administrator adds clusters to --clusters or --cluster-secret, and to the policy: docs/clusters.md',
  });
}
