import type { StoreApi } from '../../../detectors/stores/types.ts';

/** What one store is asked so that a first query of it returns data. */
export interface StoreQuestion {
  /** Where its Service is: the namespaces take turns. */
  readonly namespace: string;
  /** Where the API is, without a slash at its end. */
  readonly url: string;
  /** Address to connect to; where it is not one (headless, external), DNS resolves the host. */
  readonly clusterIP: string;
  readonly api: StoreApi;
  /** In this order, until one has data; `null` asks without a tenant. */
  readonly tenants: readonly (string | null)[];
  /** Whether those that the store lists are asked for instead, where it lists some. */
  readonly listsTenants: boolean;
  /** Names of a label whose value is a cluster, the best first. */
  readonly clusterLabels: readonly string[];
  /** Whether the clusters in it are asked for. */
  readonly comparesClusters: boolean;
  /** When the endpoints changed last: after another change it is another question. */
  readonly changedAt: number | null;
}

/** What a store with data told. Of its texts only names that were asked for are kept, and values of a safe alphabet. */
export interface StoreContent {
  /** The one that was asked and has data, and those that the store lists behind it; empty where none was sent. */
  readonly tenants: readonly string[];
  /** The names that the question knows, in no order. */
  readonly names: ReadonlySet<string>;
  /** The first label of the question's that it has. */
  readonly clusterLabel: string | null;
  /**
   * Namespaces by cluster, that of data without the label under ''; none of them where there are too many. `null` where that
   * was not asked or not told.
   */
  readonly clusters: ReadonlyMap<string, ReadonlySet<string>> | null;
  /** Those with data under one of the names; absent where that was not asked or not told. */
  readonly indices?: readonly string[];
}

/** Why nothing was learned of a store. */
export type Unlearned =
  /** No answer in time, or the connection failed. */
  | 'Silent'
  /** Only with a credential. */
  | 'Credential'
  /** It wants a tenant, and none of those that were tried has data. */
  | 'Tenant'
  /** It lists more tenants than become instances, and has no data without one. */
  | 'ManyTenants'
  /** Git names tenants, of which some are none of the store's kind. */
  | 'TenantKind'
  | 'Empty'
  /** More than is read. */
  | 'TooLong'
  /** Not what the product answers. */
  | 'Other'
  /** More stores than are asked in one run. */
  | 'NotAsked';

export type StoreAnswer = { readonly content: StoreContent } | { readonly unlearned: Unlearned };

/** Asks a store. Never throws. `pending` where the answer is not known yet. */
export type StoreReader = (question: StoreQuestion) => StoreAnswer | 'pending' | Promise<StoreAnswer>;
