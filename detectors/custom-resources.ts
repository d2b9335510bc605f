import type { BackendFacts, CustomResource, FieldValues } from './types.ts';

/** The text of a field, or `undefined`. */
function text(value: FieldValues[string] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Web settings that Prometheus, Alertmanager and ThanosRuler of prometheus-operator share. */
const web = {
  prefix: { at: ['spec', 'routePrefix'], as: 'path' },
  // Without a route prefix it is the path of the external URL.
  externalPath: { at: ['spec', 'externalUrl'], as: 'url path' },
  tls: { at: ['spec', 'web', 'tlsConfig'], as: 'presence' },
  localOnly: { at: ['spec', 'listenLocal'], as: 'flag' },
} as const;

/** `null` where it listens on its loopback address alone: a proxy beside it may answer, which needs a credential. */
function webFacts({ prefix, externalPath, tls }: FieldValues): BackendFacts {
  return {
    prefix: text(prefix) ?? text(externalPath) ?? '',
    scheme: tls === true ? 'https' : 'http',
  };
}

export const prometheusResource: CustomResource = {
  kind: 'Prometheus',
  group: 'monitoring.coreos.com',
  resource: 'prometheuses',
  versions: ['v1'],
  namedBy: [
    { selector: 'operator.prometheus.io/name' },
    { selector: 'prometheus', when: { selector: { 'app.kubernetes.io/name': 'prometheus' } } },
  ],
  fields: web,
  facts: webFacts,
  source: 'https://github.com/prometheus-operator/prometheus-operator/blob/main/Documentation/api-reference/api.md',
};
