import type { StoreApi } from './stores/types.ts';

/** One port of a Service. `name` and `appProtocol` are empty where the Service has none. */
export interface ServicePort {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly appProtocol: string;
  /** Number or name of the container port; the Service's own port number where the Service sets none. */
  readonly targetPort: number | string;
}

/** An entry of a Service's owner references. */
export interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Absent in recordings without it. */
  readonly uid?: string;
}

/** The fields of a live Service that discovery reads; everything else from the API server is dropped. */
export interface ServiceView {
  /** Cluster of the Service, where several clusters are read. */
  readonly cluster?: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly owners: readonly Owner[];
  readonly type: string;
  /** `None` for a headless Service, empty where none is assigned. */
  readonly clusterIP: string;
  /** Creation time in milliseconds since the epoch; absent in recordings without times. */
  readonly createdAt?: number;
  readonly externalName: string;
  readonly ports: readonly ServicePort[];
  /** `null` where the Service has no selector. */
  readonly selector: Readonly<Record<string, string>> | null;
  /** Size in characters of a Service above the reading limit, of which only the name is kept; otherwise `null`. */
  readonly oversize: number | null;
}

/** One or several globs, with `*` for any run of characters; one of them has to match the whole value. */
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

/** Facts about one Service, which must all hold. */
export interface Condition {
  /** Selects by the Service's labels, as Kubernetes does. */
  readonly labelSelector?: LabelSelector;
  /** The product, from the name labels (`app.kubernetes.io/name`, `app`, `k8s-app`), else from the pod selector's. */
  readonly product?: Pattern;
  /** The component, from the component labels, else from the pod selector's. */
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
  /** Name or number of one of its TCP ports, or of the target port behind it. */
  readonly port?: Pattern;
  /** Name and number of the same TCP port. */
  readonly namedPort?: { readonly name: Pattern; readonly number: Pattern };
}

/**
 * Strength of evidence: 0 user, 1 owner or operator, 2 product label, 3 chart, 4
 * product label and port, 5 name and port.
 */
export type Tier = 0 | 1 | 2 | 3 | 4 | 5;

/** One way to recognize a product's Service. `rule` is the name shown to users. */
export interface Evidence {
  readonly rule: string;
  readonly tier: Tier;
  readonly when: Condition;
}

/** Names (patterns) and numbers of the port that answers queries, best first; names before numbers. */
export interface PortRule {
  /** The user chose the port: no exclusion applies. */
  readonly exact?: boolean;
  readonly names: readonly string[];
  readonly numbers: readonly number[];
  /** Numbers that another port of the product may have as well: alone they point at nothing. */
  readonly ambiguous?: readonly number[];
  /** Port numbers of the product's other protocols: never the port itself, but a sign of the product beside it. */
  readonly others?: readonly number[];
}

/**
 * A part of the product that answers queries. Detectors list the best first: a proxy before what it fronts. `part` is
 * compared with the component label, else with roles, with what follows the product in its name label or in the
 * Service's name, else with the empty string. An entry point without `part` takes every part that no other entry point
 * takes and that is not a known part without an API.
 */
export interface EntryPoint {
  readonly name: string;
  readonly part?: Pattern;
  /** Facts that select this entry point's Services, where a chart and an operator use the same name for theirs. */
  readonly when?: Condition;
  readonly ports?: PortRule;
  /**
   * Words that elsewhere name another part of the product, but exclude no Service at this entry point; at an entry
   * point without a part, they exclude none at all.
   */
  readonly allows?: readonly string[];
  /** HTTP headers that every query at this entry point needs: the tenant. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Path in front of the API at this entry point: `/select/0/prometheus`. */
  readonly path?: string;
  /** The Service does not tell where the API is: taken only where its custom resource or its Pod does. */
  readonly needsProof?: true;
}

/** Facts about a backend from outside the Service. An absent field means unknown. */
export interface BackendFacts {
  /** Path in front of the entry point's own, without a trailing slash; empty where there is known to be none. */
  readonly prefix?: string;
  /** Path that replaces the entry point's own: that of one tenant behind a gateway. */
  readonly path?: string;
  readonly scheme?: 'http' | 'https';
  /** Name or number of the Service port that answers queries. */
  readonly port?: string | number;
  /** Listens on loopback only: reachable solely through an authentication proxy beside it. */
  readonly isLocal?: true;
  /** Queries need a credential. */
  readonly needsCredential?: true;
  /** Values of X-Scope-OrgID that select its tenants, where queries need one. */
  readonly tenants?: readonly string[];
}

/** How a field is read. Only values of this form are kept; all others count as absent. */
export type FieldType =
  /** An absolute path in a restricted alphabet. */
  | 'path'
  /** A URL or its path; only the path is kept. */
  | 'url path'
  /** Whether the field has a value other than `false` or an empty string, list or map. */
  | 'presence'
  /** `true` or `false`, also as a string. */
  | 'flag'
  /** Name or number of a port. */
  | 'port'
  /** A name of at most 63 letters, digits, `.`, `_` and `-`. */
  | 'word'
  /** The words of a list, or of a text with commas between them; kept as a text with commas. */
  | 'words'
  /** The `name` of each entry in a list of maps that is a word; 16 at most. */
  | 'names';

/** One field of a custom resource. */
export interface ResourceField {
  /** Path of keys from the root of the object: `['spec', 'web', 'tlsConfig']`. */
  readonly at: readonly string[];
  readonly as: FieldType;
  /** For `names`: the key that holds the name in each map; `name` by default. */
  readonly name?: string;
}

