import { matchesGlob } from 'node:path';
import { serveHttp } from '../../holmesgpt/backends/server.ts';
import type { Answer } from '../../holmesgpt/backends/server.ts';
import { labelsOf, pods } from '../data/schemes.ts';
import type { Scheme } from '../data/schemes.ts';
import type { StoreKind } from './store.ts';

type Document = Readonly<Record<string, string>>;

/**
 * Stands in for Elasticsearch, which is not Go and is in no registry of packages. It has one index of documents, names
 * its fields in mappings and capabilities, and answers `term`, `match`, `wildcard`, `exists` and `bool` queries.
 */
export const elasticsearch: StoreKind = {
  id: 'elasticsearch',
  isReal: false,
  title: 'Elasticsearch (stand-in)',
  service: { labels: { 'app.kubernetes.io/name': 'elasticsearch' }, portName: 'http' },
  toolset: 'elasticsearch/data',
  tenants: [null],
  tenantHeaders: () => ({}),
  missing: () => null,
  version: () => 'stand-in',
  names: (scheme) => scheme.elasticsearch?.names ?? {},
  takes: (scheme) => scheme.elasticsearch !== null,
  start: (_ground, scheme) => serveHttp(answerOf(scheme)),
  questions: () => ['/', '/_cat/indices?format=json', '/_mapping', '/_field_caps?fields=*', '/_data_stream'],
};

function answerOf({ elasticsearch: place, constant }: Scheme): Answer {
  if (place === null) throw new Error('nothing of this scheme is in Elasticsearch');
  const { index, names } = place;
  const documents = pods.map((pod): Document => ({
    '@timestamp': new Date().toISOString(),
    message: `connection refused from ${pod.container}`,
    ...labelsOf(pod, names, constant),
  }));
  const fields = [...new Set(documents.flatMap(Object.keys))];
  const isOwn = (pattern: string): boolean =>
    pattern.split(',').some((one) => one === '_all' || matchesGlob(index, decodeURIComponent(one)));
  return ({ target, body }) => {
    const { pathname, searchParams } = new URL(target, 'http://elasticsearch');
    if (pathname === '/')
      return { body: { name: 'es-0', version: { number: '8.19.0' }, tagline: 'You Know, for Search' } };
    if (pathname === '/_cluster/health') return { body: { cluster_name: 'logs', status: 'green' } };
    if (pathname === '/_data_stream') return { body: { data_streams: [] } };
    const [, pattern = '*', api = ''] =
      /^\/(?:([^_/][^/]*)\/)?(_mapping|_field_caps|_search|_cat\/indices(?:\/.*)?)$/.exec(pathname) ?? [];
    if (api.startsWith('_cat')) {
      const [, , wanted = '*'] = api.split('/');
      return { body: isOwn(wanted) ? [{ index, health: 'green', status: 'open', 'docs.count': '3' }] : [] };
    }
    if (api === '_mapping') return { body: isOwn(pattern) ? { [index]: { mappings: mappingOf(fields) } } : {} };
    if (api === '_field_caps') {
      const caps = fields.map(
        (field) => [field, { [typeOf(field)]: { type: typeOf(field), searchable: true } }] as const,
      );
      return {
        body: { indices: isOwn(pattern) ? [index] : [], fields: isOwn(pattern) ? Object.fromEntries(caps) : {} },
      };
    }
    if (api !== '_search') return { status: 404, body: { error: `no handler found for ${pathname}` } };
    const source = searchParams.get('source') ?? (body === '' ? '{}' : body);
    const { query = { match_all: {} }, aggs } = JSON.parse(source) as {
      readonly query?: Query;
      readonly aggs?: unknown;
    };
    const hits = isOwn(pattern) ? documents.filter((one) => matches(one, query)) : [];
    if (aggs !== undefined) {
      const buckets = hits.length > 0 ? [{ key: index, doc_count: hits.length }] : [];
      return { body: { aggregations: { indices: { sum_other_doc_count: 0, buckets } } } };
    }
    const found = hits.map((one, number) => ({ _index: index, _id: String(number), _source: one }));
    return { body: { hits: { total: { value: hits.length, relation: 'eq' }, hits: found } } };
  };
}

function typeOf(field: string): string {
  if (field === '@timestamp') return 'date';
  return field === 'message' ? 'text' : 'keyword';
}

/** Dots in a name are objects in objects. */
function mappingOf(fields: readonly string[]): unknown {
  const root: Mapping = { properties: {} };
  for (const field of fields) {
    const parts = field.split('.');
    const last = parts.pop() ?? '';
    const parent = parts.reduce((at, part) => (at.properties[part] ??= { properties: {} }) as Mapping, root);
    parent.properties[last] = { type: typeOf(field) };
  }
  return root;
}

interface Mapping {
  readonly properties: Record<string, Mapping | { readonly type: string }>;
}

type Query = Readonly<Record<string, unknown>>;

function matches(document: Document, query: Query): boolean {
  const [[kind, content] = ['', {}]] = Object.entries(query);
  if (kind === 'match_all') return true;
  if (kind === 'exists') return Object.hasOwn(document, (content as { readonly field: string }).field);
  if (kind === 'bool') {
    const { must = [], filter = [] } = content as {
      readonly must?: readonly Query[];
      readonly filter?: readonly Query[];
    };
    return [...must, ...filter].every((one) => matches(document, one));
  }
  const [[field, wanted] = ['', '']] = Object.entries(content as Readonly<Record<string, string>>);
  const value = document[field.replace(/\.keyword$/, '')] ?? null;
  if (value === null || !['term', 'match', 'wildcard'].includes(kind)) return false;
  return kind === 'wildcard' ? matchesGlob(value, wanted) : value === wanted;
}
