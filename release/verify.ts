import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { artefactNames } from './artefacts.ts';
import type { Statement } from './provenance.ts';
import { sha256Of } from './provenance.ts';
import { placeholder } from './repository.ts';
import { signatureProblems } from './signature.ts';
import type { GivenImage } from './verify-image.ts';
import { imageProblems } from './verify-image.ts';
import { programPackages, sbomProblems } from './verify-sbom.ts';

/**
 * Problems of the artefacts in a folder, one sentence each; empty if there are none. `image` is that of the release, if
 * it has one.
 */
export function problemsOf(folder: string, version: string, lockFile: string, image?: GivenImage): readonly string[] {
  const program = programPackages(lockFile);
  return [
    ...checksumProblems(folder),
    ...signatureProblems(folder, 'SHA256SUMS'),
    ...provenanceProblems(folder),
    ...sbomProblems(folder, artefactNames(version), program),
    ...krewProblems(folder, version),
    ...packageProblems(folder, version),
    ...(image ? imageProblems(folder, version, image, program) : []),
  ];
}

function checksumProblems(folder: string): readonly string[] {
  return checksums(folder).flatMap(({ name, sha256 }) =>
    sha256Of(join(folder, name)) === sha256 ? [] : [`SHA256SUMS has another digest of ${name}`],
  );
}

function provenanceProblems(folder: string): readonly string[] {
  const { subject } = JSON.parse(readFileSync(join(folder, 'provenance.intoto.json'), 'utf8')) as Statement;
  const told = new Map(subject.map(({ name, digest }) => [name, digest.sha256]));
  return checksums(folder)
    .filter(({ name }) => name !== 'provenance.intoto.json')
    .flatMap(({ name, sha256 }) => (told.get(name) === sha256 ? [] : [`the provenance is not about ${name}`]));
}

/** The checks of krew's own validation that need no index. */
function krewProblems(folder: string, version: string): readonly string[] {
  const names = artefactNames(version);
  const { metadata, spec } = parse(readFileSync(join(folder, names.krew), 'utf8')) as {
    readonly metadata: { readonly name: string };
    readonly spec: {
      readonly version: string;
      readonly shortDescription: string;
      readonly platforms: readonly { readonly uri: string; readonly sha256: string; readonly bin: string }[];
    };
  };
  const entries = execFileSync('tar', ['-tzf', join(folder, names.plugin)], { encoding: 'utf8' }).split('\n');
  const digest = sha256Of(join(folder, names.plugin));
  return [
    ...(/^[\w-]+$/.test(metadata.name) ? [] : ['the plugin of krew has no safe name']),
    ...(spec.version === `v${version}` ? [] : ['the manifest of krew has another version']),
    ...(spec.shortDescription.length <= 50 ? [] : ['the short description of krew is longer than 50 characters']),
    ...spec.platforms.flatMap(({ uri, sha256, bin }) => [
      ...(sha256 === digest ? [] : ['the manifest of krew has another digest']),
      ...(basename(uri) === names.plugin ? [] : [`the manifest of krew names ${uri}`]),
      ...(entries.includes(`./${bin}`) ? [] : [`the archive of krew has no ${bin}`]),
    ]),
  ];
}

/**
 * Checks that the package is public, has no dependencies, runs nothing when installed, and has exactly the files for
 * users.
 */
function packageProblems(folder: string, version: string): readonly string[] {
  const archive = join(folder, artefactNames(version).package);
  const tar = (...args: readonly string[]): string => execFileSync('tar', args, { encoding: 'utf8' });
  const manifest = JSON.parse(tar('-xOzf', archive, 'package/package.json')) as Readonly<Record<string, unknown>>;
  const files = tar('-tzf', archive).trim().split('\n');
  const isUsers =
    /^package\/(?:dist\/[\w.-]+|docs\/schemas\/[\w.-]+|(?:package\.json|plugin\.yaml|LICENSE|README\.md|CHANGELOG\.md))$/;
  return [
    ...['private', 'scripts', 'dependencies', 'devDependencies']
      .filter((key) => key in manifest)
      .map((key) => `the package has ${key}`),
    ...(manifest.version === version ? [] : ['the package has another version']),
    ...files.filter((file) => !isUsers.test(file)).map((file) => `the package has ${file}`),
    ...(JSON.stringify(manifest).includes(placeholder)
      ? [`the package still says ${placeholder}: give --repository`]
      : []),
  ];
}

function checksums(folder: string): readonly { readonly sha256: string; readonly name: string }[] {
  return readFileSync(join(folder, 'SHA256SUMS'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(/ {2}/) as [string, string])
    .map(([sha256, name]) => ({ sha256, name }));
}
