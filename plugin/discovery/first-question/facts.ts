import type { LabelNames, Meaning } from '../../../detectors/stores/types.ts';
import { meanings } from '../../../detectors/stores/types.ts';

/** The label and value that select this cluster in a store that holds several. */
export interface ClusterLabel {
  readonly label: string;
  readonly value: string;
}

/**
 * Source of a fact: Git, the Service's annotation, its custom resource, or the store itself (now, or when it
 * was admitted). In order of authority.
 */
export const factOrigins = ['setting', 'annotation', 'resource', 'asked', 'remembered'] as const;
export type FactOrigin = (typeof factOrigins)[number];

/**
 * What the agent's first query of a store needs to return data. Every text is safe to print: a tenant is
 * `[A-Za-z0-9][A-Za-z0-9._-]{0,62}` (in Git `|` may join several) or two numbers joined by `:`, a label name
 * `[A-Za-z_][A-Za-z0-9_.:@/-]{0,127}`, a cluster's value `[A-Za-z0-9][A-Za-z0-9._/:@-]{0,127}`, an index
 * pattern `[a-z0-9*][a-z0-9._*-]{0,127}`.
 */
export interface StoreFacts {
  /**
   * Tenants in canonical form, one per instance: declared, or with data. Empty where the store requires none. The first
   * one is in the headers of the candidate's entry point; with it, no credential is needed.
   */
  readonly tenants: readonly string[];
  /** Names as the store uses them, even where they equal the consumer's defaults; empty where nothing was learned. */
  readonly labels: LabelNames;
  /** Absent where the store holds only this cluster, or its value among several is unknown. */
  readonly cluster?: ClusterLabel;
  /** Patterns of the indices to search; absent where unknown, or where the store has none. */
  readonly indices?: readonly string[];
  /** Source of each fact; absent for unknown facts. */
  readonly from: Readonly<Partial<Record<StoreFact, FactOrigin>>>;
}

export const storeFacts = ['tenants', 'labels', 'cluster', 'indices'] as const;
type StoreFact = (typeof storeFacts)[number];

/** The names for the meanings that have one. */
export function labelNames(nameOf: (meaning: Meaning) => string | undefined): LabelNames {
  return Object.fromEntries(
    meanings.flatMap((meaning) => {
      const name = nameOf(meaning);
      return name === undefined ? [] : [[meaning, name] as const];
    }),
  );
}

/** Pattern that searches all indices. */
export const allIndices = '*';
/** Maximum number of learned index patterns: each is a part of the name in a search. */
export const maxIndexPatterns = 4;

/** Tenants declared by a source other than the store's answers. */
export interface DeclaredTenants {
  readonly tenants: readonly string[];
  readonly from: 'setting' | 'annotation' | 'resource';
}

/** What a store told when it was asked, in the form that is remembered; settings from Git are not included. */
export interface LearnedFacts {
  /** Tenants that had data when the store was asked, and others that its custom resource declares beside them. */
  readonly tenants: readonly string[];
  readonly labels: LabelNames;
  /** The store's label for clusters, where it holds several; its value where it was found. */
  readonly cluster?: { readonly label: string; readonly value: string | null };
  /** Patterns of the indices with data; absent where unknown. */
  readonly indices?: readonly string[];
  /** The label that the settings named when the store was asked; empty where they named none. */
  readonly askedFor: string;
}
