import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { code, markdownTable } from './markdown.ts';

const repository = join(import.meta.dirname, '..');
const chart = 'charts/dynamic-toolset';

/** The part of a JSON Schema that the table of values reads. */
interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
}

/**
 * Roles whose rules the chart includes: name in the chart -> file below manifests/, with the name of the role if the
 * file has several.
 */
const roles = {
  'plugin-cluster': ['rbac/cluster/cluster-role.yaml'],
  'plugin-namespace': ['rbac/namespace/role.yaml'],
  'plugin-application': ['rbac/application/role.yaml'],
  clusters: ['rbac/clusters/role.yaml'],
  evidence: ['rbac/evidence/cluster-role.yaml'],
  'serve-lease': ['serve/base/lease.yaml'],
  'serve-applications': ['serve/base/applications.yaml'],
  'serve-targets': ['serve/base/targets.yaml'],
  'serve-cluster': ['serve/components/watch-cluster/cluster-role.yaml'],
  'serve-namespace': ['serve/components/watch-namespaces/namespace/role.yaml'],
  'serve-patch': ['serve/components/patch-applications/role.yaml'],
  'serve-projects': ['serve/components/read-projects/role.yaml'],
  'serve-reviews': ['serve/components/api/reviews.yaml'],
  'reader-view': ['serve/components/api/readers.yaml', 'dynamic-toolset-view'],
  'reader-use': ['serve/components/api/readers.yaml', 'dynamic-toolset-use'],
  'reader-metrics': ['serve/components/api/readers.yaml', 'dynamic-toolset-metrics'],
} as const satisfies Record<string, readonly [file: string, name?: string]>;

/**
 * Files of the Helm chart that repeat content of manifests/, by path in the repository: nothing is maintained in two
 * places. The templates are written by hand, and test/cluster/chart compares what they render.
 */
export function chartFiles(): Readonly<Record<string, string>> {
  const rules = Object.entries(roles).map(([name, [file, role]]) => [name, rulesOf(file, role)]);
  const { spec } = readYaml('manifests/serve/components/monitoring/prometheus-rule.yaml') as { readonly spec: unknown };
  return {
    [`${chart}/files/rules.yaml`]: made('manifests/rbac and manifests/serve', Object.fromEntries(rules)),
    [`${chart}/files/prometheus-rule-spec.yaml`]: made('manifests/serve/components/monitoring', spec),
    [`${chart}/files/dashboard.json`]: read('manifests/serve/components/monitoring/dashboard.json'),
    [`${chart}/files/plugin-with-policy.yaml`]: read('manifests/policy/plugin.yaml'),
    [`${chart}/argo-cd-values.yaml`]: read('manifests/helm/argo-cd.yaml').replace(', instead of ../sidecar', ''),
    [`${chart}/argo-cd-values-policy.yaml`]: made('manifests/helm/argo-cd.yaml and manifests/policy', withPolicy()),
    [`${chart}/README.md`]: readmeWithValues(),
  };
}

function made(from: string, content: unknown): string {
  return `# Made by \`npm run docs\` from ${from}: change it there.\n${stringify(content, { lineWidth: 0 })}`;
}

function rulesOf(file: string, name?: string): unknown {
  const objects = parseAllDocuments(read(`manifests/${file}`)).map(
    (document) => document.toJS() as { readonly metadata: { readonly name: string }; readonly rules?: unknown },
  );
  const role = objects.find(({ rules, metadata }) => rules && (name === undefined || metadata.name === name));
  if (!role) throw new Error(`manifests/${file} has no role ${name ?? ''}`);
  return role.rules;
}

/** The sidecar's values with the additions of manifests/policy/patch.yaml. */
function withPolicy(): unknown {
  interface Container {
    readonly volumeMounts: readonly object[];
  }
  interface Pod {
    readonly containers: readonly [Container];
    readonly volumes: readonly object[];
  }
  const { repoServer } = readYaml('manifests/helm/argo-cd.yaml') as {
    readonly repoServer: { readonly extraContainers: readonly [Container]; readonly volumes: readonly object[] };
  };
  const { spec } = readYaml('manifests/policy/patch.yaml') as {
    readonly spec: { readonly template: { readonly spec: Pod } };
  };
  const { containers, volumes } = spec.template.spec;
  const [sidecar] = repoServer.extraContainers;
  const volumeMounts = [...sidecar.volumeMounts, ...containers[0].volumeMounts];
  return {
    repoServer: {
      ...repoServer,
      extraContainers: [{ ...sidecar, volumeMounts }],
      volumes: [...repoServer.volumes, ...volumes],
    },
  };
}

/** The chart's README with the table of values: defaults from values.yaml, meanings from values.schema.json. */
function readmeWithValues(): string {
  const schema = JSON.parse(read(`${chart}/values.schema.json`)) as Schema;
  const rows = valueRows(schema, readYaml(`${chart}/values.yaml`));
  const table = markdownTable(['Value', 'Default', 'What it is'], rows);
  return read(`${chart}/README.md`).replace(
    /(<!-- values:[^>]*-->)[^]*(<!-- end of values -->)/,
    (_, start: string, end: string) => `${start}\n\n${table}\n\n${end}`,
  );
}

/** A row for each value that is not a group of named values. */
function valueRows(schema: Schema, value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (!schema.properties) return [[code(path.join('.')), code(JSON.stringify(value)), schema.description ?? '']];
  return Object.entries(schema.properties)
    .filter(([name]) => path.length > 0 || name !== 'global')
    .flatMap(([name, one]) => valueRows(one, (value as Readonly<Record<string, unknown>>)[name], [...path, name]));
}

function readYaml(path: string): unknown {
  return parse(read(path));
}

function read(path: string): string {
  return readFileSync(join(repository, path), 'utf8');
}
