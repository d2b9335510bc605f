import type { CustomResource, FieldValues, ServiceView } from '../../detectors/types.ts';

/** A set of keys, or a rule for them. */
export type Keys = Pick<ReadonlySet<string>, 'has'>;

/** Which labels and annotations to keep; all others cost no memory, however many a tenant writes. */
export interface KeptKeys {
  readonly labels: Keys;
  readonly annotations: Keys;
  /** Labels of Namespaces. */
  readonly namespaceLabels: Keys;
}

/** What a long-running process keeps: only the names of Services that no rule points at. */
export interface KeepPolicy extends KeptKeys {
  readonly isPointedAt: (service: ServiceView) => boolean;
}

/** The part of a Namespace that discovery reads. */
export interface NamespaceView {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * The EndpointSlices of one Service combined. `changedAt` is the time of their last change in milliseconds since the
 * epoch, `null` in a recording without times. `ports` are the ports of the ready pods, or of all if none is ready, by the
 * name of the Service's port; `null` in a recording without ports. `pod` is the name of one of the pods, preferably a
 * ready one; `null` if no slice names any.
 */
export interface EndpointsView {
  readonly ready: number;
  readonly notReady: number;
  readonly changedAt: number | null;
  readonly ports: ReadonlyMap<string, number> | null;
  readonly pod: string | null;
}

/** A custom resource that a Service points at. */
export interface ResourceRef extends ConfigMapName {
  readonly type: CustomResource;
  /** From an owner reference; `null` if the object is named elsewhere. */
  readonly uid: string | null;
}

/** One of the pods behind a Service. */
export interface PodRef {
  readonly namespace: string;
  /** `null` if no EndpointSlice names one: in a recording without slices, the Pod is found by the selector. */
  readonly name: string | null;
  /** The pod counts only if its labels match. */
  readonly selector: Readonly<Record<string, string>>;
}

/** What is kept of one container: nothing from its environment, volumes or other arguments. */
export interface ContainerView {
  /** Last part of the image's name. */
  readonly image: string;
  /** The first argument that is not a flag, if a rule knows it. */
  readonly command: string | null;
  /** Values of the flags that rules know, keyed by name without dashes; of a URL only the path. */
  readonly flags: Readonly<Record<string, string>>;
  readonly readiness: { readonly scheme: 'http' | 'https'; readonly port: number | null; readonly path: string } | null;
  readonly ports: readonly number[];
}

export type PodView = readonly ContainerView[];

/** What to keep of Pods. */
export interface PodKeys {
  /** Flag names with the kind of their value; for a `switch`, which may name a file, only `true` or `false` is kept. */
  readonly flags: ReadonlyMap<string, 'path' | 'url path' | 'word' | 'words' | 'switch'>;
  readonly commands: ReadonlySet<string>;
}

/**
 * Why an object with evidence could not be read: `TooLarge` if it exceeds the limit, `NotRecorded` if a recording has
 * none of its kind.
 */
export type Unread = 'Forbidden' | 'NotFound' | 'NotServed' | 'NotItsOwn' | 'NotRecorded' | 'TooLarge' | 'Unavailable';

/** The reduced object, or why there is none: never an error, since evidence is optional. */
export type Answer<T> = { readonly value: T } | { readonly unread: Unread };

/** The ConfigMap as it currently is in the cluster. */
export interface LiveConfigMap {
  readonly annotations: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, string>>;
  /** When its memory of backends was written, in milliseconds since the epoch; absent if unknown. */
  readonly rememberedAt?: number;
}

/** Namespace and name of a ConfigMap. */
export interface ConfigMapName {
  readonly namespace: string;
  readonly name: string;
}

/** Namespaces to read: all of the cluster, or only these. */
export type NamespaceScope = 'cluster' | readonly string[];

export function isInScope(scope: NamespaceScope, namespace: string): boolean {
  return scope === 'cluster' || scope.includes(namespace);
}

/** A cluster to run discovery on: an API server or a recording. Every answer is complete, or an error is thrown. */
export interface Cluster {
  readonly services: (scope: NamespaceScope, keys: KeptKeys) => Promise<readonly ServiceView[]>;
  readonly namespaces: (keys: KeptKeys) => Promise<readonly NamespaceView[]>;
  /** Keyed by `namespace/name` of the Service; Services without EndpointSlices are absent. */
  readonly endpoints: (
    services: readonly ServiceView[],
    scope: NamespaceScope,
  ) => Promise<ReadonlyMap<string, EndpointsView>>;
  readonly configMap: (name: ConfigMapName) => Promise<LiveConfigMap | null>;
  readonly customResource: (ref: ResourceRef) => Promise<Answer<FieldValues>>;
  readonly pod: (ref: PodRef, keys: PodKeys) => Promise<Answer<PodView>>;
  /** Milliseconds since the epoch: the current time, or the time of the recording. */
  readonly now: () => number;
}
