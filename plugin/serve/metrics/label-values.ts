import { detectors } from '../../../detectors/index.ts';
import { exitCodes, warningCodes } from '../../lib/codes.ts';
import { causes } from '../reconcile/status.ts';

const serviceTypes = new Set(detectors.map(({ id }) => id));
const toolsetTypes = new Set([
  ...detectors.map(({ toolset }) => toolset),
  ...serviceTypes,
  'kubernetes/core',
  'kubernetes',
]);
export const errorTypes: ReadonlySet<string> = new Set([...Object.keys(exitCodes), 'other']);
/** Values of the label `cause` for requests to Argo CD. */
export const requestCauses = [...causes, 'generation'] as const;

/** Only ids of built-in detectors: the number of custom detectors is unbounded. */
export function serviceType(detector: string): string {
  return serviceTypes.has(detector) ? detector : 'custom';
}

/** Only toolsets of built-in detectors: names from Git and from annotations are unbounded. */
export function toolsetType(toolset: string): string {
  return toolsetTypes.has(toolset) ? toolset : 'custom';
}

const knownWarnings: ReadonlySet<string> = new Set(warningCodes);

/** Only codes of this release: the annotation that they are read from is untrusted. */
export function warningType(code: string): string {
  return knownWarnings.has(code) ? code : 'other';
}

/** The code of the plugin's error, found in Argo CD's message: as text, or in the JSON of an older plugin. */
export function errorType(message: string): string {
  const [, code = ''] = /^([A-Z_]+): https?:\/\//m.exec(message) ?? /"code":\s*"([A-Z_]+)"/.exec(message) ?? [];
  return errorTypes.has(code) ? code : 'other';
}

/** Keeps the first `max` names for the lifetime of the process; every further name becomes `other`. */
export function boundedNames(max: number): (name: string) => string {
  const known = new Set<string>();
  return (name) => {
    if (known.size < max) known.add(name);
    return known.has(name) ? name : 'other';
  };
}
