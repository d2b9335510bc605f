/** What labels, tags or fields of a store stand for: the things that an agent's first query names. */
type Meaning = 'namespace' | 'pod' | 'container' | 'service' | 'node' | 'deployment';

/** The name of a label, tag or field by what it stands for; without those of which the store has none. */
type LabelNames = Readonly<Partial<Record<Meaning, string>>>;

/** What selects this cluster in a store that holds several. */
interface ClusterLabel {
  readonly label: string;
  readonly value: string;
}

/**
 * What told a fact: Git, the Service's annotation, its custom resource, or the store itself, now or when it was admitted.
 * In this order of authority.
 */
type FactOrigin = 'setting' | 'annotation' | 'resource' | 'asked' | 'remembered';

/**
 * What makes the agent's first query of a store return data. Every text in it is safe to print: a tenant is
 * `[A-Za-z0-9][A-Za-z0-9._-]{0,62}` (in one of Git `|` may join several), a label name `[A-Za-z_][A-Za-z0-9_.:@/-]{0,127}`,
 * a cluster's value `[A-Za-z0-9][A-Za-z0-9._/:@-]{0,127}`.
 */
export interface StoreFacts {
  /**
   * Values of the header X-Scope-OrgID, one for each instance: declared, or they returned data. Empty where the store asks
   * for none. They take the place of the entry point's own header, and with one the backend needs no credential.
   */
  readonly tenants: readonly string[];
  /** As the store calls them, also where that is what the consumer assumes; empty where nothing was learned. */
  readonly labels: LabelNames;
  /** Absent where the store holds this cluster alone, or nothing tells which of several it is. */
  readonly cluster?: ClusterLabel;
  /** What told each of them; absent for what is not known. */
  readonly from: Readonly<Partial<Record<'tenants' | 'labels' | 'cluster', FactOrigin>>>;
}
