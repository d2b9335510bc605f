import type { StoreApi } from '../../../detectors/stores/types.ts';

/** What to ask one store so that the first query of it returns data. */
export interface StoreQuestion {
  /** Namespace of its Service: the namespaces take turns. */
  readonly namespace: string;
  /** URL of the API, without a trailing slash. */
  readonly url: string;
  /** Address to connect to; if it is not one (headless, external), DNS resolves the host. */
  readonly clusterIP: string;
  readonly api: StoreApi;
  /** Tried in this order until one has data; `null` asks without a tenant. */
  readonly tenants: readonly (string | null)[];
  /** Whether to try the tenants that the store lists instead, if it lists any. */
  readonly listsTenants: boolean;
  /** Names of a label whose value is a cluster, best first. */
  readonly clusterLabels: readonly string[];
  /** Whether to ask for the clusters in its data. */
  readonly comparesClusters: boolean;
  /** When the endpoints last changed: another time makes it another question. */
  readonly changedAt: number | null;
}

/** The names of clusters that are taken from a store's data; others are ignored. */
export const clusterForm = /^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,62}$/;

/** What a store with data revealed. Only names that were asked for and values of a safe alphabet are kept. */
export interface StoreContent {
  /** The tenant that was asked and has data, followed by the others that the store lists; empty if none was sent. */
  readonly tenants: readonly string[];
  /** The names among those of the question, in no particular order. */
  readonly names: ReadonlySet<string>;
  /** The first label of the question that the store has. */
  readonly clusterLabel: string | null;
  /**
   * Namespaces by cluster, those of data without the label under ''; empty sets if there are too many. `null` if not
   * asked or not answered.
   */
  readonly clusters: ReadonlyMap<string, ReadonlySet<string>> | null;
  /** Indices with data under one of the names; absent if not asked or not answered. */
  readonly indices?: readonly string[];
}

/** Why nothing was learned about a store. */
export type NoFactsReason =
  /** No answer in time, or the connection failed. */
  | 'Silent'
  /** It requires a credential. */
  | 'Credential'
  /** It requires a tenant, and none of those tried has data. */
  | 'Tenant'
  /** It lists more tenants than may become instances, and has no data without one. */
  | 'ManyTenants'
  /** Git names tenants, some of which are not of the store's kind. */
  | 'TenantKind'
  | 'Empty'
  /** The response exceeds the limit. */
  | 'TooLong'
  /** Not a response of this product. */
  | 'Other'
  /** The limit of stores asked in one run was reached. */
  | 'NotAsked';

export type StoreAnswer = { readonly content: StoreContent } | { readonly noFacts: NoFactsReason };

/** Asks a store. Never throws. `pending` while the answer is not known yet. */
export type StoreReader = (question: StoreQuestion) => StoreAnswer | 'pending' | Promise<StoreAnswer>;
