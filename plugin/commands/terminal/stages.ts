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

/** The cluster reader of doctor, reporting what is read. */
export function reportingReader(reader: ClusterReader, onStage: OnStage | undefined): ClusterReader {
  if (!onStage) return reader;
  const reporting =
    <Arguments extends readonly unknown[], Result>(
      read: (...args: Arguments) => Promise<Result>,
      stageOf: (...args: Arguments) => string,
    ) =>
    (...args: Arguments): Promise<Result> => {
      onStage(stageOf(...args));
      return read(...args);
    };
  return {
    deployments: reporting(reader.deployments, () => 'listing Deployments'),
    statefulSets: reporting(reader.statefulSets, () => 'listing StatefulSets'),
    pods: reporting(reader.pods, () => 'listing Pods'),
    applications: reporting(reader.applications, () => 'listing Applications'),
    project: reporting(reader.project, (name) => `reading the AppProject ${keyOf(name)}`),
    configMap: reporting(reader.configMap, (name) => `reading the ConfigMap ${keyOf(name)}`),
    servedGroups: reporting(reader.servedGroups, () => 'asking which resources the cluster serves'),
    isAllowed: reporting(reader.isAllowed, ({ namespace, name }) => `asking what ${namespace}/${name} may do`),
    user: reporting(reader.user, () => 'asking who you are'),
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
