import { ownCluster } from '../../../lib/cluster-name.ts';
import { problemFor } from '../problem-details.ts';
import type { ReadModel } from '../state/read-model.ts';
import type { ShownCluster } from '../state/shown-cluster.ts';

/** Stands for every cluster that the account may see. */
export const everyCluster = '*';

/** What an account may see besides the cluster that Argo CD runs in, which access to the API is access to. */
export interface ClusterAccess {
  /** Throws the problem where it may not see the cluster of this name, whether or not there is one. */
  readonly assertMaySee: (name: string) => Promise<void>;
  /** Those among these names that it may see. */
  readonly thatMaySee: (names: readonly string[]) => Promise<ReadonlySet<string>>;
}

/** Of a request whose answer is limited otherwise. */
export const allClusters: ClusterAccess = {
  assertMaySee: () => Promise.resolve(),
  thatMaySee: (names) => Promise.resolve(new Set(names)),
};

/** The same for one request, which asks for each name once: each that is asked for counts as a request of the account. */
export function askedOnce({ assertMaySee, thatMaySee }: ClusterAccess): ClusterAccess {
  const answers = new Map<string, Promise<ReadonlySet<string>>>();
  return {
    assertMaySee,
    thatMaySee: async (names) => {
      const others = names.filter((name) => !answers.has(name));
      const answer = thatMaySee(others);
      for (const name of others) answers.set(name, answer);
      const all = await Promise.all([answer, ...names.flatMap((name) => answers.get(name) ?? [])]);
      const seen = new Set(all.flatMap((some) => [...some]));
      return new Set(names.filter((name) => seen.has(name)));
    },
  };
}

/** What a rule names that lets an account see a cluster, with the verb `get`. A name that is a URL is one part of it. */
export function clusterPath(name: string): string {
  return `/dynamic-toolset/clusters/${encodeURIComponent(name)}`;
}

/**
 * The clusters that a request is about. Throws the problem where the account may not see the one that it names, before a
 * word on whether there is one, and where nothing is known of it yet. Of `*` those are left out that it may not see.
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

/** What is known of these clusters, and of the ConfigMaps in them that are made of others that the account may see. */
export async function modelsOf(chosen: readonly ShownCluster[], access: ClusterAccess): Promise<readonly ReadModel[]> {
  const of = new Set(chosen.flatMap(({ made }) => made.map(({ cluster }) => cluster)));
  const seen = of.size === 0 ? of : await access.thatMaySee([...of]);
  return chosen.flatMap(({ model, made }) => [
    ...(model ? [model] : []),
    ...made.filter(({ cluster }) => seen.has(cluster)).map((one) => one.model),
  ]);
}

async function visible(all: readonly ShownCluster[], access: ClusterAccess): Promise<readonly ShownCluster[]> {
  known(all.filter(isOwn), problemFor.notReady);
  const names = new Set(all.filter((one) => !isOwn(one)).map(({ name }) => name));
  const seen = await access.thatMaySee([...names]);
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
