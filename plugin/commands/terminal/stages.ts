import type { Cluster } from '../../cluster/types.ts';
import type { Prober } from '../../cluster/probe/probe.ts';
import type { ClusterReader } from '../../doctor/cluster-reader.ts';
import { keyOf } from '../../lib/object-key.ts';

type OnStage = (stage: string) => void;

/** The cluster, reporting what is read from it. */
export function reportingCluster(cluster: Cluster, onStage: OnStage | undefined): Cluster {
  if (!onStage) return cluster;
  return {
    ...cluster,
    services: reporting(onStage, cluster.services, () => 'listing Services'),
    endpoints: reporting(onStage, cluster.endpoints, () => 'reading EndpointSlices'),
    customResource: reporting(onStage, cluster.customResource, (ref) => `reading the custom resource ${keyOf(ref)}`),
    pod: reporting(onStage, cluster.pod, ({ namespace }) => `reading a Pod of ${namespace}`),
  };
}

/** The cluster reader of doctor, reporting what is read. */
export function reportingReader(reader: ClusterReader, onStage: OnStage | undefined): ClusterReader {
  if (!onStage) return reader;
  return {
    deployments: reporting(onStage, reader.deployments, () => 'listing Deployments'),
    statefulSets: reporting(onStage, reader.statefulSets, () => 'listing StatefulSets'),
    pods: reporting(onStage, reader.pods, () => 'listing Pods'),
    applications: reporting(onStage, reader.applications, () => 'listing Applications'),
    isRolling: reporting(onStage, reader.isRolling, (name) => `reading the ApplicationSet ${keyOf(name)}`),
    project: reporting(onStage, reader.project, (name) => `reading the AppProject ${keyOf(name)}`),
    configMap: reporting(onStage, reader.configMap, (name) => `reading the ConfigMap ${keyOf(name)}`),
    servedGroups: reporting(onStage, reader.servedGroups, () => 'asking which resources the cluster serves'),
    isAllowed: reporting(onStage, reader.isAllowed, (account) => `asking what ${keyOf(account)} may do`),
    user: reporting(onStage, reader.user, () => 'asking who you are'),
  };
}

function reporting<Args extends readonly unknown[], Result>(
  onStage: OnStage,
  read: (...args: Args) => Promise<Result>,
  stageOf: (...args: Args) => string,
): (...args: Args) => Promise<Result> {
  return (...args) => {
    onStage(stageOf(...args));
    return read(...args);
  };
}

/** The prober, reporting how many backends have answered. */
export function reportingProber(prober: Prober, onStage: OnStage | undefined): Prober {
  if (!onStage) return prober;
  let asked = 0;
  let answered = 0;
  const report = (): void => {
    onStage(`asking backends: ${String(answered)} of ${String(asked)} have answered`);
  };
  return async (request) => {
    asked += 1;
    report();
    try {
      return await prober(request);
    } finally {
      answered += 1;
      report();
    }
  };
}
