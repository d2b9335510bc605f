import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import * as z from 'zod';
import { detectors } from '../detectors/index.ts';
import packageJson from '../package.json' with { type: 'json' };
import { openApiDocument } from '../plugin/serve/http/openapi/document.ts';
import { operations } from '../plugin/serve/http/openapi/operations.ts';
import { parameters, variableOf } from '../plugin/settings/application-parameters/definitions.ts';
import { ToolsetConfig } from '../plugin/settings/schema/index.ts';
import { Patches } from '../plugin/customizations/patches/patches-schema.ts';
import { accuracyGuide } from './accuracy.ts';
import { chartFiles } from './chart.ts';
import { detectionGuide } from './detection.ts';
import { errorGuide } from './errors.ts';
import { holmesgptGuide } from './holmesgpt.ts';
import { commandReference } from './cli.ts';
import { code, markdownTable } from './markdown.ts';
import { Overrides } from './overrides-schema.ts';
import { metricsGuide } from './metrics.ts';
import { serveGuide } from './serve.ts';

/** The part of a JSON Schema that the reference reads. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** One row of the reference. */
interface Setting {
  readonly path: string;
  readonly schema: Schema;
  readonly required: boolean;
}

/** Draft 7 is best supported by the YAML language server of most editors. */
const options = { io: 'input', target: 'draft-7' } as const;

/** Generators of the files derived from the settings' schema and the detectors, by path in the repository. */
export const generators: Readonly<Record<string, () => string | Promise<string>>> = {
  ...Object.fromEntries(Object.entries(chartFiles()).map(([path, text]) => [path, () => text])),
  'docs/schemas/toolset.schema.json': () =>
    published(ToolsetConfig, 'toolset.yaml of dynamic-toolset', 'ref', acceptEmptySection),
  'docs/schemas/overrides.schema.json': () =>
    published(Overrides, 'overrides.yaml of dynamic-toolset, for HolmesGPT', 'inline'),
  'docs/schemas/patches.schema.json': () => published(Patches, 'patches.yaml of dynamic-toolset'),
  'docs/schemas/openapi.json': () =>
    format(JSON.stringify(openApiDocument(operations, packageJson.version)), { parser: 'json', printWidth: 120 }),
  'docs/accuracy.md': accuracyGuide,
  'docs/cli.md': commandReference,
  'docs/detection.md': detectionGuide,
  'docs/errors.md': errorGuide,
  'docs/holmesgpt.md': holmesgptGuide,
  'docs/metrics.md': metricsGuide,
  'docs/serve.md': serveGuide,
  'docs/settings.md': () => settingsReference(z.toJSONSchema(ToolsetConfig, options) as Schema),
};

/**
 * Moves repetitions to `definitions`, and keeps on one line what fits: people read the schema and review its changes.
 */
async function published(
  schema: z.ZodType,
  title: string,
  reused: 'ref' | 'inline' = 'ref',
  override?: z.core.ToJSONSchemaParams['override'],
): Promise<string> {
  const { $schema, ...rest } = z.toJSONSchema(schema, { ...options, reused, ...(override && { override }) });
  return format(JSON.stringify({ $schema, title, ...rest }), { parser: 'json', printWidth: 120 });
}

/** A section whose keys are all commented out reads as `null`, which `parseSettings` drops, except in a list. */
function acceptEmptySection({ jsonSchema, path }: OverrideContext): void {
  const isSection = jsonSchema.type === 'object' && jsonSchema.properties !== undefined;
  if (isSection && path.length > 0 && !path.includes('items')) Object.assign(jsonSchema, { type: ['object', 'null'] });
}

type OverrideContext = Parameters<NonNullable<z.core.ToJSONSchemaParams['override']>>[0];

function settingsReference(schema: Schema): string {
  const spec = schema.properties?.spec?.properties ?? {};
  const sections = Object.entries(spec).map(([name, section]) => {
    const rows = name === 'detectors' ? detectorSettings(section) : settings(section, name, false);
    return [
      `## spec.${name}`,
      // The meaning of a single value is in the table.
      ...(section.description === undefined || section.type === 'string' ? [] : [section.description]),
      table(rows),
      ...(name === 'detectors' ? [detectorList()] : []),
    ].join('\n\n');
  });
  return `${[preamble, ...sections, fromTheApplication].join('\n\n')}\n`;
}

const preamble = `# Settings: toolset.yaml

<!-- Made by \`npm run docs\` from plugin/settings/schema/index.ts: change it there. -->

The file is optional, and so is everything under \`spec\`: the defaults fit a plain cluster. The first two lines are
required:

\`\`\`yaml
apiVersion: toolset.kubernaut.ai/v1alpha1
kind: ToolsetConfig
\`\`\`

A key that is not listed here is an error, which names the line and suggests the right key. Editors complete and check
the file with [its JSON Schema](schemas/toolset.schema.json), which a comment at the top of the file can name:
\`# yaml-language-server: $schema=…\`. Below, \`name[]\` means one item of a list. Label selectors have the form of
Kubernetes: \`matchLabels\` and \`matchExpressions\` (\`key\`, \`operator\`, \`values\`), as in a NetworkPolicy.`;

