import * as z from 'zod';
import { detectors } from '../../../detectors/index.ts';
import type { ParameterOverride } from './parameter-override.ts';
import { invalidParameters } from './parameter-override.ts';
import type { Parameter } from './definitions.ts';
import { parameters, variableOf } from './definitions.ts';
import { ToolsetConfig } from '../schema/index.ts';
import { suggestion } from '../../lib/messages/did-you-mean.ts';

/** `spec.source.plugin` of the Application, as Argo CD passes it in the environment. */
export interface ApplicationInput {
  /** `ARGOCD_APP_PARAMETERS`, as JSON. */
  readonly parameters?: string | undefined;
  /** Variables `ARGOCD_ENV_*`, by name without the prefix. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Maximum length of ARGOCD_APP_PARAMETERS, far above what people write. */
const maxChars = 64 * 1024;

const PassedParameters = z
  .array(
    z.object({
      name: z.string().default(''),
      string: z.string().optional(),
      array: z.array(z.string()).optional(),
      map: z.record(z.string(), z.string()).optional(),
    }),
  )
  .nullable();
type PassedParameter = NonNullable<z.infer<typeof PassedParameters>>[number];

/** An override, or the reason why there is none. */
type Reading = ParameterOverride | { readonly mistake: string };

/**
 * The overrides of an Application: first those from variables, then those from parameters, which win. Throws
 * PARAMETERS_INVALID for names that are unknown or not allowed there, and for values of the wrong type.
 */
export function readApplication({
  parameters: json = '',
  variables = {},
}: ApplicationInput): readonly ParameterOverride[] {
  const readings = [
    ...Object.entries(variables).flatMap(([name, value]) => overridesOfVariable(name, value)),
    ...parseParameters(json).flatMap((one) => overridesOfParameter(one)),
  ];
  const mistakes = readings.flatMap((reading) => ('mistake' in reading ? [reading.mistake] : []));
  if (mistakes.length > 0) throw invalidParameters(mistakes);
  return readings.filter((reading): reading is ParameterOverride => 'path' in reading);
}

function parseParameters(json: string): readonly PassedParameter[] {
  if (json.length > maxChars) throw invalidParameters([`the parameters have more than ${String(maxChars)} characters`]);
  if (json === '') return [];
  try {
    return PassedParameters.parse(JSON.parse(json)) ?? [];
  } catch {
    throw invalidParameters(['ARGOCD_APP_PARAMETERS is not the JSON list of parameters that Argo CD passes']);
  }
}

function overridesOfParameter({ name, ...values }: PassedParameter): readonly Reading[] {
  const label = `parameter ${quotedUnlessPlain(name)}`;
  const parameter = parameters.find((one) => one.name === name);
  if (!parameter) return [{ mistake: unknownSetting(label, name, settingNames) }];
  const { collection } = parameter;
  const value = values[collection];
  if (value === undefined) return [{ mistake: `invalid ${label}: expected its value in \`${collection}\`` }];
  if (typeof value !== 'string' && !Array.isArray(value)) {
    return Object.entries(value as Readonly<Record<string, string>>).map(([id, text]) => switchOf(label, id, text));
  }
  return [override(label, parameter, value)];
}

function overridesOfVariable(name: string, text: string): readonly Reading[] {
  const label = `variable ${quotedUnlessPlain(name)}`;
  const parameter = parameters.find((one) => one.collection !== 'map' && variableOf(one.name) === name);
  if (parameter) {
    const items = text.split(',').map((item) => item.trim());
    return [override(label, parameter, parameter.collection === 'array' ? items.filter((item) => item !== '') : text)];
  }
  const detector = detectors.find(({ id }) => variableOf('detectors', id) === name);
  if (detector) return [switchOf(label, detector.id, text)];
  const known = parameters.filter((one) => one.collection !== 'map').map((one) => variableOf(one.name));
  return [
    { mistake: unknownSetting(label, name, [...known, ...detectors.map(({ id }) => variableOf('detectors', id))]) },
  ];
}

function override(label: string, { name }: Parameter, value: string | readonly string[]): ParameterOverride {
  return { label, text: JSON.stringify(value), path: name.split('.'), value };
}

function switchOf(label: string, id: string, text: string): Reading {
  const ids = detectors.map((detector) => detector.id);
  if (!ids.includes(id)) {
    return { mistake: `${label}: there is no detector ${JSON.stringify(id)}${suggestion(id, ids)}` };
  }
  if (text !== 'true' && text !== 'false') {
    return { mistake: `${label}: invalid ${id} ${JSON.stringify(text)}: expected true or false` };
  }
  return { label, text, path: ['detectors', id, 'enabled'], value: text === 'true' };
}

/** Distinguishes settings that only toolset.yaml may have from misspelt names. */
function unknownSetting(label: string, name: string, known: readonly string[]): string {
  const section = sections.find((one) => name.toLowerCase().split(/[._]/)[0] === one.toLowerCase());
  const nearest = suggestion(name, known);
  if (nearest === '' && section !== undefined) return `${label} cannot be set by an Application, only in toolset.yaml`;
  return `${label} is unknown${nearest}`;
}

const settingNames = parameters.map(({ name }) => name);
const sections = Object.keys(ToolsetConfig.shape.spec.def.innerType.shape);

/** Quoted because names come from the Application's author and are shown in messages. */
function quotedUnlessPlain(name: string): string {
  return /^[\w.-]{1,80}$/.test(name) ? name : JSON.stringify(name.slice(0, 80));
}
