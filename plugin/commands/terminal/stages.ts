import type { Cluster } from '../../cluster/types.ts';
import type { Prober } from '../../cluster/probe/probe.ts';
import type { ClusterReader } from '../../doctor/cluster-reader.ts';
import { keyOf } from '../../lib/object-key.ts';

type OnStage = (stage: string) => void;

/** The cluster, reporting what is read from it. */
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

/** The cluster reader of doctor, reporting what is read. */
export function toldReader(reader: ClusterReader, onStage: OnStage | undefined): ClusterReader {
  if (!onStage) return reader;
  const told =
    <Arguments extends readonly unknown[], Result>(
      read: (...args: Arguments) => Promise<Result>,
      stageOf: (...args: Arguments) => string,
    ) =>
    (...args: Arguments): Promise<Result> => {
      onStage(stageOf(...args));
      return read(...args);
    };
  return {
    deployments: told(reader.deployments, () => 'listing Deployments'),
    statefulSets: told(reader.statefulSets, () => 'listing StatefulSets'),
    pods: told(reader.pods, () => 'listing Pods'),
    applications: told(reader.applications, () => 'listing Applications'),
    project: told(reader.project, (name) => `reading the AppProject ${keyOf(name)}`),
    configMap: told(reader.configMap, (name) => `reading the ConfigMap ${keyOf(name)}`),
    servedGroups: told(reader.servedGroups, () => 'asking which resources the cluster serves'),
    isAllowed: told(reader.isAllowed, ({ namespace, name }) => `asking what ${namespace}/${name} may do`),
    user: told(reader.user, () => 'asking who you are'),
  };
}

/** The prober, reporting how many backends have answered. */
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
