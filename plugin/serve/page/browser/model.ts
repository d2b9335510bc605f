import type {
  Application,
  Cluster,
  ConfigMap,
  ConfigMapChanges,
  ExplainedService,
  List,
  Toolset,
  ToolsetDetail,
} from './api/responses.ts';
import type { ApiError } from './api/client.ts';
import type { Route } from './route.ts';
import { ownCluster } from '../../../lib/cluster-name.ts';
import { allStatuses, statusOf } from './labels.ts';

/** Data of one view. */
export type Content =
  | {
      readonly view: 'toolsets';
      readonly list: List<Toolset>;
      /** Of expanded rows, by key. */
      readonly details: ReadonlyMap<string, ToolsetDetail>;
    }
  | {
      readonly view: 'services';
      /** `null` where there is no cluster to ask for them. */
      readonly list: List<ExplainedService> | null;
    }
  | { readonly view: 'changes'; readonly changes: ConfigMapChanges | null }
  | { readonly view: 'settings'; readonly configMap: ConfigMap | null }
  | { readonly view: 'configmaps' };

/** Of the connection that tells of changes. */
export type StreamState = 'connecting' | 'live' | 'lost' | 'refused';

/** The state that the page is rendered from. */
export interface Model {
  readonly token: string | null;
  /** Why the last token was rejected. */
  readonly signInProblem: string | null;
  readonly route: Route;
  readonly live: StreamState;
  /** Those that the token may see, the own one first; `null` until they are loaded for the first time. */
  readonly clusters: readonly Cluster[] | null;
  /** Of all these clusters; `null` until they are loaded for the first time. */
  readonly applications: readonly Application[] | null;
  /** Of the view that was loaded last, which may differ from the route's while that is loading. */
  readonly content: Content | null;
  readonly isLoading: boolean;
  /** Why the last load failed: what is shown is outdated. */
  readonly problem: ApiError | null;
  /** What became of the last wish to look again; `null` before the first one. */
  readonly look: 'busy' | { readonly message: string } | null;
  /** Keys of expanded rows. */
  readonly open: ReadonlySet<string>;
}

export interface Actions {
  /** Navigates; `replace` adds no entry to the browser's history. */
  readonly go: (changes: Partial<Route>, how?: 'replace') => void;
  readonly search: (text: string) => void;
  readonly toggle: (key: string) => void;
  readonly signIn: (token: string) => void;
  readonly signOut: () => void;
  /** Has `serve` discover the ConfigMap that is shown anew. */
  readonly lookAgain: () => void;
}

/** The ConfigMap that is shown: the one in the address, or else the most urgent one. */
export function chosenOf(
  applications: readonly Application[],
  { cluster, configMap }: Pick<Route, 'cluster' | 'configMap'>,
): Application | undefined {
  if (configMap !== null) {
    const where = cluster ?? ownCluster.name;
    return applications.find((one) => one.cluster === where && one.configMap === configMap);
  }
  const some = applications.filter((one) => cluster === null || one.cluster === cluster);
  return some.toSorted((a, b) => urgencyOf(a) - urgencyOf(b))[0];
}

function urgencyOf(application: Application): number {
  return allStatuses.indexOf(statusOf(application));
}

/** The cluster that is looked at; `undefined` where it is not watched, or may not be seen. */
export function clusterOf({ clusters, applications, route }: Model): Cluster | undefined {
  const name = chosenOf(applications ?? [], route)?.cluster ?? route.cluster ?? ownCluster.name;
  return clusters?.find((one) => one.name === name);
}

/**
 * The cluster whose Services are shown: of a ConfigMap that is made of several the one in the address, or else its own, or else
 * the first; `null` where the account may see none of them.
 */
export function memberOf(
  { cluster, clusters }: Pick<Application, 'cluster' | 'clusters'>,
  { member }: Pick<Route, 'member'>,
): string | null {
  if (clusters === null) return cluster;
  const { items } = clusters;
  return [member, cluster].find((one) => one !== null && items.includes(one)) ?? items[0] ?? null;
}

/** Key of the row of a toolset. */
export function toolsetKey({ section, name }: Pick<Toolset, 'section' | 'name'>): string {
  return `${section} ${name}`;
}
