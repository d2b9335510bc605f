import { execFileSync } from 'node:child_process';
import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import type { LockFile } from './artefacts.ts';
import { artefactNames } from './artefacts.ts';
import type { Statement } from './provenance.ts';
import { sha256Of } from './provenance.ts';
import { placeholder } from './repository.ts';

/** Licences of what is in the program: all of them permit its distribution under Apache-2.0, with their texts beside it. */
const allowedLicenses = new Set([
  ...[
    'Apache-2.0',
    'MIT',
    'ISC',
    'BSD-2-Clause',
    'BSD-3-Clause',
    '0BSD',
    'BlueOak-1.0.0',
    'Unlicense',
    'Python-2.0',
    'PSF-2.0',
  ],
]);

/** What is wrong with the artefacts of a folder, one sentence each; none where all is well. */
export function problemsOf(folder: string, version: string, lockFile: string): readonly string[] {
  return [
    ...checksumProblems(folder),
    ...signatureProblems(folder),
    ...provenanceProblems(folder),
    ...sbomProblems(folder, version, JSON.parse(readFileSync(lockFile, 'utf8')) as LockFile),
    ...krewProblems(folder, version),
    ...packageProblems(folder, version),
  ];
}

function checksumProblems(folder: string): readonly string[] {
  return checksums(folder).flatMap(({ name, sha256 }) =>
    sha256Of(join(folder, name)) === sha256 ? [] : [`SHA256SUMS has another digest of ${name}`],
  );
}

/** Of a dry run, whose key is beside it and signs nothing else; the workflow's signatures are verified by cosign. */
function signatureProblems(folder: string): readonly string[] {
  const read = (name: string): Buffer => readFileSync(join(folder, name));
  const key = createPublicKey(read('SHA256SUMS.pub'));
  const isSigned = verify(null, read('SHA256SUMS'), key, Buffer.from(read('SHA256SUMS.sig').toString(), 'base64'));
  return isSigned ? [] : ['SHA256SUMS.sig is no signature of SHA256SUMS by SHA256SUMS.pub'];
}

function provenanceProblems(folder: string): readonly string[] {
  const { subject } = JSON.parse(readFileSync(join(folder, 'provenance.intoto.json'), 'utf8')) as Statement;
  const told = new Map(subject.map(({ name, digest }) => [name, digest.sha256]));
  return checksums(folder)
    .filter(({ name }) => name !== 'provenance.intoto.json')
    .flatMap(({ name, sha256 }) => (told.get(name) === sha256 ? [] : [`the provenance is not about ${name}`]));
}

/** Both have every package of the lock file that a user gets, in its version, and no licence that is not known. */
function sbomProblems(folder: string, version: string, { packages }: LockFile): readonly string[] {
  const names = artefactNames(version);
  const wanted = Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && dev !== true)
    .map(([path, { version: own = '' }]) => `${path.replace(/^.*node_modules\//, '')}@${own}`);
  const spdx = JSON.parse(readFileSync(join(folder, names.spdx), 'utf8')) as {
    readonly packages: readonly {
      readonly name: string;
      readonly versionInfo: string;
      readonly licenseDeclared?: string;
    }[];
  };
  const cycloneDx = JSON.parse(readFileSync(join(folder, names.cycloneDx), 'utf8')) as {
    readonly components: readonly { readonly name: string; readonly version: string }[];
  };
  const inSpdx = new Set(spdx.packages.map((one) => `${one.name}@${one.versionInfo}`));
  const inCycloneDx = new Set(cycloneDx.components.map((one) => `${one.name}@${one.version}`));
  return [
    ...wanted.filter((one) => !inSpdx.has(one)).map((one) => `${names.spdx} lacks ${one}`),
    ...wanted.filter((one) => !inCycloneDx.has(one)).map((one) => `${names.cycloneDx} lacks ${one}`),
    ...spdx.packages
      .filter(({ licenseDeclared = '' }) => !isAllowed(licenseDeclared))
      .map((one) => `${one.name}@${one.versionInfo} has the licence ${one.licenseDeclared ?? 'unknown'}`),
  ];
}

/** One of the licences, or a choice that has one. */
function isAllowed(expression: string): boolean {
  return expression
    .replace(/^\(|\)$/g, '')
    .split(' OR ')
    .some((one) => allowedLicenses.has(one));
}

/** What krew's own validation asks of a manifest, as far as it can be told without its index. */
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

/** The package is public, asks for nothing else, runs nothing when installed, and has just the files of a user. */
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
