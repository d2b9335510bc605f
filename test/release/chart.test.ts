import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };

const chart = join(import.meta.dirname, '../../charts/dynamic-toolset');
const read = (file: string): string => readFileSync(join(chart, file), 'utf8');

/**
 * What Artifact Hub takes, as it writes itself (its own linter, `ah`, cannot be had from the module proxy): docs/helm_annotations.md
 * on https://artifacthub.io/docs/topics/annotations/helm, docs/metadata/artifacthub-repo.yml and internal/repo/metadata.go of
 * https://github.com/artifacthub/hub, where an id of a repository has to be a UUID and nothing else is looked at.
 */
const hub = {
  categories: [
    ...['ai-machine-learning', 'database', 'integration-delivery', 'monitoring-logging', 'networking', 'security'],
    ...['skip-prediction', 'storage', 'streaming-messaging'],
  ],
  repositoryKeys: ['repositoryID', 'owners', 'ignore'],
};

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly additionalProperties?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

describe('release/chart', () => {
  const schema = JSON.parse(read('values.schema.json')) as Schema;

  it('has the version of the package', () => {
    const { name, version, appVersion } = parse(read('Chart.yaml')) as Readonly<Record<string, string>>;

    expect({ name, version, appVersion }).to.deep.equal({
      name: packageJson.name,
      version: packageJson.version,
      appVersion: packageJson.version,
    });
  });

  it('has a default and a description for every value, and no default that the schema lacks', () => {
    const values = parse(read('values.yaml')) as object;
    const { global, ...properties } = schema.properties ?? {};

    expect(global).to.deep.equal({ type: 'object' });
    expect(leavesOf(values, { ...schema, properties })).to.deep.equal(describedIn({ ...schema, properties }));
  });

  it('has a category and a licence that Artifact Hub accepts', () => {
    const { annotations } = parse(read('Chart.yaml')) as { readonly annotations: Readonly<Record<string, string>> };
    const { 'artifacthub.io/category': category, ...others } = annotations;

    expect(hub.categories).to.include(category);
    expect(others).to.deep.equal({ 'artifacthub.io/license': packageJson.license });
  });

  it('has a repository file with the keys that Artifact Hub reads', () => {
    const file = parse(read('../artifacthub-repo.yml')) as Readonly<Record<string, unknown>>;
    const { repositoryID, owners } = file;

    expect(hub.repositoryKeys).to.include.members(Object.keys(file));
    if (repositoryID !== undefined) expect(repositoryID).to.match(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    for (const owner of owners as readonly object[]) expect(owner).to.have.all.keys('name', 'email');
  });

  it('accepts no unknown value, except below global', () => {
    expect(openIn(schema)).to.deep.equal(['.global']);
  });
});

/** Paths of the values, down to where the schema names no further ones. */
function leavesOf(value: unknown, { properties }: Schema, path = ''): readonly string[] {
  if (!properties) return [path];
  return Object.entries(value as object)
    .flatMap(([name, one]) => leavesOf(one, properties[name] ?? {}, `${path}.${name}`))
    .toSorted();
}

function describedIn({ properties, description }: Schema, path = ''): readonly string[] {
  if (!properties) return description === undefined ? [] : [path];
  return Object.entries(properties)
    .flatMap(([name, one]) => describedIn(one, `${path}.${name}`))
    .toSorted();
}

/** Groups of named values that take others as well. */
function openIn({ type, properties, additionalProperties, items, description }: Schema, path = ''): readonly string[] {
  const below = [
    ...Object.entries(properties ?? {}).flatMap(([name, one]) => openIn(one, `${path}.${name}`)),
    ...(items ? openIn(items, `${path}[]`) : []),
  ];
  // What Kubernetes defines, and only is passed on, says what it is instead.
  const isOpen =
    type === 'object' && additionalProperties === undefined && description === undefined && !path.includes('[]');
  return isOpen ? [path, ...below] : below;
}
