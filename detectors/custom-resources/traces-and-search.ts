import type { BackendFacts, CustomResource, FieldValues, ResourceField } from '../types.ts';
import { instanceOfPods, text } from './values.ts';

/** Where a Jaeger program's options have the base path: in a map keyed by flag name, or nested by parts of the name. */
function basePathOf(part: string): { readonly flat: ResourceField; readonly nested: ResourceField } {
  const options = ['spec', part, 'options'];
  return {
    flat: { at: [...options, 'query.base-path'], as: 'path' },
    nested: { at: [...options, 'query', 'base-path'], as: 'path' },
  };
}

const allInOne = basePathOf('allInOne');
const query = basePathOf('query');

/** In production and with streaming, the query service is a program of its own; otherwise it is part of all-in-one. */
function jaegerFacts({ strategy, security, ...values }: FieldValues): BackendFacts {
  const isOwn = ['production', 'streaming'].includes((text(strategy) ?? '').toLowerCase());
  const [flat, nested] = isOwn ? [values.query, values.queryNested] : [values.allInOne, values.allInOneNested];
  return {
    prefix: text(flat) ?? text(nested) ?? '',
    ...(security === 'oauth-proxy' ? { needsCredential: true } : {}),
  };
}

export const jaegerResource: CustomResource = {
  kind: 'Jaeger',
  group: 'jaegertracing.io',
  resource: 'jaegers',
  versions: ['v1'],
  namedBy: instanceOfPods({ 'app.kubernetes.io/managed-by': 'jaeger-operator' }),
  fields: {
    strategy: { at: ['spec', 'strategy'], as: 'word' },
    security: { at: ['spec', 'ingress', 'security'], as: 'word' },
    allInOne: allInOne.flat,
    allInOneNested: allInOne.nested,
    query: query.flat,
    queryNested: query.nested,
  },
  facts: jaegerFacts,
  source: 'https://github.com/jaegertracing/jaeger-operator/blob/main/pkg/service/query.go',
};

const jaegerQuery = ['spec', 'config', 'extensions', 'jaeger_query'];

/** Jaeger 2 is a collector with a query extension; a collector without it answers no queries. */
function collectorFacts({ hasQuery, basePath, tls }: FieldValues): BackendFacts | null {
  if (hasQuery !== true) return null;
  return { prefix: text(basePath) ?? '', scheme: tls === true ? 'https' : 'http' };
}

export const openTelemetryCollectorResource: CustomResource = {
  kind: 'OpenTelemetryCollector',
  group: 'opentelemetry.io',
  resource: 'opentelemetrycollectors',
  // In v1alpha1 the configuration is one string.
  versions: ['v1beta1'],
  namedBy: [],
  fields: {
    hasQuery: { at: jaegerQuery, as: 'presence' },
    basePath: { at: [...jaegerQuery, 'base_path'], as: 'path' },
    tls: { at: [...jaegerQuery, 'http', 'tls'], as: 'presence' },
  },
  facts: collectorFacts,
  source:
    'https://github.com/open-telemetry/opentelemetry-operator/blob/main/apis/v1beta1/opentelemetrycollector_types.go',
};

/** A custom certificate switches TLS back on. */
function elasticsearchFacts({ isPlain, certificate }: FieldValues): BackendFacts {
  return { prefix: '', scheme: isPlain === true && certificate === undefined ? 'http' : 'https' };
}

export const elasticsearchResource: CustomResource = {
  kind: 'Elasticsearch',
  group: 'elasticsearch.k8s.elastic.co',
  resource: 'elasticsearches',
  versions: ['v1'],
  namedBy: [{ selector: 'elasticsearch.k8s.elastic.co/cluster-name' }],
  fields: {
    isPlain: { at: ['spec', 'http', 'tls', 'selfSignedCertificate', 'disabled'], as: 'flag' },
    certificate: { at: ['spec', 'http', 'tls', 'certificate', 'secretName'], as: 'word' },
  },
  facts: elasticsearchFacts,
  source: 'https://github.com/elastic/cloud-on-k8s/blob/main/pkg/apis/common/v1/common.go',
};

const config = ['spec', 'general', 'additionalConfig'];

/** TLS is on where security is configured and TLS is not switched off; otherwise the scheme is unknown. */
function openSearchFacts({ isSecure, isTls, isTlsInConfig, isDisabled }: FieldValues): BackendFacts {
  if (isDisabled === true || isTlsInConfig === false || isTls === false) return { prefix: '', scheme: 'http' };
  return isTls === true || isSecure === true ? { prefix: '', scheme: 'https' } : { prefix: '' };
}

const openSearch = {
  kind: 'OpenSearchCluster',
  resource: 'opensearchclusters',
  versions: ['v1'],
  fields: {
    isSecure: { at: ['spec', 'security', 'tls', 'http'], as: 'presence' },
    isTls: { at: ['spec', 'security', 'tls', 'http', 'enabled'], as: 'flag' },
    isTlsInConfig: { at: [...config, 'plugins.security.ssl.http.enabled'], as: 'flag' },
    isDisabled: { at: [...config, 'plugins.security.disabled'], as: 'flag' },
  },
  facts: openSearchFacts,
} as const;

const openSearchApi = 'https://github.com/opensearch-project/opensearch-k8s-operator/blob/main/opensearch-operator/api';

export const openSearchResource: CustomResource = {
  ...openSearch,
  group: 'opensearch.org',
  namedBy: [{ selector: 'opensearch.org/opensearch-cluster' }],
  source: `${openSearchApi}/opensearch.org/v1/opensearch_types.go`,
};

/** Older versions of the operator use this API group. */
export const opsterOpenSearchResource: CustomResource = {
  ...openSearch,
  group: 'opensearch.opster.io',
  namedBy: [{ selector: 'opster.io/opensearch-cluster' }],
  source: `${openSearchApi}/v1/opensearch_types.go`,
};