const fromTheApplication = `## From the Application

An Application can also set some settings, which win over toolset.yaml. One folder in Git can then serve several
clusters or stages, for example through an ApplicationSet. Argo CD's UI shows them under Parameters, with the values in
force.

\`\`\`yaml
spec:
  source:
    plugin:
      name: dynamic-toolset
      parameters:
        - { name: target.version, string: '0.24' }
        - { name: discovery.namespaces.include, array: [monitoring, logging] }
        - { name: detectors, map: { grafana: 'false' } }
\`\`\`

Variables set the same, but parameters win over them: \`env: [{ name: TARGET_VERSION, value: '0.24' }]\`.

${markdownTable(
  ['Parameter', 'Form', 'Variable', 'Meaning'],
  parameters.map(({ name, title, collection }) => [
    code(name),
    code(collection),
    code(collection === 'map' ? `${variableOf(name)}_<ID>` : variableOf(name)),
    collection === 'array' ? `${title}; separated by commas in a variable` : title,
  ]),
)}

To see at a terminal what an Application gets, set the variables as Argo CD does, with the prefix \`ARGOCD_ENV_\`:

\`\`\`sh
ARGOCD_ENV_DETECTORS_GRAFANA=false npx dynamic-toolset explain --path manifests/examples/holmesgpt --snapshot manifests/examples/cluster.yaml
\`\`\`

An Application can set nothing else. Only toolset.yaml decides who is trusted, what the credentials are and where they
may be sent. The platform's policy limits whatever is set here. A name that is unknown or may not be set is an error.`;

/** Every setting at and below a path, depth first. A label selector is one setting. */
function settings(schema: Schema, path: string, required: boolean): Setting[] {
  const { properties, required: names = [], items } = schema;
  if (properties && !isSelector(schema)) {
    return Object.entries(properties).flatMap(([name, part]) =>
      settings(part, `${path}.${name}`, names.includes(name)),
    );
  }
  return [{ path, schema, required }, ...(items?.properties ? settings(items, `${path}[]`, false) : [])];
}

function isSelector({ properties = {} }: Schema): boolean {
  return 'matchLabels' in properties && 'matchExpressions' in properties;
}

/** All detectors have the same settings, listed once. */
function detectorSettings(section: Schema): Setting[] {
  const [any] = Object.values(section.properties ?? {});
  return any ? settings(any, 'detectors.<id>', false) : [];
}

function detectorList(): string {
  const rows = detectors.map(({ id, title, toolset, byDefault }) => [code(id), title, code(toolset), byDefault]);
  return markdownTable(['`<id>`', 'Product', 'Toolset', 'By default'], rows);
}

function table(rows: readonly Setting[]): string {
  return markdownTable(
    ['Setting', 'Type', 'Default', 'Meaning'],
    rows.map(({ path, schema, required }) => [
      code(path),
      typeOf(schema),
      defaultOf(schema, required),
      schema.description ?? '',
    ]),
  );
}

function typeOf(schema: Schema): string {
  const { type, const: only, enum: values, anyOf, items, additionalProperties, minimum, maximum } = schema;
  if (isSelector(schema)) return 'label selector';
  if (only !== undefined) return code(JSON.stringify(only));
  if (values) return values.map((value) => code(String(value))).join(', ');
  if (anyOf) return anyOf.map(typeOf).join(' or ');
  if (type === 'array') return `list of ${items?.properties ? 'maps' : typeOf(items ?? {})}`;
  if (type === 'object')
    return `map of ${typeof additionalProperties === 'object' ? typeOf(additionalProperties) : 'anything'}`;
  if (type !== 'integer' && type !== 'number') return type ?? 'anything';
  const unbounded = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER;
  return unbounded || minimum === undefined ? type : `${type}, ${String(minimum)} to ${String(maximum)}`;
}

function defaultOf({ default: value, properties }: Schema, required: boolean): string {
  if (required) return 'required';
  return value === undefined || properties ? '' : code(typeof value === 'string' ? value : JSON.stringify(value));
}

/** Writes the files that the command names, or all of them. */
if (import.meta.main) {
  const named = process.argv.slice(2);
  for (const [path, generate] of Object.entries(generators)) {
    if (named.length > 0 && !named.includes(path)) continue;
    const text = await generate();
    const file = join(import.meta.dirname, '..', path);
    const before = await readFile(file, 'utf8').catch(() => '');
    await writeFile(file, text);
    console.log(`${path}: ${before === text ? 'as it was' : 'written'}`);
  }
}
