import { detectors } from '../../../detectors/index.ts';
import { exitCodes } from '../../lib/codes.ts';
import { collectionNames } from '../cache/index.ts';
import type { Cause } from '../reconcile/status.ts';

const serviceTypes = new Set(detectors.map(({ id }) => id));
const toolsetTypes = new Set([
  ...detectors.map(({ toolset }) => toolset),
  ...serviceTypes,
  'kubernetes/core',
  'kubernetes',
]);
export const errorTypes: ReadonlySet<string> = new Set([...Object.keys(exitCodes), 'other']);
/** Of requests to Argo CD. */
export const causes: readonly (Cause | 'generation')[] = [
  ...collectionNames,
  ...(['start', 'time', 'probe', 'policy', 'request', 'generation'] as const),
];

/** Products have the ids of the built-in detectors. Users may write any number of their own. */
export function serviceType(detector: string): string {
  return serviceTypes.has(detector) ? detector : 'custom';
}

/** Names of toolsets come from Git and from annotations as well. */
export function toolsetType(toolset: string): string {
  return toolsetTypes.has(toolset) ? toolset : 'custom';
}

/** The code of the plugin's error, which stands in what Argo CD says of it. */
export function errorType(message: string): string {
  const [, code = ''] = /"code":\s*"([A-Z_]+)"/.exec(message) ?? [];
  return errorTypes.has(code) ? code : 'other';
}

/** The first names that come stay what they are for as long as the process runs; all further ones are `other`. */
export function boundedNames(max: number): (name: string) => string {
  const known = new Set<string>();
  return (name) => {
    if (known.size < max) known.add(name);
    return known.has(name) ? name : 'other';
  };
}
