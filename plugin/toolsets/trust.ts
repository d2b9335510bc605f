import type { Candidate } from '../discovery/decision.ts';
import { isTrustworthy, keyOf } from '../discovery/decision.ts';
import { isCredential } from '../settings/credential.ts';
import type { Warning } from '../warning.ts';
import { shapeOf } from './holmesgpt-shapes.ts';
import { urlKeyOf } from './holmesgpt.ts';
import type { Overrides } from './overrides.ts';
import type { Data, DataMap, ToolsetFile } from './toolset.ts';
import { isMap } from './toolset.ts';

export interface TrustInputs {
  readonly overrides: Overrides;
  readonly admitted: readonly Candidate[];
  readonly isTrusted: (namespace: string) => boolean;
  readonly version: string;
}

/**
 * Takes back what an override would give to Services that are not trusted: a credential that is merged into a
 * toolset whose endpoints were discovered. Where only some backends are trusted, those keep it, each for itself.
 * An override that names the endpoints too is all Git's own, and passes.
 */
export function withholdCredentials(
  file: ToolsetFile,
  { overrides, admitted, isTrusted, version }: TrustInputs,
): { readonly file: ToolsetFile; readonly warnings: readonly Warning[] } {
  const warnings: Warning[] = [];
  const toolsets = Object.entries(file.toolsets).map(([name, toolset]): [string, Data] => {
    const backends = admitted.filter(
      (candidate) => candidate.toolset === name || shapeOf(candidate.toolset).companions.includes(name),
    );
    const strangers = backends.filter((candidate) => !isTrustworthy(candidate, isTrusted));
    const given = credentialsOf(overrides.toolsets?.[name], name, version);
    if (strangers.length === 0 || given.length === 0 || !isMap(toolset) || !isMap(toolset.config))
      return [name, toolset];
    warnings.push(withheld(name, given, strangers));
    return [name, { ...toolset, config: withhold(toolset.config, given, backends, isTrusted) }];
  });
  return { file: { ...file, toolsets: Object.fromEntries(toolsets) }, warnings };
}

/** Says of each toolset that is printed disabled, for want of a credential, what would enable it. */
export function missingCredentials({ toolsets }: ToolsetFile, admitted: readonly Candidate[]): Warning[] {
  const disabled = Object.entries(toolsets).filter(([, toolset]) => isMap(toolset) && toolset.enabled === false);
  return disabled.map(([name]) => {
    const services = admitted.filter(({ toolset }) => toolset === name).map(({ service }) => keyOf(service));
    return {
      code: 'CREDENTIAL_MISSING',
      message: `${name} is printed disabled: ${services.join(', ') || 'it'} answers only with a credential; name one in spec.credentials and trust its namespace in spec.trust.namespaces`,
    };
  });
}

/** Keys of the override's `config` that carry a credential, unless it names the endpoints as well. */
function credentialsOf(override: Data | undefined, name: string, version: string): string[] {
  if (!isMap(override) || !isMap(override.config)) return [];
  const { config } = override;
  const endpointKeys = [urlKeyOf(name, version), 'instances', 'endpoints', 'clusters', 'connection_url', 'url'];
  if (endpointKeys.some((key) => (config[key] ?? null) !== null)) return [];
  return Object.entries(config).flatMap(([key, value]) => (isCredential(key, value) ? [key] : []));
}

function withhold(
  config: DataMap,
  given: readonly string[],
  backends: readonly Candidate[],
  isTrusted: (namespace: string) => boolean,
): DataMap {
  const credential = Object.fromEntries(
    given.flatMap((key) => (config[key] === undefined ? [] : [[key, config[key]]])),
  );
  const rest = Object.fromEntries(Object.entries(config).filter(([key]) => !given.includes(key)));
  if (!Array.isArray(rest.instances)) return rest;
  const trusted = new Set(
    backends.filter((candidate) => isTrustworthy(candidate, isTrusted)).map(({ instance }) => instance),
  );
  const instances = (rest.instances as readonly DataMap[]).map((instance) =>
    typeof instance.name === 'string' && trusted.has(instance.name) ? { ...credential, ...instance } : instance,
  );
  return { ...rest, instances };
}

function withheld(name: string, given: readonly string[], strangers: readonly Candidate[]): Warning {
  const services = strangers.map(({ service }) => keyOf(service)).join(', ');
  const namespaces = [...new Set(strangers.map(({ service }) => service.namespace))].join(', ');
  return {
    code: 'CREDENTIAL_WITHHELD',
    message: `${name}: ${given.join(', ')} of overrides.yaml is not given to ${services}; to trust them add ${namespaces} to spec.trust.namespaces`,
  };
}
