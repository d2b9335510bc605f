import { attributes, fields, underscored } from './label-names.ts';
import type { StoreApi } from './types.ts';

/** `1` from Loki's guides, `fake` of a Loki without tenants, `anonymous` of Mimir's chart, `default` from users. */
const commonTenants = ['1', 'fake', 'anonymous', 'default'];

/** Maximum number of combinations of cluster and namespace in one answer. */
const clustersLimit = 1000;

/**
 * Labels of the last six hours and the volume of the last hour: Loki's own defaults. The query needs a matcher for the
 * cluster label, or it leaves out data without that label.
 */
export const lokiApi: StoreApi = {
  ...underscored,
  names: [{ path: '/loki/api/v1/labels', form: 'data' }],
  clusters: {
    path: `/loki/api/v1/index/volume?query={{namespace}=~".%2B",{cluster}=~".*"}&targetLabels={cluster},{namespace}&limit=${String(clustersLimit)}`,
    form: 'vector',
    limit: clustersLimit,
  },
  tenantKind: 'name',
  tenants: commonTenants,
};

/** Resource attributes of recent traces. Tempo before version 2 has no scopes. */
export const tempoApi: StoreApi = {
  ...attributes,
  names: [
    { path: '/api/v2/search/tags?scope=resource', form: 'scopes' },
    { path: '/api/search/tags', form: 'tag names' },
  ],
  tenantKind: 'name',
  tenants: commonTenants,
};

const prometheusNames: Pick<StoreApi, 'names' | 'clusters'> = {
  names: [{ path: '/api/v1/labels', form: 'data' }],
  clusters: { path: '/api/v1/query?query=count by ({cluster},{namespace}) (up)', form: 'vector' },
};

export const prometheusApi: StoreApi = { ...underscored, ...prometheusNames, tenantKind: 'name', tenants: [] };

/** Behind the gateway of Mimir and Cortex, queries need a tenant; the gateway itself adds this one if none is named. */
export const anonymousTenant = { 'X-Scope-OrgID': 'anonymous' } as const;

/** Mimir and Cortex: the tenant of their charts comes first. */
export const tenantedPrometheusApi: StoreApi = {
  ...prometheusApi,
  tenants: ['anonymous', '1', 'fake', 'default'],
};

/** `tenantList` covers the last day; VictoriaLogs refuses that list to a request that names a tenant. */
export const victoriaLogsApi: StoreApi = {
  ...fields,
  names: [{ path: '/select/logsql/field_names?query=_time:1h', form: 'values' }],
  clusters: {
    path: `/select/logsql/hits?query=_time:1h&step=1h&field={cluster}&field={namespace}&fields_limit=${String(clustersLimit)}`,
    form: 'hits',
    limit: clustersLimit,
  },
  tenantKind: 'account',
  tenantList: '/select/tenant_ids?start=1d',
  tenants: [],
};

/** Only known fields are requested: an index may have thousands. */
const knownFields = [...Object.values(fields.labels).flat(), ...fields.clusterLabels];

/** One document per shard is enough to show that an index has data. Buckets: one more than the indices in use. */
const indicesSearch = {
  size: 0,
  terminate_after: 1,
  timeout: '2s',
  query: { exists: { field: '{field}' } },
  aggs: { indices: { terms: { field: '_index', size: 101 } } },
};
const searchSource = encodeURIComponent(JSON.stringify(indicesSearch)).replace('%7Bfield%7D', '{field}');

export const elasticsearchApi: StoreApi = {
  ...fields,
  names: [
    {
      path: `/_field_caps?ignore_unavailable=true&filter_path=fields&fields=${[...new Set(knownFields)].join(',')}`,
      form: 'fields',
    },
  ],
  indices: `/_search?ignore_unavailable=true&filter_path=aggregations&source_content_type=application/json&source=${searchSource}`,
  tenantKind: 'name',
  tenants: [],
};
