import type { Data, DataMap } from '../../lib/json.ts';
import { asString, isMap } from '../../lib/json.ts';

/** A tool of Git's own toolset as HolmesGPT sends it to a model: JSON with Python's spacing. */
export function toolSchema(tool: DataMap): string {
  const parameters = parametersOf(tool);
  return spaced({
    type: 'function',
    function: {
      name: asString(tool.name),
      description: asString(tool.description),
      parameters: {
        properties: Object.fromEntries(parameters.map(([name, one]) => [name, parameterSchema(one)])),
        required: parameters.map(([name]) => name),
        type: 'object',
        additionalProperties: false,
      },
      strict: true,
    },
  });
}

/** The declared parameters, then those that only the command names. */
function parametersOf(tool: DataMap): readonly (readonly [string, DataMap])[] {
  const declared = isMap(tool.parameters) ? Object.entries(tool.parameters) : [];
  const names = new Set(declared.map(([name]) => name));
  const template = asString(tool.command) || asString(tool.script);
  const named = new Set([...template.matchAll(/\{\{\s*(\w+)/g)].map(([, name = '']) => name));
  const inferred = [...named].filter((name) => !names.has(name)).map((name) => [name, {}] as const);
  return [...declared, ...inferred].map(([name, one]) => [name, isMap(one) ? one : {}] as const);
}

function parameterSchema({ required, description, type = 'string', ...rest }: DataMap): DataMap {
  const schema = { type, ...rest };
  return {
    ...(required === false ? { anyOf: [schema, { type: 'null' }] } : schema),
    ...(typeof description === 'string' ? { description } : {}),
  };
}

function spaced(value: Data): string {
  return JSON.stringify(value, null, 1)
    .replace(/(?<=[[{])\n */g, '')
    .replace(/\n *(?=[\]}])/g, '')
    .replace(/\n */g, ' ');
}
