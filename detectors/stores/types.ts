import type { TenantKind } from './tenants.ts';

/** What labels, tags or fields of a store stand for: the things that an agent's first query names. */
export const meanings = ['namespace', 'pod', 'container', 'service', 'node', 'deployment'] as const;
export type Meaning = (typeof meanings)[number];

/** The name of a label, tag or field by what it stands for; without those of which a store has none. */
export type LabelNames = Readonly<Partial<Record<Meaning, string>>>;

/**
 * How an answer lists names: `{"data": [name]}`, Tempo's `{"scopes": [{"tags": [name]}]}` and `{"tagNames": [name]}`,
 * VictoriaLogs' `{"values": [{"value": name}]}`, Elasticsearch's `{"fields": {name: …}}`.
 */
export type NamesForm = 'data' | 'scopes' | 'tag names' | 'values' | 'fields';

/** A request whose answer lists the names of labels, tags or fields of which there is data. */
export interface NamesRequest {
  /** Path and query below the endpoint's own path. */
  readonly path: string;
  readonly form: NamesForm;
}

/** A request whose answer says in which clusters which namespaces occur. */
export interface ClustersRequest {
  /** Path and query below the endpoint's own; `{cluster}` and `{namespace}` are replaced by names of labels. */
  readonly path: string;
  /** Prometheus' vector, whose results have a `metric`, or VictoriaLogs' hits, which have `fields`. */
  readonly form: 'vector' | 'hits';
  /** Results that it asks for at most; absent where it asks for all. */
  readonly limit?: number;
}

/** What a store of a product is asked, by GET requests alone, so that an agent's first query of it returns data. */
export interface StoreApi {
  /** The next one where the one before is an unknown path. */
  readonly names: readonly NamesRequest[];
  /** What stands for each meaning under the usual collectors, best first. No other name is taken of an answer. */
  readonly labels: Readonly<Partial<Record<Meaning, readonly string[]>>>;
  /** Names of a label whose value is a cluster. */
  readonly clusterLabels: readonly string[];
  /** Absent where no one request tells. */
  readonly clusters?: ClustersRequest;
  /**
   * Path and query whose answer lists the indices with data that has `{field}`, as buckets of Elasticsearch's aggregation
   * `indices`; absent where a query names none.
   */
  readonly indices?: string;
  readonly tenantKind: TenantKind;
  /** Path and query that list the tenants with data, as `[{"account_id": 1, "project_id": 0}]`; absent where nothing does. */
  readonly tenantList?: string;
  /** Usual names of tenants, the most usual first: tried where the store asks for one and nothing declares it. */
  readonly tenants: readonly string[];
}
