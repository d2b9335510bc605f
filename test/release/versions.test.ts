import { expect } from 'chai';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { newest, oldest } from '../../plugin/consumers/holmesgpt/catalog.ts';
import { holmesVersions } from '../tools/holmesgpt.ts';
import { olderReleases } from '../tools/releases.ts';
import type { ReleasedPart } from '../tools/releases.ts';

const repository = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(repository, path), 'utf8');

/** Chart, image label, package and manifests: test/release/chart.test.ts and test/dockerfile.test.ts have the first two. */
describe('release/versions', () => {
  it('has the version of the package in every manifest that names the image', () => {
    const tags = globSync('manifests/**/*.{yaml,yml}', { cwd: repository }).flatMap(
      (file) => read(file).match(/(?<=dynamic-toolset:)\d[\w.-]*|(?<=dynamic-toolset, newTag: )[\w.-]+/g) ?? [],
    );

    expect(new Set(tags)).to.deep.equal(new Set([packageJson.version]));
  });

  it('has a plugin name without a version', () => {
    const { metadata, spec } = parse(read('plugin.yaml')) as {
      readonly metadata: { readonly name: string };
      readonly spec: { readonly version?: string };
    };

    expect(metadata.name).to.equal(packageJson.name);
    expect(spec).to.not.have.property('version');
  });

  it('has the tested versions and the supported releases in docs/compatibility.md', () => {
    const text = read('docs/compatibility.md');
    const foldersOf = (part: ReleasedPart): readonly string[] => [
      part,
      ...olderReleases(part).map((release) => `${part}-${release}`),
    ];
    const required = (tool: string, module: string): string =>
      new RegExp(`^\\s*(?:require )?${module} v(\\S+)`, 'm').exec(read(`test/tools/${tool}/go.mod`))?.[1] ?? '';
    const rows = [
      ...foldersOf('kubernetes').map((folder) => ['Kubernetes', required(folder, 'k8s\\.io/kubernetes')]),
      ...foldersOf('argo-cd').map((folder) => ['Argo CD', required(folder, 'github\\.com/argoproj/argo-cd/v3')]),
      ...foldersOf('helm').map((folder) => ['Helm', required(folder, 'helm\\.sh/helm/v\\d')]),
      ...holmesVersions.map((version) => ['HolmesGPT', version]),
      ['Node.js', packageJson.devDependencies.node],
    ];

    for (const [product = '', version = ''] of rows)
      expect(text).to.match(new RegExp(`^\\| ${product} +\\| ${version} +\\|`, 'm'));
    expect(text).to.include(`HolmesGPT ${oldest} to ${newest}`);
  });

  it('states for every version in docs/compatibility.md what tests it and when, or that nothing does', () => {
    const rows = [
      ...read('docs/compatibility.md').matchAll(/^\| ([A-Z][\w. ]+?) +\| (\d\S*) +\| (.*?) +\| (.*?) +\|$/gm),
    ];

    expect(rows.length).to.be.above(8);
    for (const [, product, version, shownBy = '', ranOn = ''] of rows) {
      const isShown = /^`npm (?:test|run)\b.*`$/.test(shownBy) && /^\d{4}-\d\d-\d\d$/.test(ranOn);
      expect(isShown || (shownBy === 'nothing' && ranOn === 'unverified'), `${product!} ${version!}`).to.equal(true);
    }
  });
});
