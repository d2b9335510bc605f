import { expect } from 'chai';
import { parse } from 'yaml';
import type { CredentialPolicy } from '../../../../plugin/consumers/consumer.ts';
import { kiali } from '../../../../plugin/consumers/kiali/index.ts';
import type { DataMap } from '../../../../plugin/lib/json.ts';
import { service } from '../../../support/objects.ts';
import { printedValues } from '../printed-values.ts';

const svc = 'monitoring.svc.cluster.local';

const auth = {
  ...{ ca_file: 'string', insecure_skip_verify: 'boolean', password: 'string', token: 'string', type: 'string' },
  ...{ use_kiali_token: 'boolean', username: 'string' },
};
/**
 * Types in `external_services` of the definition kialis.kiali.io, as its repository had it in November 2026
 * (github.com/kiali/kiali-operator, crd-docs/crd/kiali.io_kialis.yaml and crd-docs/cr/kiali.io_v1alpha1_kiali.yaml), as far as
 * entries here have keys. Written down by hand: the module proxy does not have that module.
 */
const definition: DataMap = {
  prometheus: {
    auth,
    custom_headers: { 'X-Scope-OrgID': 'string' },
    url: 'string',
    thanos_proxy: { enabled: 'boolean' },
  },
  grafana: { auth, enabled: 'boolean', internal_url: 'string' },
  tracing: { auth, enabled: 'boolean', internal_url: 'string', provider: 'string', use_grpc: 'boolean' },
};

/** Keys that it does not know, and values of another type. */
function refusedBy(known: unknown, value: unknown, path = ''): readonly string[] {
  if (typeof known === 'string') return typeof value === known ? [] : [`${path}: ${typeof value}, and not ${known}`];
  if (known === undefined) return [`${path} is unknown`];
  return Object.entries(value as DataMap).flatMap(([name, one]) =>
    refusedBy((known as DataMap)[name], one, `${path}/${name}`),
  );
}

function backend(product: string, port: number, name = product, portName = 'http'): ReturnType<typeof service> {
  return service({ name, labels: { 'app.kubernetes.io/name': product }, ports: [{ name: portName, port }] });
}

async function valuesOf(
  items: Parameters<typeof printedValues>[2],
  given: Partial<CredentialPolicy> = {},
): Promise<{ readonly external: DataMap; readonly unusable: readonly string[] }> {
  const { values, unusable } = await printedValues(kiali, 'kiali', items, given);
  const { external_services: external } = values as { readonly external_services: DataMap };
  expect(refusedBy(definition, external)).to.deep.equal([]);
  return { external, unusable };
}

