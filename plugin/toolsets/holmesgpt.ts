import type { Candidate } from '../discovery/decision.ts';
import { keyOf, urlOf } from '../discovery/decision.ts';
import type { Data, DataMap, ToolsetFile } from './toolset.ts';

/** HolmesGPT's name for the URL in each toolset's `config`: since 0.20, and before. */
const urlKeys: Readonly<Record<string, readonly [now: string, before: string]>> = {
  'prometheus/metrics': ['prometheus_url', 'prometheus_url'],
  'grafana/dashboards': ['api_url', 'url'],
};

/** Whether this version of HolmesGPT can be told of several backends of one toolset. */
export function knowsInstances(version: string): boolean {
  return isAtLeast(version, 0, 32);
}

/**
 * HolmesGPT's toolset file for what was admitted. Built-in toolsets are off unless enabled in so many words.
 * `kubernetes/core` needs no endpoint, and keeps the file from being empty, which HolmesGPT refuses to load.
 */
export function holmesgptFile(admitted: readonly Candidate[], version: string): ToolsetFile {
  const byToolset = Map.groupBy(admitted, ({ detector }) => detector.toolset);
  const discovered = [...byToolset].map(([toolset, backends]): [string, Data] => [
    toolset,
    { enabled: true, config: configOf(backends, urlKeyOf(toolset, version)) },
  ]);
  return { toolsets: { 'kubernetes/core': { enabled: true }, ...Object.fromEntries(discovered) }, mcp_servers: {} };
}

/** The key of a toolset's `config` that holds its URL. */
export function urlKeyOf(toolset: string, version: string): string {
  const [now, before] = urlKeys[toolset] ?? ['url', 'url'];
  return isAtLeast(version, 0, 20) ? now : before;
}

/** One backend stands in `config` itself; several are `instances`, whose names HolmesGPT shows to the model. */
function configOf(backends: readonly Candidate[], urlKey: string): DataMap {
  const configs = backends.map(({ service, endpoint }) => ({ name: keyOf(service), [urlKey]: urlOf(endpoint) }));
  const [only] = configs;
  return configs.length === 1 && only ? { [urlKey]: only[urlKey] ?? '' } : { instances: configs };
}

function isAtLeast(version: string, major: number, minor: number): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}
