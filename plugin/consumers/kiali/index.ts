import { urlOf } from '../../discovery/decision.ts';
import type { DataMap } from '../../lib/json.ts';
import { isMap } from '../../lib/json.ts';
import { declared } from '../declared/consumer.ts';
import type { FieldRule } from '../declared/types.ts';
import { prometheusProducts } from '../kubernaut/helm.ts';

function keysOf(type: FieldRule['type'], names: readonly string[]): Readonly<Record<string, FieldRule>> {
  return Object.fromEntries(names.map((name) => [name, { type }]));
}

/**
 * `external_services` of Kiali 2, for its chart `kiali-server` and its custom resource: one Prometheus, one Grafana and
 * one tracing store. The tracing store is Jaeger here; Kiali would also accept a Tempo in the same entry.
 */
export const kiali = declared({
  title: 'Kiali',
  sources: [
    'https://github.com/kiali/kiali-operator/blob/master/crd-docs/crd/kiali.io_kialis.yaml',
    'https://github.com/kiali/kiali-operator/blob/master/crd-docs/cr/kiali.io_v1alpha1_kiali.yaml',
  ],
  products: {
    ...prometheusProducts,
    thanos: { kind: 'prometheus', fields: { thanos_proxy: { enabled: true } } },
    grafana: { kind: 'grafana', fields: { enabled: true } },
    // The known address is that of its HTTP API.
    jaeger: { kind: 'tracing', fields: { enabled: true, provider: 'jaeger', use_grpc: false } },
  },
  entries: 'best',
  usesLabels: false,
  sendsHeaders: true,
  // Kiali refers to Secrets as `secret:NAME:KEY`, and fills in nothing else.
  credentials: { ca_file: { at: ['auth', 'ca_file'], describes: true } },
  caKey: 'ca_file',
  canSkipVerification: true,
  fields: {
    enabled: { type: 'boolean' },
    url: { type: 'string', form: { pattern: /^https?:\/\//, words: 'a URL' } },
    internal_url: { type: 'string', form: { pattern: /^https?:\/\//, words: 'a URL' } },
    external_url: { type: 'string', form: { pattern: /^https?:\/\//, words: 'a URL' } },
    health_check_url: { type: 'string' },
    provider: { type: 'string', form: { pattern: /^(?:jaeger|tempo)$/, words: 'jaeger or tempo' } },
    is_core: { type: 'boolean' },
    use_grpc: { type: 'boolean' },
    auth: { type: 'map' },
    custom_headers: { type: 'map' },
    query_scope: { type: 'map' },
    tempo_config: { type: 'map' },
    thanos_proxy: { type: 'map' },
    ...keysOf('number', ['cache_duration', 'cache_expiration', 'grpc_port', 'query_timeout']),
    ...keysOf('boolean', ['cache_enabled', 'disable_version_check', 'namespace_selector']),
    ...keysOf('list', ['dashboards', 'whitelist_istio_system']),
    ...keysOf('string', ['datasource_uid', 'project']),
    // These need no backend: istio and custom_dashboards.
    ...keysOf('map', ['component_status', 'prometheus']),
    ...keysOf('boolean', ['istio_api_enabled', 'validation_change_detection_enabled']),
    ...keysOf('list', ['gateway_api_classes']),
    ...keysOf('number', ['discovery_auto_threshold', 'istiod_polling_interval_seconds']),
    ...keysOf('string', [
      'gateway_api_classes_label_selector',
      'istio_identity_domain',
      'validation_reconcile_interval',
    ]),
    ...keysOf('string', ['discovery_enabled', 'namespace_label']),
  },
  nameOf: () => '',
  entryOf: ({ backend: { endpoint, entryPoint }, product: { kind, fields }, certificate }) => ({
    ...fields,
    [kind === 'prometheus' ? 'url' : 'internal_url']: urlOf(endpoint),
    ...(kind === 'prometheus' && entryPoint.headers ? { custom_headers: entryPoint.headers } : {}),
    ...(certificate === 'unverified' ? { auth: { insecure_skip_verify: true } } : {}),
  }),
  write: (entries) => ({ external_services: entries }),
  read: ({ external_services: entries }): DataMap | null => (isMap(entries) ? entries : null),
});
