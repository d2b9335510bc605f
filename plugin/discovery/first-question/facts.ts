import type { LabelNames } from '../../../detectors/stores/types.ts';

/** What selects this cluster in a store that holds several. */
export interface ClusterLabel {
  readonly label: string;
  readonly value: string;
}

/**
 * What told a fact: Git, the Service's annotation, its custom resource, or the store itself, now or when it was admitted.
 * In this order of authority.
 */
export const factOrigins = ['setting', 'annotation', 'resource', 'asked', 'remembered'] as const;
export type FactOrigin = (typeof factOrigins)[number];

/**
 * What makes the agent's first query of a store return data. Every text in it is safe to print: a tenant is
 * `[A-Za-z0-9][A-Za-z0-9._-]{0,62}` (in one of Git `|` may join several) or two numbers joined by `:`, a label name `[A-Za-z_][A-Za-z0-9_.:@/-]{0,127}`,
 * a cluster's value `[A-Za-z0-9][A-Za-z0-9._/:@-]{0,127}`, an index pattern `[a-z0-9*][a-z0-9._*-]{0,127}`.
 */
export interface StoreFacts {
  /**
   * Words for tenants of the store's kind, one for each instance: declared, or they have data. Empty where the store asks
   * for none. The first is in the headers of the candidate's entry point; with one it needs no credential.
   */
  readonly tenants: readonly string[];
  /** As the store calls them, also where that is what the consumer assumes; empty where nothing was learned. */
  readonly labels: LabelNames;
  /** Absent where the store holds this cluster alone, or nothing tells which of several it is. */
  readonly cluster?: ClusterLabel;
  /** Patterns of the indices that a search names; absent where that is not known, or the store has none. */
  readonly indices?: readonly string[];
  /** What told each of them; absent for what is not known. */
  readonly from: Readonly<Partial<Record<StoreFact, FactOrigin>>>;
}

export const storeFacts = ['tenants', 'labels', 'cluster', 'indices'] as const;
type StoreFact = (typeof storeFacts)[number];

/** What a search of all indices names. */
export const allIndices = '*';

/** Tenants that something else than the store's answers declares. */
export interface DeclaredTenants {
  readonly tenants: readonly string[];
  readonly from: 'setting' | 'annotation' | 'resource';
}

/** What was learned of a store by asking it, as it is remembered: what Git says is not in it. */
export interface LearnedFacts {
  /** Those with which it was asked and had data, and others that its custom resource declares beside them. */
  readonly tenants: readonly string[];
  readonly labels: LabelNames;
  /** The label of several clusters that it has; its value where that was found. */
  readonly cluster?: { readonly label: string; readonly value: string | null };
  /** Patterns of the indices that have data; absent where that was not told. */
  readonly indices?: readonly string[];
  /** The label that the settings named when it was asked; empty where they named none. */
  readonly askedFor: string;
}
