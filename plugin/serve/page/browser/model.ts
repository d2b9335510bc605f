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
      /** Details of expanded rows, by key. */
      readonly details: ReadonlyMap<string, ToolsetDetail>;
    }
  | {
      readonly view: 'services';
      /** `null` if there is no cluster to ask. */
      readonly list: List<ExplainedService> | null;
    }
  | { readonly view: 'changes'; readonly changes: ConfigMapChanges | null }
  | { readonly view: 'settings'; readonly configMap: ConfigMap | null }
  | { readonly view: 'configmaps' };

/** State of the connection that reports changes. */
export type StreamState = 'connecting' | 'live' | 'lost' | 'refused';

/** The state from which the page is rendered. */
export interface Model {
  readonly token: string | null;
  /** Why the last token was rejected. */
  readonly signInProblem: string | null;
  readonly route: Route;
  readonly live: StreamState;
  /** Clusters that the token may see, Argo CD's own first; `null` before the first load. */
  readonly clusters: readonly Cluster[] | null;
  /** Applications in all these clusters, or some if there are too many; `null` before the first load. */
  readonly applications: readonly Application[] | null;
  /** How many there are. */
  readonly total: number;
  /** Content of the last loaded view, which may differ from the route's while that is loading. */
  readonly content: Content | null;
  readonly isLoading: boolean;
  /** Why the last load failed: what is shown is outdated. */
  readonly problem: ApiError | null;
  /**
   * The last request to look again: the key of its ConfigMap, and the response as a sentence, `null` until it arrives.
   * `null` before the first one.
   */
  readonly look: { readonly of: string; readonly result: string | null } | null;
  /** Keys of expanded rows. */
  readonly open: ReadonlySet<string>;
}

export interface Actions {
  /** Navigates; `replace` adds no entry to the browser history. */
  readonly go: (changes: Partial<Route>, how?: 'replace') => void;
  readonly search: (text: string) => void;
  readonly toggle: (key: string) => void;
  readonly signIn: (token: string) => void;
  readonly signOut: () => void;
  /** Makes `serve` repeat the discovery of the ConfigMap that is shown. */
  readonly lookAgain: () => void;
}

/** The ConfigMap to show: the one in the address, or else the most urgent one. */
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

/** The selected cluster; `undefined` if it is not watched, or may not be seen. */
export function clusterOf({ clusters, applications, route }: Model): Cluster | undefined {
  const name = chosenOf(applications ?? [], route)?.cluster ?? route.cluster ?? ownCluster.name;
  return clusters?.find((one) => one.name === name);
}

/**
 * The cluster whose Services are shown. For a multi-cluster ConfigMap: the one in the address, else the ConfigMap's
 * own, else the first; `null` if the account may see none of them.
 */
export function memberOf(
  { cluster, clusters }: Pick<Application, 'cluster' | 'clusters'>,
  { member }: Pick<Route, 'member'>,
): string | null {
  if (clusters === null) return cluster;
  const { items } = clusters;
  return [member, cluster].find((one) => one !== null && items.includes(one)) ?? items[0] ?? null;
}

/** Key of a ConfigMap's row. */
export function applicationKey({ cluster, configMap }: Pick<Application, 'cluster' | 'configMap'>): string {
  return `${cluster} ${configMap}`;
}

/** Key of a toolset's row. */
export function toolsetKey({ section, name }: Pick<Toolset, 'section' | 'name'>): string {
  return `${section} ${name}`;
}
