import type { ServiceView } from '../../detectors/types.ts';

/** A set of keys, or a rule for them. */
export type Keys = Pick<ReadonlySet<string>, 'has'>;

/** Which labels and annotations are kept; all others cost no memory, however many a tenant writes. */
export interface KeptKeys {
  readonly labels: Keys;
  readonly annotations: Keys;
  /** Labels of Namespaces. */
  readonly namespaceLabels: Keys;
}

/** A Namespace as far as discovery reads it. */
export interface NamespaceView {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * What the EndpointSlices of one Service say together. `changedAt` is the time of their last change in milliseconds
 * since the epoch, `null` in a recording without times. `ports` are the pods' own, by name.
 */
export interface EndpointsView {
  readonly ready: number;
  readonly notReady: number;
  readonly changedAt: number | null;
  readonly ports: ReadonlyMap<string, number>;
}

/** The ConfigMap as it is in the cluster now. */
export interface LiveConfigMap {
  readonly annotations: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, string>>;
}

/** Where a ConfigMap is. */
export interface ConfigMapName {
  readonly namespace: string;
  readonly name: string;
}

/** Namespaces to read: those of the whole cluster, or these alone. */
export type NamespaceScope = 'cluster' | readonly string[];

/** A cluster to discover in: the API server, or a recorded one. Every answer is whole, or an error is thrown. */
export interface Cluster {
  readonly services: (scope: NamespaceScope, keys: KeptKeys) => Promise<readonly ServiceView[]>;
  readonly namespaces: (keys: KeptKeys) => Promise<readonly NamespaceView[]>;
  /** By `namespace/name` of the Service; one without EndpointSlices is absent. */
  readonly endpoints: (
    services: readonly ServiceView[],
    scope: NamespaceScope,
  ) => Promise<ReadonlyMap<string, EndpointsView>>;
  readonly configMap: (name: ConfigMapName) => Promise<LiveConfigMap | null>;
  /** Milliseconds since the epoch: now, or when the cluster was recorded. */
  readonly now: () => number;
}
