import type { StoreApi } from './stores/types.ts';

/** One port of a Service. `name` and `appProtocol` are empty where the Service has none. */
export interface ServicePort {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly appProtocol: string;
  /** Number or container port name; the Service's own port where it says nothing. */
  readonly targetPort: number | string;
}

/** An owner of a Service, as its owner references name it. */
export interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Absent in a recording that says none. */
  readonly uid?: string;
}

/** What discovery reads of a live Service: only these fields are kept of what the API server sends. */
export interface ServiceView {
  /** The cluster that it is in, where several are read. */
  readonly cluster?: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly owners: readonly Owner[];
  readonly type: string;
  /** `None` for a headless Service, empty where none was assigned. */
  readonly clusterIP: string;
  /** When the API server created it, in milliseconds since the epoch; absent in a recording without times. */
  readonly createdAt?: number;
  readonly externalName: string;
  readonly ports: readonly ServicePort[];
  /** `null` where the Service selects no pods itself. */
  readonly selector: Readonly<Record<string, string>> | null;
  /** Characters of a Service that has more than are read: nothing but its name is kept. `null` for every other. */
  readonly oversize: number | null;
}

/** A text or several, each with `*` for any run of characters: any of them may match the whole value. */
export type Pattern = string | readonly string[];

/** A Kubernetes label selector, as in NetworkPolicy. */
export interface LabelSelector {
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly matchExpressions: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values: readonly string[];
  }[];
}

/** Facts that must all hold of one Service. */
export interface Condition {
  /** The Service's labels as Kubernetes selects by them. */
  readonly labelSelector?: LabelSelector;
  /** Product as its name labels say (`app.kubernetes.io/name`, `app`, `k8s-app`), else its pod selector's. */
  readonly product?: Pattern;
  /** Part of the product as its component labels say, else its pod selector's. */
  readonly component?: Pattern;
  /** Helm chart, without its version (`helm.sh/chart`, `chart`). */
  readonly chart?: Pattern;
  /** Kind and API group of an owner: `Prometheus.monitoring.coreos.com`. */
  readonly owner?: Pattern;
  readonly labels?: Readonly<Record<string, Pattern>>;
  readonly annotations?: Readonly<Record<string, Pattern>>;
  readonly selector?: Readonly<Record<string, Pattern>>;
  /** The Service's own name. */
  readonly name?: Pattern;
  /** Name or number of one of its TCP ports, or of the pods' port behind it. */
  readonly port?: Pattern;
  /** Name and number of one and the same TCP port. */
  readonly namedPort?: { readonly name: Pattern; readonly number: Pattern };
}

/** How strong evidence is: 0 said by people, 1 owner or operator, 2 product label, 3 chart, 4 product label and port, 5 name and port. */
export type Tier = 0 | 1 | 2 | 3 | 4 | 5;

/** One way to tell that a Service belongs to a product. `rule` is what people read about it. */
export interface Evidence {
  readonly rule: string;
  readonly tier: Tier;
  readonly when: Condition;
}

/** Names (patterns) and numbers of the port that answers queries, best first; names before numbers. */
export interface PortRule {
  /** Chosen by a user: no veto applies. */
  readonly exact?: boolean;
  readonly names: readonly string[];
  readonly numbers: readonly number[];
  /** Numbers of other protocols that the product speaks: never the port, and beside it a sign of the product. */
  readonly others?: readonly number[];
}

/**
 * A part of the product that answers queries. A detector lists the best first: one that fronts others before what it
 * fronts. `part` is matched with the component label, else with roles, with what follows the product in its name label
 * or in the Service's name, else with the empty text. An entry point without `part` takes every part that no other
 * entry point takes and that is not a known part without an API.
 */
export interface EntryPoint {
  readonly name: string;
  readonly part?: Pattern;
  /** Facts of the Services that are this entry point, where a chart and an operator call theirs alike. */
  readonly when?: Condition;
  readonly ports?: PortRule;
  /** Words that name another part of the product elsewhere, and exclude no Service at this entry point, nor, at one without a part, any. */
  readonly allows?: readonly string[];
  /** HTTP headers that every query at this entry point needs: a tenant. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Path in front of the API at this entry point: `/select/0/prometheus`. */
  readonly path?: string;
  /** Nothing in the Service tells where the API is: only taken where its custom resource or its Pod does. */
  readonly needsProof?: true;
}

/** What evidence beyond the Service says about a backend; it says nothing about what is absent. */
export interface BackendFacts {
  /** Path in front of the entry point's own path, without a slash at its end; empty where it is known to be none. */
  readonly prefix?: string;
  /** Path in place of the entry point's own: that of one tenant behind a gateway. */
  readonly path?: string;
  readonly scheme?: 'http' | 'https';
  /** Name or number of the Service's port on which queries are answered. */
  readonly port?: string | number;
  /** It listens on its own loopback address: only an authentication proxy beside it can be reached. */
  readonly isLocal?: true;
  /** Queries are answered with a credential alone. */
  readonly needsCredential?: true;
  /** Values of X-Scope-OrgID that select its tenants, where queries need one. */
  readonly tenants?: readonly string[];
}

/** How a field is read, and all that is kept of it: whatever else stands there is nothing. */
export type FieldType =
  /** An absolute path of a small alphabet. */
  | 'path'
  /** A URL, or its path: the path alone is kept. */
  | 'url path'
  /** Whether there is anything but `false`, an empty text, list or map. */
  | 'presence'
  /** `true` or `false`, also as a text. */
  | 'flag'
  /** Name or number of a port. */
  | 'port'
  /** A name of at most 63 letters, digits, `.`, `_` and `-`. */
  | 'word'
  /** A list of maps: the `name` of each that is a word, 16 at most. */
  | 'names';

