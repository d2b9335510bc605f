import type { TenantKind } from './tenants.ts';

/** Meanings of a store's labels, tags or fields: what an agent's first query filters by. */
export const meanings = ['namespace', 'pod', 'container', 'service', 'node', 'deployment'] as const;
export type Meaning = (typeof meanings)[number];

/** Name of the label, tag or field for each meaning that the store has one for. */
export type LabelNames = Readonly<Partial<Record<Meaning, string>>>;

/**
 * Shape of an answer that lists names: `{"data": [name]}`, Tempo's `{"scopes": [{"tags": [name]}]}` and `{"tagNames":
 * [name]}`, VictoriaLogs' `{"values": [{"value": name}]}`, Elasticsearch's `{"fields": {name: …}}`.
 */
export type NamesForm = 'data' | 'scopes' | 'tag names' | 'values' | 'fields';

/** A request that lists the names of labels, tags or fields with data. */
export interface NamesRequest {
  /** Path and query below the endpoint's own path. */
  readonly path: string;
  readonly form: NamesForm;
}

/** A request that tells which namespaces occur in which clusters. */
export interface ClustersRequest {
  /** Path and query below the endpoint's own path; label names replace `{cluster}` and `{namespace}`. */
  readonly path: string;
  /** Prometheus' vector, whose results have a `metric`, or VictoriaLogs' hits, which have `fields`. */
  readonly form: 'vector' | 'hits';
  /** Maximum number of results in the request; absent where it has no limit. */
  readonly limit?: number;
}

/** GET requests to a product's store that make an agent's first query return data. */
export interface StoreApi {
  /** Tried in order: the next one follows where the path before it is unknown. */
  readonly names: readonly NamesRequest[];
  /** Label names for each meaning under the usual collectors, best first. All other names in an answer are ignored. */
  readonly labels: Readonly<Partial<Record<Meaning, readonly string[]>>>;
  /** Names of labels whose value is a cluster. */
  readonly clusterLabels: readonly string[];
  /** Absent where no single request tells. */
  readonly clusters?: ClustersRequest;
  /**
   * Path and query that list the indices with data in `{field}`, as buckets of Elasticsearch's aggregation `indices`;
   * absent for a product whose queries name no index.
   */
  readonly indices?: string;
  readonly tenantKind: TenantKind;
  /**
   * Path and query that list the tenants with data, as `[{"account_id": 1,
   * "project_id": 0}]`; absent without such an API.
   */
  readonly tenantList?: string;
  /** Usual tenant names, most common first: tried where the store requires one and nothing declares it. */
  readonly tenants: readonly string[];
}
