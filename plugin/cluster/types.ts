import type { CustomResource, FieldValues, ServiceView } from '../../detectors/types.ts';

/** A set of keys, or a rule for them. */
export type Keys = Pick<ReadonlySet<string>, 'has'>;

/** Which labels and annotations are kept; all others cost no memory, however many a tenant writes. */
export interface KeptKeys {
  readonly labels: Keys;
  readonly annotations: Keys;
  /** Labels of Namespaces. */
  readonly namespaceLabels: Keys;
}

/** What a long-running process keeps: of Services at which nothing points, the names alone. */
export interface Kept extends KeptKeys {
  readonly isPointedAt: (service: ServiceView) => boolean;
}

/** A Namespace as far as discovery reads it. */
export interface NamespaceView {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * What the EndpointSlices of one Service say together. `changedAt` is the time of their last change in milliseconds
 * since the epoch, `null` in a recording without times. `ports` are the pods' own, by name. `pod` is the name of one of the
 * pods, a ready one where there is one; `null` where no slice names any.
 */
export interface EndpointsView {
  readonly ready: number;
  readonly notReady: number;
  readonly changedAt: number | null;
  readonly ports: ReadonlyMap<string, number>;
  readonly pod: string | null;
}

/** A custom resource that a Service points at. */
export interface ResourceRef extends ConfigMapName {
  readonly type: CustomResource;
  /** As an owner reference says it; `null` where something else names the object. */
  readonly uid: string | null;
}

/** One of the pods behind a Service. */
export interface PodRef {
  readonly namespace: string;
  /** `null` where no EndpointSlice names one: a recording without them finds it by the selector. */
  readonly name: string | null;
  /** The pod counts only where its labels match. */
  readonly selector: Readonly<Record<string, string>>;
}

/** What is kept of one container: nothing of its environment, its volumes or its other arguments. */
export interface ContainerView {
  /** Last part of the image's name. */
  readonly image: string;
  /** The first argument that is no flag, where it is one that a rule knows. */
  readonly command: string | null;
  /** Values of the flags that rules know, by their name without dashes; of a URL the path alone. */
  readonly flags: Readonly<Record<string, string>>;
  readonly readiness: { readonly scheme: 'http' | 'https'; readonly port: number | null; readonly path: string } | null;
  readonly ports: readonly number[];
}

export type PodView = readonly ContainerView[];

/** What is kept of Pods. */
export interface PodKeys {
  /** Names of flags, with the kind of their value; of a `switch`, which may name a file, `true` or `false` is kept. */
  readonly flags: ReadonlyMap<string, 'path' | 'url path' | 'word' | 'switch'>;
  readonly commands: ReadonlySet<string>;
}

/**
 * Why an object that evidence is looked for in could not be read: `TooLarge` where more bytes than are read, `NotRecorded`
 * where a recording has none of its kind.
 */
export type Unread = 'Forbidden' | 'NotFound' | 'NotServed' | 'NotItsOwn' | 'NotRecorded' | 'TooLarge' | 'Unavailable';

/** The reduced object, or why there is none: never an error, for evidence is optional. */
export type Answer<T> = { readonly value: T } | { readonly unread: Unread };

/** The ConfigMap as it is in the cluster now. */
export interface LiveConfigMap {
  readonly annotations: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, string>>;
  /** When what it remembers of backends was written, in milliseconds since the epoch; absent where nothing tells. */
  readonly rememberedAt?: number;
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
  readonly customResource: (ref: ResourceRef) => Promise<Answer<FieldValues>>;
  readonly pod: (ref: PodRef, keys: PodKeys) => Promise<Answer<PodView>>;
  /** Milliseconds since the epoch: now, or when the cluster was recorded. */
  readonly now: () => number;
}
