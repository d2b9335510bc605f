import { deploysToHub } from '../../argocd/application.ts';
import { evidenceOf, runTimeouts } from '../../cluster/http/evidence.ts';
import { instrumentProber } from '../metrics/discovery-metrics.ts';
import { failure } from '../telemetry.ts';
import { FleetParts } from './fleet-parts.ts';
import type { FleetPartsOptions } from './fleet-parts.ts';
import { isOpenTo } from './open-cluster.ts';
import type { OpenedCluster } from './open-cluster.ts';
import { otherCollections } from './other-cluster.ts';
import type { OtherClusterParts } from './other-cluster.ts';
import { proberOf } from './probers.ts';
import { WatchedCluster } from './watched-cluster.ts';
import type { SharedParts, WatchedClusterOptions } from './watched-cluster.ts';

/** What every cluster besides the hub is created with. */
export interface OtherClusterContext extends Pick<WatchedClusterOptions, 'grantOf' | 'onStatus'> {
  readonly shared: SharedParts;
  readonly allowServiceProxy: boolean;
  readonly hub: NonNullable<WatchedClusterOptions['hub']>;
  /** Whether this name or URL means the cluster. */
  readonly isCalled: (opened: OpenedCluster, cluster: string) => boolean;
  /** Whether a destination with this name or URL is read through this connection. */
  readonly isOpened: (opened: OpenedCluster, called: string) => boolean;
  /** Called with `namespace/name` of a multi-cluster ConfigMap whose part of this cluster may have changed. */
  readonly onPart: FleetPartsOptions['onPart'];
}

/** Creates another cluster, including the evaluation of hub ConfigMaps that are built from it. */
export function createOtherCluster(
  { opened, caches, isInHub, keptKeys, emit, signal }: OtherClusterParts,
  { shared, grantOf, allowServiceProxy, hub, isCalled, isOpened, onStatus }: OtherClusterContext,
): WatchedCluster {
  const { name, connection } = opened;
  return new WatchedCluster({
    shared,
    connection,
    hub: isInHub ? hub : undefined,
    keptKeys,
    caches,
    collections: otherCollections,
    here: {
      name,
      isCalled: (cluster) => isCalled(opened, cluster),
      isDestinationOf: isInHub
        ? deploysToHub
        : ({ otherCluster }) => otherCluster !== null && isOpened(opened, otherCluster),
    },
    grantOf: (project, cluster) => (isOpenTo(opened, project) ? grantOf(project, cluster) : 'nothing'),
    prober: proberOf(opened, allowServiceProxy, signal),
    // Stores are asked by Service name, which in the hub may be another Service's.
    stores: null,
    fleet: null,
    emit,
    onStatus,
    signal,
  });
}

/** Evaluates the cluster's parts of multi-cluster ConfigMaps. */
export function createFleetParts(
  { opened, caches, keptKeys, emit, signal }: Omit<OtherClusterParts, 'isInHub'>,
  { shared, grantOf, allowServiceProxy, hub, isCalled, onPart }: OtherClusterContext,
): FleetParts {
  const { name, connection } = opened;
  const { permits, metrics } = shared;
  return new FleetParts({
    hub: hub.name,
    caches,
    keptKeys,
    here: { name, isCalled: (cluster) => isCalled(opened, cluster), isDestinationOf: deploysToHub },
    // Which clusters the project may read is decided at look-up.
    grantOf: (project) => (isOpenTo(opened, project) ? grantOf(project, null) : 'nothing'),
    permits,
    prober: instrumentProber(proberOf(opened, allowServiceProxy, signal), metrics, noop),
    evidence: evidenceOf(connection, signal, { ...runTimeouts, allMs: null }),
    stores: null,
    signal,
    onPart,
    onBug: (error, configMap) => {
      emit('bug', { configMap, ...failure(error) });
    },
  });
}

function noop(): void {
  // Which settings a part came from is not shown.
}
