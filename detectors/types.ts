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
}

/** What discovery reads of a live Service: only these fields are kept of what the API server sends. */
export interface ServiceView {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly owners: readonly Owner[];
  readonly type: string;
  /** `None` for a headless Service, empty where none was assigned. */
  readonly clusterIP: string;
  readonly externalName: string;
  readonly ports: readonly ServicePort[];
  /** `null` where the Service selects no pods itself. */
  readonly selector: Readonly<Record<string, string>> | null;
}

/** A text or several, each with `*` for any run of characters: any of them may match the whole value. */
export type Pattern = string | readonly string[];

/** Facts that must all hold of one Service. */
export interface Condition {
  /** Product as its name labels say (`app.kubernetes.io/name`, `app`, `k8s-app`), else its pod selector's. */
  readonly product?: Pattern;
  /** Part of the product as its component labels say, else its pod selector's. */
  readonly component?: Pattern;
  /** Helm chart, without its version (`helm.sh/chart`, `chart`). */
  readonly chart?: Pattern;
  /** Kind and API group of an owner: `Prometheus.monitoring.coreos.com`. */
  readonly owner?: Pattern;
  readonly labels?: Readonly<Record<string, Pattern>>;
  readonly selector?: Readonly<Record<string, Pattern>>;
  /** The Service's own name. */
  readonly name?: Pattern;
  /** Name or number of one of its TCP ports. */
  readonly port?: Pattern;
}

/**
 * One way to tell that a Service belongs to a product. `rule` is what people read about it.
 * Evidence stands strongest first: owner or operator, product and component labels, chart, exact name and port.
 */
export interface Evidence {
  readonly rule: string;
  readonly when: Condition;
}

/** Names (patterns) and numbers of the port that answers queries, best first; names before numbers. */
export interface PortRule {
  readonly names: readonly string[];
  readonly numbers: readonly number[];
}

/**
 * A part of the product that answers queries. Doors stand best first: one that fronts others before what it fronts.
 * A door without `when` takes every Service of the product that no other door takes.
 */
export interface Door {
  readonly name: string;
  readonly when?: Condition;
  readonly ports?: PortRule;
  /** Path in front of the API at this door: `/select/0/prometheus`. */
  readonly path?: string;
}

/** A question that only this product answers so. */
export interface Probe {
  /** Path below the endpoint's own path. */
  readonly path: string;
  /** Text that must be in the first 64 KB of the answer. */
  readonly contains: readonly string[];
}

/** A product: what tells its Services, where they answer, and which toolset of the consumer it configures. */
export interface Detector {
  /** Stable, lower case: the key in `spec.detectors` of toolset.yaml. */
  readonly id: string;
  readonly title: string;
  /** HolmesGPT's name of the toolset. */
  readonly toolset: string;
  /** Where the facts of this file come from. */
  readonly sources: readonly string[];
  /** Words of which every piece of evidence holds one: a Service without any is not looked at further. */
  readonly words: readonly string[];
  readonly evidence: readonly Evidence[];
  readonly doors: readonly Door[];
  readonly ports: PortRule;
  /** Used where nothing in the Service tells. */
  readonly scheme: 'http' | 'https';
  readonly probe: Probe;
}