describe('plugin/consumers/kiali', () => {
  it('prints one Prometheus, one Grafana and one Jaeger, with keys that the Kiali definition has', async () => {
    const items = [backend('prometheus', 9090), backend('prometheus', 9090, 'zweiter'), backend('grafana', 3000)];

    const { external } = await valuesOf([...items, backend('jaeger', 16686, 'jaeger-query', 'http-query')]);

    expect(external).to.deep.equal({
      prometheus: { url: `http://prometheus.${svc}:9090` },
      grafana: { enabled: true, internal_url: `http://grafana.${svc}:3000` },
      tracing: {
        ...{ enabled: true, provider: 'jaeger', use_grpc: false },
        internal_url: `http://jaeger-query.${svc}:16686`,
      },
    });
  });

  it('marks Thanos as such, and leaves out what Kiali does not read', async () => {
    const { external } = await valuesOf([backend('loki', 3100), backend('tempo', 3200)]);

    expect(external).to.deep.equal({});
    expect(refusedBy(definition, { loki: {} })).to.deep.equal(['/loki is unknown']);
    const thanos = service({
      name: 'thanos-query',
      labels: { 'app.kubernetes.io/name': 'thanos', 'app.kubernetes.io/component': 'query' },
      ports: [{ name: 'http', port: 9090 }],
    });
    expect((await valuesOf([thanos])).external).to.have.nested.property('prometheus.thanos_proxy.enabled', true);
  });

  it('sends a store with tenants the tenant header that its entry point needs', async () => {
    const labels = { 'app.kubernetes.io/name': 'mimir', 'app.kubernetes.io/component': 'query-frontend' };
    const mimir = service({ name: 'mimir-query-frontend', labels, ports: [{ name: 'http-metrics', port: 8080 }] });

    const { external } = await valuesOf([mimir]);

    expect(external).to.deep.equal({
      prometheus: {
        custom_headers: { 'X-Scope-OrgID': 'anonymous' },
        url: `http://mimir-query-frontend.${svc}:8080/prometheus`,
      },
    });
  });

  it('uses the configured CA or skips verification for a cluster-signed certificate, and otherwise leaves it out', async () => {
    const secure = backend('prometheus', 9091, 'prometheus', 'https');

    const [left, byCa, unverified] = [
      await valuesOf([secure]),
      await valuesOf([secure], { credentials: { prometheus: { ca_file: '/kiali-cabundle/ca.crt' } } }),
      await valuesOf([secure], { certificates: 'unverified' }),
    ];

    expect(left).to.deep.equal({ external: {}, unusable: ['CERTIFICATE_UNTRUSTED'] });
    expect(byCa.external).to.have.nested.property('prometheus.auth.ca_file', '/kiali-cabundle/ca.crt');
    expect(unverified.external).to.have.nested.property('prometheus.auth.insecure_skip_verify', true);
  });

  it('prints what Git disables, as Kiali enables it by default', () => {
    const toolsets = { grafana: { enabled: false }, prometheus: { enabled: false, url: 'http://prometheus:9090' } };

    const data = kiali.data({ toolsets, mcp_servers: {} }, 'values.yaml', null);

    expect(parse(data['values.yaml'] ?? '')).to.deep.equal({ external_services: toolsets });
    expect(kiali.read(data, 'values.yaml')).to.deep.equal({ toolsets, mcp_servers: {} });
  });

  it('accepts every key that the Kiali definition has in external_services, by its type', () => {
    const overrides: Readonly<Record<string, DataMap>> = {
      grafana: { dashboards: [{ name: 'Istio Mesh Dashboard' }], datasource_uid: 'x', external_url: 'https://g' },
      prometheus: { cache_duration: 7, cache_enabled: true, cache_expiration: 300, query_scope: { mesh_id: 'm' } },
      tracing: {
        ...{ disable_version_check: false, grpc_port: 9095, namespace_selector: true, query_timeout: 5 },
        ...{ tempo_config: { org_id: '1' }, whitelist_istio_system: ['jaeger-query'] },
      },
      perses: { project: 'istio', internal_url: 'http://perses:4000', dashboards: [] },
      istio: {
        ...{ component_status: { enabled: true }, gateway_api_classes: [], gateway_api_classes_label_selector: '' },
        ...{ istio_api_enabled: true, istio_identity_domain: 'svc', istiod_polling_interval_seconds: 20 },
        ...{ validation_change_detection_enabled: true, validation_reconcile_interval: '1m' },
      },
      custom_dashboards: {
        discovery_auto_threshold: 10,
        discovery_enabled: 'auto',
        namespace_label: 'n',
        prometheus: {},
      },
    };

    for (const [name, entry] of Object.entries(overrides)) {
      expect(kiali.validateEntry('toolsets', name, entry), name).to.deep.equal([]);
    }
    expect(kiali.validateEntry('toolsets', 'grafana', { dashboards: {} })[0]?.message).to.include('takes a list');
    expect(kiali.validateEntry('toolsets', 'grafana', { dashbords: [] })[0]?.message).to.include('knows no key');
  });

  it('lists only the first known keys beside an unknown one', () => {
    const [unknown] = kiali.validateEntry('toolsets', 'grafana', { config: {} });

    expect(unknown?.hint).to.match(/^known are (?:\w+, ){8}and \d+ more$/);
  });
});
