import { isOwnCluster } from '../../lib/cluster-name.ts';
import type { Clock } from '../../lib/clock.ts';
import { systemClock } from '../../lib/clock.ts';
import type { ErrorCode } from '../../lib/codes.ts';
import { exitCodes } from '../../lib/codes.ts';
import { keyOf } from '../../lib/object-key.ts';
import type { AwaitedPart, FleetPart } from '../reconcile/evaluation/fleet-state.ts';
import type { ManagedConfigMap } from '../reconcile/managed-config-map.ts';
import type { OtherCluster } from './other-cluster.ts';
import type { OtherClusters } from './other-clusters.ts';

/** How long to wait for the first list of a cluster; after that, its part stays as it is in the ConfigMap. */
const graceMs = 5_000;

/** The parts of another cluster that a ConfigMap's evaluation needs. */
type OpenedCluster = Pick<OtherCluster, 'unread'> & { readonly fleetParts: Pick<OtherCluster['fleetParts'], 'of'> };

interface FleetsOptions {
  /** `null` if only the hub is watched. */
  readonly others: () =>
    (Pick<OtherClusters, 'unopened'> & { readonly of: (one: OtherClusterRef) => OpenedCluster | null }) | null;
  /** Called when the clusters of a ConfigMap have changed. */
  readonly onMembers: (configMap: string) => void;
  readonly clock?: Clock;
}

interface OtherClusterRef {
  readonly otherCluster: string;
}

/** The clusters of each multi-cluster ConfigMap, and each cluster's part of it. */
export class Fleets {
  readonly #options: FleetsOptions;
  readonly #clock: Clock;
  /** Keyed by `namespace/name` of the ConfigMap; names in the order of its settings. */
  readonly #members = new Map<string, readonly string[]>();
  /** When waiting for a cluster began, in monotonic milliseconds, by ConfigMap and cluster. */
  readonly #waiting = new Map<string, Map<string, number>>();

  constructor(options: FleetsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Multi-cluster ConfigMaps. */
  configMaps(): readonly string[] {
    return [...this.#members.keys()];
  }

  /**
   * The clusters of a ConfigMap, in the order of its settings; empty if it has a single cluster or they are not known.
   */
  allOf(configMap: string): readonly string[] {
    return this.#members.get(configMap) ?? [];
  }

  /** Those clusters except the hub. */
  namesOf(configMap: string): readonly string[] {
    return this.allOf(configMap).filter((name) => !isOwnCluster(name));
  }

  /** Sets the clusters of a ConfigMap; empty if it is gone or has a single cluster. */
  follow(configMap: string, all: readonly string[]): void {
    const before = this.namesOf(configMap);
    if (all.length === 0) this.#members.delete(configMap);
    else this.#members.set(configMap, all);
    if (all.length === 0) this.#waiting.delete(configMap);
    const names = this.namesOf(configMap);
    if (JSON.stringify(before) === JSON.stringify(names)) return;
    for (const name of this.#waiting.get(configMap)?.keys() ?? [])
      if (!names.includes(name)) this.#waiting.get(configMap)?.delete(name);
    this.#options.onMembers(configMap);
  }

  /** The cluster's part of this version of the ConfigMap. */
  partOf(cluster: string, configMap: ManagedConfigMap): FleetPart | AwaitedPart {
    const key = keyOf(configMap);
    const others = this.#options.others();
    const other = others?.of({ otherCluster: cluster });
    const part = other ? partIn(other, configMap) : unopened(others?.unopened(cluster) ?? null);
    const waiting = this.#waiting.get(key) ?? new Map<string, number>();
    if (!('waits' in part)) {
      waiting.delete(cluster);
      return part;
    }
    const now = this.#clock.now();
    const since = waiting.get(cluster) ?? now;
    this.#waiting.set(key, waiting.set(cluster, since));
    if (since + graceMs > now) return { waitMs: since + graceMs - now };
    return { unread: 'CLUSTER_UNREACHABLE', message: part.waits };
  }
}

/** `waits` says for what. */
function partIn(other: OpenedCluster, configMap: ManagedConfigMap): FleetPart | { readonly waits: string } {
  const unread = other.unread();
  if (unread === null) return other.fleetParts.of(configMap) ?? { waits: 'it has not been evaluated yet' };
  const { code, message } = unread;
  return code === null ? { waits: message } : { unread: code, message };
}

function unopened(known: ReturnType<OtherClusters['unopened']>): FleetPart | { readonly waits: string } {
  if (!known) return { unread: 'WORK_TOO_LARGE', message: 'too many clusters are looked up' };
  const { reason, message } = known.unread;
  if (reason === 'NotOpened') return { waits: message };
  return { unread: isErrorCode(reason) ? reason : 'CLUSTER_FAILED', message };
}

function isErrorCode(reason: string): reason is ErrorCode {
  return Object.hasOwn(exitCodes, reason);
}
