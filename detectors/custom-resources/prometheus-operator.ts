import type { BackendFacts, CustomResource, FieldValues } from '../types.ts';
import { instanceOfPods, text } from './values.ts';

const group = 'monitoring.coreos.com';
const versions = ['v1'];

/** Web settings of Prometheus and Alertmanager. The operator sets the route prefix regardless of the external URL. */
const web = {
  prefix: { at: ['spec', 'routePrefix'], as: 'path' },
  tls: { at: ['spec', 'web', 'tlsConfig'], as: 'presence' },
  localOnly: { at: ['spec', 'listenLocal'], as: 'flag' },
} as const;

function webFacts({ prefix, tls, localOnly }: FieldValues): BackendFacts {
  if (localOnly === true) return { isLocal: true };
  return { prefix: text(prefix) ?? '', scheme: tls === true ? 'https' : 'http' };
}

export const prometheusResource: CustomResource = {
  kind: 'Prometheus',
  group,
  resource: 'prometheuses',
  versions,
  namedBy: [{ selector: 'operator.prometheus.io/name' }, { selector: 'prometheus' }],
  fields: { ...web, features: { at: ['spec', 'enableFeatures'], as: 'words' } },
  // In agent mode it only forwards samples.
  facts: (values) => (text(values.features)?.split(',').includes('agent') ? null : webFacts(values)),
  source:
    'https://github.com/prometheus-operator/prometheus-operator/blob/main/pkg/apis/monitoring/v1/prometheus_types.go',
};

export const alertmanagerResource: CustomResource = {
  kind: 'Alertmanager',
  group,
  resource: 'alertmanagers',
  versions,
  namedBy: [{ selector: 'alertmanager' }],
  fields: web,
  facts: webFacts,
  source: 'https://github.com/prometheus-operator/prometheus-operator/blob/main/pkg/alertmanager/statefulset.go',
};

/** Evaluates rules by querying Thanos Query, whatever its Service is called. */
export const thanosRulerResource: CustomResource = {
  kind: 'ThanosRuler',
  group,
  resource: 'thanosrulers',
  versions,
  namedBy: [{ selector: 'thanos-ruler' }],
  fields: {},
  facts: () => null,
  source: 'https://github.com/prometheus-operator/prometheus-operator/blob/main/pkg/thanos/statefulset.go',
};

/** VictoriaMetrics' operator runs the same Alertmanager with the same flags. */
export const vmAlertmanagerResource: CustomResource = {
  kind: 'VMAlertmanager',
  group: 'operator.victoriametrics.com',
  resource: 'vmalertmanagers',
  versions: ['v1beta1'],
  namedBy: instanceOfPods({ 'managed-by': 'vm-operator', 'app.kubernetes.io/name': 'vmalertmanager' }),
  fields: {
    prefix: web.prefix,
    tls: { at: ['spec', 'webConfig', 'tls_server_config'], as: 'presence' },
    localOnly: web.localOnly,
  },
  facts: webFacts,
  source: 'https://github.com/VictoriaMetrics/operator/blob/master/api/operator/v1beta1/vmalertmanager_types.go',
};
