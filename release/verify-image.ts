import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { artefactNames } from './artefacts.ts';
import { imageSbomNames } from './image-artefacts.ts';
import type { Image, Platform } from './image.ts';
import { readImage } from './image.ts';
import type { Statement } from './provenance.ts';
import type { Payload } from './signature.ts';
import { payloadName, signatureProblems } from './signature.ts';
import { sbomProblems } from './verify-sbom.ts';

/** The image that a dry run is about. */
export interface GivenImage {
  /** A folder or an archive, as accepted by `readImage`. */
  readonly layout: string;
  /** Its registry location, without tag or digest. */
  readonly reference: string;
}

/**
 * Problems of a folder's artefacts about an image, one sentence each. The image is read again: signature, provenance
 * and SBOMs must cover exactly this image, and all of it.
 */
export function imageProblems(
  folder: string,
  version: string,
  { layout, reference }: GivenImage,
  program: readonly string[],
): readonly string[] {
  let image: Image;
  try {
    image = readImage(layout);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
  const statement = JSON.parse(readFileSync(join(folder, 'provenance.intoto.json'), 'utf8')) as Statement;
  const [{ digest: source }] = statement.predicate.buildDefinition.resolvedDependencies;
  return [
    ...signedProblems(folder, version, reference, image),
    ...subjectProblems(statement, reference, image),
    ...image.platforms.flatMap((platform) => [
      ...labelProblems(platform, version, source.gitCommit),
      ...contentProblems(platform),
      ...programProblems(folder, version, platform),
      ...platformSbomProblems(folder, version, platform, program),
    ]),
  ];
}

function signedProblems(folder: string, version: string, reference: string, image: Image): readonly string[] {
  const name = payloadName(version);
  const { critical } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Payload;
  return [
    ...signatureProblems(folder, name),
    ...(critical.image['docker-manifest-digest'] === image.digest ? [] : [`${name} is not about ${image.digest}`]),
    ...(critical.identity['docker-reference'] === reference ? [] : [`${name} is not about ${reference}`]),
  ];
}

function subjectProblems({ subject }: Statement, reference: string, { digest }: Image): readonly string[] {
  const told = subject.find(({ name }) => name === reference)?.digest.sha256;
  return `sha256:${told ?? ''}` === digest ? [] : [`the provenance is not about ${reference}@${digest}`];
}

/** The provenance says which commit everything is built from. */
function labelProblems({ name, labels }: Platform, version: string, commit: string): readonly string[] {
  const expected = { version, revision: commit };
  return Object.entries(expected)
    .map(([key, value]) => ({ key, value, own: labels[`org.opencontainers.image.${key}`] ?? 'unknown' }))
    .filter(({ own, value }) => own !== value)
    .map(({ key, own, value }) => `the image of ${name} has the ${key} ${own}, and the release ${value}`);
}

/**
 * Without these packages no SBOM could be complete; packages outside of Debian's main may not be redistributed freely.
 */
function contentProblems({ name, packages }: Platform): readonly string[] {
  const has = (kind: string): boolean => packages.some(({ purl }) => purl.startsWith(kind));
  return [
    ...(has('pkg:deb/') ? [] : [`the image of ${name} lists no package of its system in /var/lib/dpkg/status`]),
    ...(has('pkg:generic/node@') ? [] : [`the image of ${name} has no /usr/local/bin/node`]),
    ...packages.flatMap(({ name: own, version, license }) =>
      license && 'area' in license && license.area !== 'main'
        ? [`${own}@${version} is of ${license.area} and not of Debian's main`]
        : [],
    ),
  ];
}

/** The lock file describes the program in the package: it must be the one in the image. */
function programProblems(folder: string, version: string, { name, program }: Platform): readonly string[] {
  const archive = join(folder, artefactNames(version).package);
  const tar = (...args: readonly string[]): Buffer => execFileSync('tar', args, { maxBuffer: 64 * 1024 * 1024 });
  const files =
    tar('-tzf', archive)
      .toString()
      .match(/(?<=^package\/dist\/)dynamic-toolset-.*\.cjs$/gm) ?? [];
  return files
    .filter((file) => {
      const content = tar('-xOzf', archive, `package/dist/${file}`);
      return createHash('sha256').update(content).digest('hex') !== program[file];
    })
    .map((file) => `the image of ${name} has another ${file} than the package`);
}

function platformSbomProblems(
  folder: string,
  version: string,
  platform: Platform,
  program: readonly string[],
): readonly string[] {
  const names = imageSbomNames(version, platform);
  const system = platform.packages.map((one) => `${one.name}@${one.version}`);
  const texts = [names.spdx, names.cycloneDx].map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
  return [
    ...texts
      .filter(({ text }) => !text.includes(platform.digest))
      .map(({ name }) => `${name} is not about ${platform.digest}`),
    ...sbomProblems(folder, names, [...program, ...system], 'image'),
  ];
}
