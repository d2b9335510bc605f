import type { ClustersRequest, NamesForm } from '../../../detectors/stores/types.ts';
import { maxTenants, tenantWord } from '../../../detectors/stores/tenants.ts';
import {
  asObject,
  asObjects,
  asString,
  asStrings,
  getOwn,
  isObject,
  parseJson,
  parseJsonList,
} from '../../lib/json.ts';
import type { Json } from '../../lib/json.ts';
import { compare } from '../../lib/object-key.ts';
import { clusterForm } from './question.ts';

/** Results of the cluster comparison that are read at most. */
const maxResults = 2_000;

/** The names that a response lists; `null` if it is not such a response. */
export function namesIn(body: string, form: NamesForm): readonly string[] | null {
  const answer = parseJson(body);
  const list = listOf(answer, form);
  // Loki omits `data` if there is none.
  if (list === undefined) return form === 'data' && answer.status === 'success' ? [] : null;
  return list;
}

function listOf(answer: Json, form: NamesForm): readonly string[] | undefined {
  const { data, scopes, tagNames, values, fields } = answer;
  switch (form) {
    case 'data':
      return Array.isArray(data) ? asStrings(data) : undefined;
    case 'scopes':
      return Array.isArray(scopes) ? asObjects(scopes).flatMap(({ tags }) => asStrings(tags)) : undefined;
    case 'tag names':
      return Array.isArray(tagNames) ? asStrings(tagNames) : undefined;
    case 'values':
      return Array.isArray(values) ? asObjects(values).map(({ value }) => asString(value)) : undefined;
    case 'fields':
      return isObject(fields) ? Object.keys(fields) : undefined;
  }
}

/** The accounts of VictoriaLogs that a response lists, in numerical order; none if it is not such a response. */
export function accountsIn(body: string): readonly string[] | 'many' {
  const ids = parseJsonList(body).map(({ account_id: account, project_id: project }) => {
    const isPair = typeof account === 'number' && typeof project === 'number';
    return isPair ? tenantWord('account', `${String(account)}:${String(project)}`) : null;
  });
  const accounts = [...new Set(ids.filter((id) => id !== null))];
  return accounts.length > maxTenants ? 'many' : accounts.sort((a, b) => compare(padded(a), padded(b)));
}

function padded(account: string): string {
  return account.replace(/\d+/g, (number) => number.padStart(10, '0'));
}

/**
 * Namespaces by cluster; `null` if the response is invalid. With so many results that some may be missing, only the
 * clusters are returned: a cluster with an incomplete set of namespaces looks like a different one. Texts that are not
 * names are ignored.
 */
export function clustersIn(
  body: string,
  { form, limit = maxResults }: ClustersRequest,
  labels: { readonly cluster: string; readonly namespace: string },
): ReadonlyMap<string, ReadonlySet<string>> | null {
  const { hits, data } = parseJson(body);
  const results = form === 'hits' ? hits : asObject(data).result;
  if (!Array.isArray(results)) return null;
  const isWhole = results.length < limit;
  const clusters = new Map<string, Set<string>>();
  for (const result of asObjects(results)) {
    const values = asObject(form === 'hits' ? result.fields : result.metric);
    const cluster = asString(getOwn(values, labels.cluster));
    const namespace = asString(getOwn(values, labels.namespace));
    if (!namespaceForm.test(namespace) || (cluster !== '' && !clusterForm.test(cluster))) continue;
    const namespaces = clusters.get(cluster) ?? new Set();
    clusters.set(cluster, isWhole ? namespaces.add(namespace) : namespaces);
  }
  return clusters;
}

/**
 * The indices that a response lists, including those of data streams; `null` if it is not such a response. The store's
 * internal ones are left out.
 */
export function indicesIn(body: string): readonly string[] | null {
  const { buckets } = asObject(asObject(parseJson(body).aggregations).indices);
  if (!Array.isArray(buckets)) return null;
  return asObjects(buckets).flatMap(({ key }) => (indexForm.test(asString(key)) ? asString(key) : []));
}

const indexForm = /^(?:\.ds-)?[a-z0-9][a-z0-9._-]{0,127}$/;
const namespaceForm = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
