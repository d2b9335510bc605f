import type { CredentialConfig } from '../../../settings/schema/credentials.ts';
import { credentialKeys, nameIn } from './keys.ts';
import type { ToolsetSpec } from '../toolset-specs.ts';

/** A credential that the release would send to such a backend, ready to be copied into the settings. */
export function writtenAdvice(toolset: string, spec: ToolsetSpec, minor: number): string {
  const values = Object.entries(advised(toolset, spec, minor)).map(([key, value]) => `${key}: ${written(value)}`);
  return `{${values.join(', ')}}`;
}

function written(value: CredentialConfig[string]): string {
  if (typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, one]) => `${key}: ${JSON.stringify(one)}`)
    .join(', ')}}`;
}

/** The simplest form that the release accepts: a token in a header where it has no key for one. */
function advised(toolset: string, spec: ToolsetSpec, minor: number): CredentialConfig {
  const { own = {}, all = {} } = credentialKeys(toolset, spec, minor) ?? {};
  const env = (what: string): string => `{{ env.${variableOf(toolset)}_${what} }}`;
  const login = { username: env('USERNAME'), password: env('PASSWORD') };
  switch (spec.kind) {
    case 'none':
      return { token: '{{ env.ARGOCD_AUTH_TOKEN }}' };
    case 'http':
      return { token: env('TOKEN') };
    case 'database':
      return { connection_url: env('URL') };
    case 'clusters':
      return Object.fromEntries(Object.entries(login).map(([key, value]) => [nameIn(own, all, key) ?? key, value]));
    case 'instances':
    case 'mcp':
    case 'template': {
      if (toolset === 'grafana/dashboards') return { api_key: env('TOKEN') };
      if (Object.hasOwn(own, 'bearer_token')) return { bearer_token: env('TOKEN') };
      const header = nameIn(own, all, 'additional_headers') ?? (Object.hasOwn(own, 'headers') ? 'headers' : null);
      return header === null ? login : { [header]: { Authorization: `Bearer ${env('TOKEN')}` } };
    }
  }
}

/** The product's part of the name: `grafana/loki` -> `LOKI`, `prometheus/metrics` -> `PROMETHEUS`. */
function variableOf(toolset: string): string {
  const [first = '', second = ''] = toolset.split('/');
  const name =
    ['grafana', 'mcp', 'custom'].includes(first) && second !== 'dashboards' ? toolset.slice(first.length + 1) : first;
  return name.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
}
