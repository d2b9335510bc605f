/**
 * Words of products that bring a Prometheus or Grafana of their own: cost tools, service meshes, monitoring suites.
 * Such a backend holds that product's data only. It is valid, and never the default.
 */
export const hostProducts: ReadonlySet<string> = new Set([
  ...['kubecost', 'opencost', 'cost-analyzer', 'cloudability', 'finops'],
  ...['istio', 'istio-system', 'linkerd', 'linkerd-viz', 'viz.linkerd.io', 'kuma', 'consul', 'cilium', 'hubble', 'osm'],
  ...[
    'signoz',
    'netdata',
    'uptrace',
    'openobserve',
    'posthog',
    'sentry',
    'kiali',
    'keptn',
    'robusta',
    'gitlab',
    'harbor',
  ],
]);

/** Label keys that only such a product writes. */
export const hostLabels: readonly string[] = ['linkerd.io/extension', 'kuma.io/mesh', 'kuma.io/service'];
