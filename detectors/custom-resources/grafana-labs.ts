import type { BackendFacts, CustomResource, FieldValues } from '../types.ts';
import { first, instanceOf, text, tenantsIn } from './values.ts';

/** Settings of `grafana.ini`, which both versions of the operator keep as a map of maps. */
const server = {
  protocol: { at: ['spec', 'config', 'server', 'protocol'], as: 'word' },
  hasSubPath: { at: ['spec', 'config', 'server', 'serve_from_sub_path'], as: 'flag' },
  subPath: { at: ['spec', 'config', 'server', 'root_url'], as: 'url path' },
} as const;

/** Older Grafana redirects requests without the sub path; newer ones answer with and without it. */
function grafanaFacts({ protocol, hasSubPath, subPath }: FieldValues): BackendFacts {
  const prefix = hasSubPath === true ? text(subPath) : '';
  return {
    ...(prefix === undefined ? {} : { prefix }),
    scheme: protocol === 'https' || protocol === 'h2' ? 'https' : 'http',
  };
}

/** The operator sets this resource as the owner of each Service. */
const grafana = { kind: 'Grafana', resource: 'grafanas', namedBy: [], fields: server, facts: grafanaFacts };

export const grafanaResource: CustomResource = {
  ...grafana,
  group: 'grafana.integreatly.org',
  versions: ['v1beta1'],
  source: 'https://github.com/grafana/grafana-operator/blob/master/api/v1beta1/grafana_types.go',
};

/** The resource of version 4 of the operator. */
export const oldGrafanaResource: CustomResource = {
  ...grafana,
  group: 'integreatly.org',
  versions: ['v1alpha1'],
  source: 'https://github.com/grafana/grafana-operator/blob/v4/api/integreatly/v1alpha1/grafana_types.go',
};

/** Tenants created by the OpenShift modes; `application` holds the logs of workloads. */
const openShiftTenants: Readonly<Record<string, string>> = {
  'openshift-logging': 'application',
  'openshift-network': 'network',
};

/** The gateway has one path per tenant, except in passthrough mode. All other entry points take tenant ids. */
function lokiFacts({ mode, tenants, ids, tls }: FieldValues, entryPoint: string): BackendFacts | null {
  if (entryPoint !== 'gateway') return { prefix: '', ...tenantsIn(ids) };
  const scheme = tls === true ? ({ scheme: 'https' } as const) : {};
  if (mode === 'passthrough') return { path: '', ...scheme };
  const ofMode = new Map(Object.entries(openShiftTenants)).get(text(mode) ?? 'openshift-logging');
  const tenant = ofMode ?? first(tenants);
  return tenant === undefined ? null : { path: `/api/logs/v1/${tenant}`, needsCredential: true, ...scheme };
}

export const lokiStackResource: CustomResource = {
  kind: 'LokiStack',
  group: 'loki.grafana.com',
  resource: 'lokistacks',
  versions: ['v1', 'v1beta1'],
  namedBy: instanceOf({ 'app.kubernetes.io/managed-by': 'lokistack-controller' }),
  fields: {
    mode: { at: ['spec', 'tenants', 'mode'], as: 'word' },
    tenants: { at: ['spec', 'tenants', 'authentication'], as: 'names', name: 'tenantName' },
    ids: { at: ['spec', 'tenants', 'authentication'], as: 'names', name: 'tenantId' },
    tls: { at: ['spec', 'tenants', 'gateway', 'tls'], as: 'presence' },
  },
  facts: lokiFacts,
  source: 'https://github.com/grafana/loki/blob/main/operator/api/loki/v1/lokistack_types.go',
};

/** The gateway serves each tenant below its own path; all other entry points have no prefix. */
function tempoFacts({ hasGateway, tenants, ids }: FieldValues, entryPoint: string): BackendFacts | null {
  if (entryPoint !== 'gateway') return { prefix: '', ...tenantsIn(ids) };
  const tenant = first(tenants);
  if (hasGateway !== true || tenant === undefined) return null;
  return { path: `/api/traces/v1/${tenant}/tempo`, needsCredential: true };
}

const tempo = { group: 'tempo.grafana.com', versions: ['v1alpha1'], facts: tempoFacts };
const tempoOperator = { 'app.kubernetes.io/managed-by': 'tempo-operator' };

export const tempoStackResource: CustomResource = {
  ...tempo,
  kind: 'TempoStack',
  resource: 'tempostacks',
  namedBy: instanceOf({ ...tempoOperator, 'app.kubernetes.io/name': 'tempo' }),
  fields: {
    hasGateway: { at: ['spec', 'template', 'gateway', 'enabled'], as: 'flag' },
    tenants: { at: ['spec', 'tenants', 'authentication'], as: 'names', name: 'tenantName' },
    ids: { at: ['spec', 'tenants', 'authentication'], as: 'names', name: 'tenantId' },
  },
  source: 'https://github.com/grafana/tempo-operator/blob/main/api/tempo/v1alpha1/tempostack_types.go',
};

export const tempoMonolithicResource: CustomResource = {
  ...tempo,
  kind: 'TempoMonolithic',
  resource: 'tempomonolithics',
  namedBy: instanceOf({ ...tempoOperator, 'app.kubernetes.io/name': 'tempo-monolithic' }),
  fields: {
    hasGateway: { at: ['spec', 'multitenancy', 'enabled'], as: 'flag' },
    tenants: { at: ['spec', 'multitenancy', 'authentication'], as: 'names', name: 'tenantName' },
    ids: { at: ['spec', 'multitenancy', 'authentication'], as: 'names', name: 'tenantId' },
  },
  source: 'https://github.com/grafana/tempo-operator/blob/main/api/tempo/v1alpha1/tempomonolithic_types.go',
};
