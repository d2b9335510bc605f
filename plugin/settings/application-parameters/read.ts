import * as z from 'zod';
import { detectors } from '../../../detectors/index.ts';
import type { ParameterOverride } from './apply.ts';
import { invalidParameters } from './apply.ts';
import type { Parameter } from './definitions.ts';
import { parameters, variableOf } from './definitions.ts';
import { ToolsetConfig } from '../schema/index.ts';
import { didYouMean } from '../../lib/text.ts';

/** What the Application says in `spec.source.plugin`, as Argo CD passes it on. */
export interface ApplicationInput {
  /** `ARGOCD_APP_PARAMETERS`: JSON. */
  readonly parameters?: string | undefined;
  /** Variables `ARGOCD_ENV_*`, by the rest of their names. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Far above what anybody writes into an Application. */
const maxChars = 64 * 1024;

const Passed = z
  .array(
    z.object({
      name: z.string().default(''),
      string: z.string().optional(),
      array: z.array(z.string()).optional(),
      map: z.record(z.string(), z.string()).optional(),
    }),
  )
  .nullable();
type Passed = NonNullable<z.infer<typeof Passed>>[number];

/** A wrong one says why instead of what it gives. */
type Reading = ParameterOverride | { readonly mistake: string };

/**
 * What an Application sets, variables first and parameters after them, so that the later one wins. Fails with
 * PARAMETERS_INVALID for what is unknown, may not be set from there or has another shape.
 */
export function readApplication({
  parameters: json = '',
  variables = {},
}: ApplicationInput): readonly ParameterOverride[] {
  const readings = [
    ...Object.entries(variables).flatMap(([name, value]) => fromVariable(name, value)),
    ...passedIn(json).flatMap((one) => fromParameter(one)),
  ];
  const mistakes = readings.flatMap((reading) => ('mistake' in reading ? [reading.mistake] : []));
  if (mistakes.length > 0) throw invalidParameters(mistakes);
  return readings.filter((reading): reading is ParameterOverride => 'path' in reading);
}

function passedIn(json: string): readonly Passed[] {
  if (json.length > maxChars) throw invalidParameters([`the parameters have more than ${String(maxChars)} characters`]);
  if (json === '') return [];
  try {
    return Passed.parse(JSON.parse(json)) ?? [];
  } catch {
    throw invalidParameters(['ARGOCD_APP_PARAMETERS is not the JSON list of parameters that Argo CD passes']);
  }
}

function fromParameter({ name, ...values }: Passed): readonly Reading[] {
  const label = `parameter ${quotedUnlessPlain(name)}`;
  const parameter = parameters.find((one) => one.name === name);
  if (!parameter)
    return [
      {
        mistake: unknown(
          label,
          name,
          parameters.map((one) => one.name),
        ),
      },
    ];
  const { collection } = parameter;
  const value = values[collection];
  if (value === undefined) return [{ mistake: `${label} must be given as \`${collection}\`` }];
  if (typeof value !== 'string' && !Array.isArray(value)) {
    return Object.entries(value as Readonly<Record<string, string>>).map(([id, text]) => switchOf(label, id, text));
  }
  return [given(label, parameter, value)];
}

function fromVariable(name: string, text: string): readonly Reading[] {
  const label = `variable ${quotedUnlessPlain(name)}`;
  const parameter = parameters.find((one) => one.collection !== 'map' && variableOf(one.name) === name);
  if (parameter) {
    const items = text.split(',').map((item) => item.trim());
    return [given(label, parameter, parameter.collection === 'array' ? items.filter((item) => item !== '') : text)];
  }
  const detector = detectors.find(({ id }) => variableOf('detectors', id) === name);
  if (detector) return [switchOf(label, detector.id, text)];
  const known = parameters.filter((one) => one.collection !== 'map').map((one) => variableOf(one.name));
  return [{ mistake: unknown(label, name, [...known, ...detectors.map(({ id }) => variableOf('detectors', id))]) }];
}

function given(label: string, { name }: Parameter, value: string | readonly string[]): ParameterOverride {
  return { label, text: JSON.stringify(value), path: name.split('.'), value };
}

function switchOf(label: string, id: string, text: string): Reading {
  const ids = detectors.map((detector) => detector.id);
  if (!ids.includes(id)) {
    const meant = didYouMean(id, ids);
    return { mistake: `${label}: there is no detector ${JSON.stringify(id)}${guess(meant)}` };
  }
  if (text !== 'true' && text !== 'false') {
    return { mistake: `${label}: the detector ${id} is ${JSON.stringify(text)}, must be true or false` };
  }
  return { label, text, path: ['detectors', id, 'enabled'], value: text === 'true' };
}

/** A setting that exists and may not be set from here is told so: nobody should look for a typo. */
function unknown(label: string, name: string, known: readonly string[]): string {
  const section = sections.find((one) => name.toLowerCase().split(/[._]/)[0] === one.toLowerCase());
  const meant = didYouMean(name, known);
  if (meant === null && section !== undefined)
    return `${label} may not be set by an Application: only toolset.yaml says it`;
  return `${label} is unknown${guess(meant)}`;
}

const sections = Object.keys(ToolsetConfig.shape.spec.def.innerType.shape);

function guess(meant: string | null): string {
  return meant === null ? '' : `, did you mean ${meant}?`;
}

/** Names come from whoever writes the Application, and end up in messages. */
function quotedUnlessPlain(name: string): string {
  return /^[\w.-]{1,80}$/.test(name) ? name : JSON.stringify(name.slice(0, 80));
}