/** One field of a custom resource. */
export interface ResourceField {
  /** Keys from the object down: `['spec', 'web', 'tlsConfig']`. */
  readonly at: readonly string[];
  readonly as: FieldType;
  /** For `names`: the key of the name in each map; `name` unless given. */
  readonly name?: string;
}

/** What was kept of the fields, by the field's name; without those that the object does not have. */
export type FieldValues = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** A kind of custom resource of which an operator makes Services: which of its fields say how they are to be queried. */
export interface CustomResource {
  readonly kind: string;
  readonly group: string;
  /** Lower-case plural, as in the API's paths. */
  readonly resource: string;
  /** Versions whose fields these are, newest first. */
  readonly versions: readonly string[];
  /**
   * Keys of labels or terms of the pod selector whose value is the name of the object, for Services without an owner
   * reference to it. With `when`, only where that holds.
   */
  readonly namedBy: readonly NamedBy[];
  readonly fields: Readonly<Record<string, ResourceField>>;
  /** What the values say about a Service at the entry point of this name; `null` where it answers no queries. */
  readonly facts: (values: FieldValues, entryPoint: string) => BackendFacts | null;
  /** Where the fields are described. */
  readonly source: string;
}

export interface NamedBy {
  readonly label?: string;
  readonly selector?: string;
  readonly when?: Condition;
}

/** What the Pods of a product say: image, arguments and readiness probe, and nothing else. */
export interface PodRule {
  /** Last part of the image's name, without tag and digest. */
  readonly images: Pattern;
  /**
   * Arguments that name the program, where the image has several: those of which one answers queries, and those of which
   * none does. A Pod with neither, such as one with a shell's command line, says nothing.
   */
  readonly command?: { readonly answers: readonly string[]; readonly others: readonly string[] };
  /** Flag that names the part which the program is, and those that answer queries: `-target=read`. */
  readonly part?: { readonly flag: string; readonly answers: Pattern };
  /** Flags without dashes whose value is the path in front of the API; the first that is there decides. */
  readonly pathFlags?: readonly string[];
  /** The same of flags whose value is a URL with that path. */
  readonly urlFlags?: readonly string[];
  /** Flags without dashes whose value is the path in place of the entry point's own; behind what `pathFlags` tell. */
  readonly ownPathFlags?: readonly string[];
  /** Flags that switch TLS on, by `true` or by the name of a file. */
  readonly tlsFlags?: readonly string[];
  /** Paths of readiness probes without what stands in front of the API: `/-/ready`. */
  readonly readiness?: readonly string[];
}

/** How a backend is spoken to: over HTTP, or in a protocol of its own. */
export type Scheme = 'http' | 'https' | 'postgresql' | 'mysql' | 'mongodb' | 'redis' | 'kafka';

/** A question that only this product answers so. */
export interface Probe {
  /** Path below the endpoint's own path. */
  readonly path: string;
  /** Statuses of a healthy answer; 200 and 204 where it says nothing. */
  readonly accept?: readonly number[];
  /** Texts that must all be in the first 64 KB of the answer, white space aside. */
  readonly contains: readonly string[];
  /** Path that the consumer asks, where `path` needs none and that one may need a credential. */
  readonly access?: string;
}

/** A product: what tells its Services, where they answer, and which toolset of the consumer it configures. */
export interface Detector {
  /** Stable, lower case: the key in `spec.detectors` of toolset.yaml. */
  readonly id: string;
  readonly title: string;
  /** HolmesGPT's name of the toolset. */
  readonly toolset: string;
  /** Off: known, but only looked for where toolset.yaml switches it on (it needs credentials). */
  readonly byDefault: 'on' | 'off';
  /** Where the facts of this file come from. */
  readonly sources: readonly string[];
  /** Words of which every piece of evidence holds one: a Service without any of them is not evaluated. */
  readonly words: readonly string[];
  /** What people call the product for short: too little for `words`, and evidence beside its own port. */
  readonly abbreviations?: readonly string[];
  /** What people call it for what it does for them, `cache`: as little as `db`, and evidence beside its own port. */
  readonly purposes?: readonly string[];
  /** Strongest first. */
  readonly evidence: readonly Evidence[];
  /** Best first. */
  readonly entryPoints: readonly [EntryPoint, ...EntryPoint[]];
  /** Words for parts of this product that do not answer queries, besides those of every product. */
  readonly otherParts?: readonly string[];
  /** Facts of Services that are the internal store of another product, which alone queries them. */
  readonly notOf?: readonly Condition[];
  /** Detectors whose backends in the same namespace stand behind this one. */
  readonly fronts?: readonly string[];
  readonly ports: PortRule;
  /** Used where nothing in the Service tells. */
  readonly scheme: Scheme;
  /** Defaults of charts that differ from it; the first whose facts hold decides. */
  readonly schemes?: readonly { readonly when: Condition; readonly scheme: Scheme; readonly chart: string }[];
  /** Charts that put the API below a path which nothing else in the Service tells; the first whose facts hold decides. */
  readonly paths?: readonly { readonly when: Condition; readonly path: string }[];
  /** `null` for products that do not speak HTTP: their readiness alone counts. */
  readonly probe: Probe | null;
  /** What it is asked so that a first query returns data; absent where that needs nothing. */
  readonly store?: StoreApi;
  /** Custom resources that say more of its Services. */
  readonly resources?: readonly CustomResource[];
  /** What its Pods say. */
  readonly pods?: PodRule;
  /** What users write for a product of their own: the toolset, with `${url}` and the like in its texts. */
  readonly template?: unknown;
}
