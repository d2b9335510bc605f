import type { ShownCluster } from '../http/state/shown-cluster.ts';
import type { WatchedCluster } from './watched-cluster.ts';
import type { OtherClusters } from './other-clusters.ts';

/** The part of caches and evaluation that is shown. */
type Contents = Pick<ShownCluster, 'services' | 'configMaps' | 'model' | 'builtFromOthers' | 'parts'>;

/** For a cluster that is not open. */
const noContents: Contents = { services: 0, configMaps: 0, model: null, builtFromOthers: [], parts: null };

/**
 * All clusters as the API shows them: Argo CD's own first, with the address `server`, then the `others` by name, open
 * or not.
 */
export function shownClusters(
  own: WatchedCluster,
  server: string,
  others: Pick<OtherClusters, 'open' | 'states'> | null,
): readonly ShownCluster[] {
  const builtFromOthers = (others?.open() ?? []).flatMap(({ opened, forHub: { readModel: model } }) =>
    model && model.configMaps().length > 0 ? [{ cluster: opened.name, model }] : [],
  );
  return [
    {
      ...contentsOf(own),
      name: own.name,
      isOwn: true,
      server,
      isOpen: true,
      unread: own.unread(),
      since: own.since,
      builtFromOthers,
    },
    ...(others?.states() ?? []).map(({ other, ...state }) => ({
      ...(other ? { ...contentsOf(other.cluster), parts: other.fleetParts.explanations } : noContents),
      ...state,
      isOwn: false,
      isOpen: other !== null,
    })),
  ];
}

function contentsOf({ caches, readModel }: WatchedCluster): Contents {
  return { ...noContents, services: caches.services.size, configMaps: caches.configMaps.size, model: readModel };
}
