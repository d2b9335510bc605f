import type { Cluster } from '../cluster/types.ts';
import type { Prober } from '../cluster/probe/probe.ts';

type OnStage = (stage: string) => void;

/** The cluster, which tells what is read of it. */
export function toldCluster(cluster: Cluster, onStage: OnStage | undefined): Cluster {
  if (!onStage) return cluster;
  return {
    ...cluster,
    services: (scope, keys) => {
      onStage('listing Services');
      return cluster.services(scope, keys);
    },
    endpoints: (services, scope) => {
      onStage('reading EndpointSlices');
      return cluster.endpoints(services, scope);
    },
    customResource: (ref) => {
      onStage(`reading the custom resource ${ref.namespace}/${ref.name}`);
      return cluster.customResource(ref);
    },
    pod: (ref, keys) => {
      onStage(`reading a Pod of ${ref.namespace}`);
      return cluster.pod(ref, keys);
    },
  };
}

/** The prober, which tells how many backends have answered. */
export function toldProber(prober: Prober, onStage: OnStage | undefined): Prober {
  if (!onStage) return prober;
  let asked = 0;
  let answered = 0;
  const tell = (): void => {
    onStage(`asking backends: ${String(answered)} of ${String(asked)} have answered`);
  };
  return async (request) => {
    asked += 1;
    tell();
    try {
      return await prober(request);
    } finally {
      answered += 1;
      tell();
    }
  };
}
