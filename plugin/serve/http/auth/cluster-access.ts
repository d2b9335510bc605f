import { ownCluster } from '../../../lib/cluster-name.ts';
import { problemFor } from '../problem-details.ts';
import type { ReadModel } from '../state/read-model.ts';
import type { ShownCluster } from '../state/shown-cluster.ts';

/** Stands for all clusters that the account may see. */
export const everyCluster = '*';

/** What an account may see besides Argo CD's own cluster, which access to the API includes. */
export interface ClusterAccess {
  /** Throws the HTTP problem if the account may not see the cluster of this name, whether or not it exists. */
  readonly assertMaySee: (name: string) => Promise<void>;
  /** The names among these that it may see. */
  readonly visibleAmong: (names: readonly string[]) => Promise<ReadonlySet<string>>;
}

/** For a request whose response is limited in another way. */
export const allClusters: ClusterAccess = {
  assertMaySee: () => Promise.resolve(),
  visibleAmong: (names) => Promise.resolve(new Set(names)),
};

/** The same for one request, which asks for each name once: each name counts as a request of the account. */
export function memoizedAccess({ assertMaySee, visibleAmong }: ClusterAccess): ClusterAccess {
  const answers = new Map<string, Promise<ReadonlySet<string>>>();
  return {
    assertMaySee,
    visibleAmong: async (names) => {
      const others = names.filter((name) => !answers.has(name));
      const answer = visibleAmong(others);
      for (const name of others) answers.set(name, answer);
      const all = await Promise.all([answer, ...names.flatMap((name) => answers.get(name) ?? [])]);
      const seen = new Set(all.flatMap((some) => [...some]));
      return new Set(names.filter((name) => seen.has(name)));
    },
  };
}

/**
 * The path that an RBAC rule grants, with the verb `get`, to let an account see a cluster. A name that is a URL is one
 * segment.
 */
export function clusterPath(name: string): string {
  return `/dynamic-toolset/clusters/${encodeURIComponent(name)}`;
}

/**
 * The clusters that a request is about. Throws the HTTP problem if the account may not see the named cluster, before
 * revealing whether it exists, or if nothing is known of it yet. `*` leaves out those that it may not see.
 */
export async function chosenClusters(
  all: readonly ShownCluster[],
  named: string,
  access: ClusterAccess,
): Promise<readonly ShownCluster[]> {
  if (named === everyCluster) return visible(all, access);
  if (named === ownCluster.name) return known(all.filter(isOwn), problemFor.notReady);
  await access.assertMaySee(named);
  const [first, ...others] = all.filter((one) => !isOwn(one) && one.name === named);
  if (!first) throw problemFor.clusterNotFound(named);
  return known([first, ...others], () => problemFor.clusterNotReady(named, first.unread?.message));
}

/** The read models of these clusters, and of hub ConfigMaps built from other clusters that the account may see. */
export async function modelsOf(chosen: readonly ShownCluster[], access: ClusterAccess): Promise<readonly ReadModel[]> {
  const of = new Set(chosen.flatMap(({ builtFromOthers }) => builtFromOthers.map(({ cluster }) => cluster)));
  const seen = of.size === 0 ? of : await access.visibleAmong([...of]);
  return chosen.flatMap(({ model, builtFromOthers }) => [
    ...(model ? [model] : []),
    ...builtFromOthers.filter(({ cluster }) => seen.has(cluster)).map((one) => one.model),
  ]);
}

async function visible(all: readonly ShownCluster[], access: ClusterAccess): Promise<readonly ShownCluster[]> {
  known(all.filter(isOwn), problemFor.notReady);
  const names = new Set(all.filter((one) => !isOwn(one)).map(({ name }) => name));
  const seen = await access.visibleAmong([...names]);
  return all.filter((one) => isOwn(one) || seen.has(one.name));
}

function known(some: readonly ShownCluster[], otherwise: () => Error): readonly ShownCluster[] {
  const evaluated = some.filter(({ model }) => model !== null);
  if (evaluated.length === 0) throw otherwise();
  return evaluated;
}

function isOwn({ isOwn: own }: ShownCluster): boolean {
  return own;
}