/** The values read, by field name; fields that the object lacks are absent. */
export type FieldValues = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** A kind of custom resource whose operator makes Services, and the fields that tell how to query them. */
export interface CustomResource {
  readonly kind: string;
  readonly group: string;
  /** Lower-case plural, as in the API's paths. */
  readonly resource: string;
  /** API versions with these fields, newest first. */
  readonly versions: readonly string[];
  /**
   * For Services without an owner reference: keys of labels or pod selector terms whose value is the object's name.
   * With `when`, only where that condition holds.
   */
  readonly namedBy: readonly NamedBy[];
  readonly fields: Readonly<Record<string, ResourceField>>;
  /** What the values tell about a Service at the named entry point; `null` where it answers no queries. */
  readonly facts: (values: FieldValues, entryPoint: string) => BackendFacts | null;
  /** URL that documents the fields. */
  readonly source: string;
}

export interface NamedBy {
  readonly label?: string;
  readonly selector?: string;
  readonly when?: Condition;
}

/** How a product's Pods are read: their image, arguments and readiness probe. */
export interface PodRule {
  /** Last segment of the image name, without tag and digest. */
  readonly images: Pattern;
  /**
   * For images with several programs: arguments of the programs that answer queries, and of those that do not. A Pod
   * with neither, such as one that runs a shell command, proves nothing.
   */
  readonly command?: { readonly answers: readonly string[]; readonly others: readonly string[] };
  /** The flag that selects the component, and its values that answer queries: `-target=read`. */
  readonly part?: { readonly flag: string; readonly answers: Pattern };
  /** The flag that lists features, and those with which the program answers no queries: `--enable-feature=agent`. */
  readonly features?: { readonly flag: string; readonly others: readonly string[] };
  /** Flags (without dashes) whose value is the path in front of the API; the first one present decides. */
  readonly pathFlags?: readonly string[];
  /** The same for flags whose value is a URL with that path. */
  readonly urlFlags?: readonly string[];
  /** Flags (without dashes) whose value replaces the entry point's own path; appended to the path from `pathFlags`. */
  readonly ownPathFlags?: readonly string[];
  /** Flags that switch TLS on, with `true` or a file name as value. */
  readonly tlsFlags?: readonly string[];
  /** Paths of readiness probes without any prefix: `/-/ready`. */
  readonly readiness?: readonly string[];
}

/** Protocol of a backend: HTTP, or one of its own. */
export type Scheme = 'http' | 'https' | 'postgresql' | 'mysql' | 'mongodb' | 'redis' | 'kafka';

/** A request that only this product answers this way. */
export interface Probe {
  /** Path below the endpoint's own path. */
  readonly path: string;
  /** Statuses of a healthy answer; 200 and 204 by default. */
  readonly accept?: readonly number[];
  /** Texts that must all occur in the first 64 KB of the answer; white space is ignored. */
  readonly contains: readonly string[];
  /** Path that the consumer queries and that may need a credential, where `path` needs none. */
  readonly access?: string;
}

/** A product: how to recognize its Services, where they answer, and which toolset of the consumer they configure. */
export interface Detector {
  /** Stable, lower-case id: the key in `spec.detectors` of toolset.yaml. */
  readonly id: string;
  readonly title: string;
  /** HolmesGPT's name for the toolset. */
  readonly toolset: string;
  /** `off`: detected only where toolset.yaml switches it on, because it needs credentials. */
  readonly byDefault: 'on' | 'off';
  /** URLs that back the facts in this file. */
  readonly sources: readonly string[];
  /** Words of which every piece of evidence contains at least one: Services without any are skipped. */
  readonly words: readonly string[];
  /** Short names of the product: too short for `words`, and evidence only beside the product's own port. */
  readonly abbreviations?: readonly string[];
  /** Names for its purpose, such as `cache`: as weak as `db`, and evidence only beside the product's own port. */
  readonly purposes?: readonly string[];
  /** Strongest first. */
  readonly evidence: readonly Evidence[];
  /** Best first. */
  readonly entryPoints: readonly [EntryPoint, ...EntryPoint[]];
  /** Words for components of this product that answer no queries, besides those of every product. */
  readonly otherParts?: readonly string[];
  /** Facts of Services that are another product's internal store, which only that product queries. */
  readonly notOf?: readonly Condition[];
  /** Detectors whose backends in the same namespace are behind this one. */
  readonly fronts?: readonly string[];
  readonly ports: PortRule;
  /** Default where nothing in the Service tells. */
  readonly scheme: Scheme;
  /** Chart defaults that differ from `scheme`; the first one that matches decides. */
  readonly schemes?: readonly { readonly when: Condition; readonly scheme: Scheme; readonly chart: string }[];
  /** Charts that put the API below a path which nothing in the Service shows; the first one that matches decides. */
  readonly paths?: readonly { readonly when: Condition; readonly path: string }[];
  /** `null` for products that do not speak HTTP: for these, only readiness counts. */
  readonly probe: Probe | null;
  /** Requests to the store that make a first query return data; absent where no such knowledge is needed. */
  readonly store?: StoreApi;
  /** Custom resources that tell more about its Services. */
  readonly resources?: readonly CustomResource[];
  /** How to read its Pods as evidence. */
  readonly pods?: PodRule;
  /** The toolset of a user-defined product, with placeholders such as `${url}` in its strings. */
  readonly template?: unknown;
}
