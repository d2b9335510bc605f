import { thanosRulerResource } from './custom-resources/prometheus-operator.ts';
import { chart, exactName, owner, product, productLike } from './evidence.ts';
import { prometheusApi } from './stores/apis.ts';
import type { Detector } from './types.ts';

const ports = ['http', 'web', '9090', '10902'];

/** Thanos Query and its front end: PromQL over all Prometheuses behind it. Not stores, receivers, rulers or sidecars. */
export const thanos: Detector = {
  id: 'thanos',
  title: 'Thanos',
  toolset: 'prometheus/metrics',
  byDefault: 'on',
  sources: [
    'https://github.com/thanos-io/kube-thanos/tree/main/manifests',
    'https://github.com/bitnami/charts/tree/main/bitnami/thanos/templates',
    'https://github.com/rhobs/observability-operator/blob/main/pkg/controllers/monitoring/thanos-querier/components.go',
    'https://github.com/thanos-community/thanos-operator/tree/main/internal/pkg/manifests',
    'https://github.com/openshift/cluster-monitoring-operator/blob/main/assets/thanos-querier/service.yaml',
  ],
  words: ['thanos'],
  evidence: [
    owner('ThanosQuerier.monitoring.rhobs', 'ThanosQuery.monitoring.thanos.io', 'Thanos.monitoring.banzaicloud.io'),
    product('thanos', 'thanos-query', 'thanos-querier', 'thanos-query-frontend'),
    productLike(['*-thanos-query', '*-thanos-querier', '*-thanos-query-frontend'], ports),
    chart('thanos'),
    exactName(['thanos-query', 'thanos-querier', 'thanos-query-frontend'], ports),
  ],
  entryPoints: [
    { name: 'query-frontend', part: ['query-frontend', 'query-cache', 'queryfrontend'] },
    { name: 'query', part: ['query', 'querier', 'query-layer'] },
  ],
  fronts: ['prometheus'],
  ports: { names: ['http', 'https', 'web', 'http-web'], numbers: [9090, 10902, 80, 443] },
  scheme: 'http',
  probe: { path: '/api/v1/status/buildinfo', contains: ['"status":"success"', '"version"'] },
  store: prometheusApi,
  resources: [thanosRulerResource],
  // The readiness probe never has the route prefix, even where the API has one.
  pods: {
    images: ['thanos', 'ose-thanos', 'mirrored-thanos-thanos'],
    command: {
      answers: ['query', 'query-frontend'],
      others: ['compact', 'receive', 'rule', 'sidecar', 'store', 'tools'],
    },
    pathFlags: ['web.route-prefix', 'web.external-prefix'],
  },
};
