import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Making } from './artefacts.ts';
import { artefactNames } from './artefacts.ts';
import type { Image, License, Platform, SystemPackage } from './image.ts';
import type { Subject } from './provenance.ts';
import { payloadName, payloadOf } from './signature.ts';
import type { SbomNames } from './verify-sbom.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The part of npm's document that the image's document is built from. */
interface Spdx extends Fields {
  readonly documentNamespace: string;
  readonly documentDescribes: readonly string[];
  readonly packages: readonly Fields[];
  readonly relationships: readonly (Fields & { readonly relationshipType: string })[];
}

interface CycloneDx extends Fields {
  readonly metadata: Fields & { readonly component: Fields };
  readonly components: readonly Fields[];
  readonly dependencies: readonly Fields[];
}

/** Names of the SBOMs of one platform. */
export function imageSbomNames(version: string, { name }: Platform): SbomNames {
  const stem = `dynamic-toolset-${version}-image-${name.replaceAll('/', '-')}`;
  return { spdx: `${stem}.spdx.json`, cycloneDx: `${stem}.cdx.json` };
}

/**
 * Writes what cosign would sign of the image, and the SBOMs: one document per format and platform, npm's document of
 * the program, as written by `makeSboms`, extended with the packages of the base image. Returns the files.
 */
export function makeImageArtefacts({ out, version, repository }: Making, image: Image): readonly string[] {
  const names = artefactNames(version);
  const read = (name: string): unknown => JSON.parse(readFileSync(join(out, name), 'utf8'));
  const write = (name: string, text: string): string => {
    writeFileSync(join(out, name), text);
    return join(out, name);
  };
  const sboms = image.platforms.flatMap((platform) => {
    const { spdx, cycloneDx } = imageSbomNames(version, platform);
    const purl = purlOf(repository.image, version, platform);
    const documents = [
      [spdx, withSystemSpdx(read(names.spdx) as Spdx, repository.image, purl, platform)],
      [cycloneDx, withSystemCycloneDx(read(names.cycloneDx) as CycloneDx, repository.image, purl, platform)],
    ] as const;
    return documents.map(([name, document]) => write(name, `${JSON.stringify(document, null, 2)}\n`));
  });
  return [write(payloadName(version), JSON.stringify(payloadOf(repository.image, image.digest))), ...sboms];
}

/** The image as provenance names it. */
export function imageSubject({ repository }: Making, { digest }: Image): Subject {
  return { name: repository.image, digest: { sha256: digest.replace('sha256:', '') } };
}

/**
 * https://github.com/package-url/purl-spec, type oci: identified by digest, with the registry location as a qualifier.
 */
function purlOf(image: string, version: string, { name, digest }: Platform): string {
  const [, architecture = ''] = name.split('/');
  const place = encodeURIComponent(image);
  const own = image.slice(image.lastIndexOf('/') + 1);
  return `pkg:oci/${own}@${encodeURIComponent(digest)}?arch=${architecture}&repository_url=${place}&tag=${version}`;
}

/**
 * SPDX 2.3: the image contains the program and each system package; a Debian licence text becomes a separate licence.
 */
function withSystemSpdx(document: Spdx, image: string, purl: string, platform: Platform): object {
  const { name, digest, labels, packages } = platform;
  const id = 'SPDXRef-Image';
  const own = {
    name: image,
    SPDXID: id,
    versionInfo: digest,
    primaryPackagePurpose: 'CONTAINER',
    ...spdxPackage(purl, labels['org.opencontainers.image.licenses'] ?? 'NOASSERTION'),
    checksums: [{ algorithm: 'SHA256', checksumValue: digest.replace('sha256:', '') }],
  };
  const system = packages.map((one, index) => ({ ...one, ...spdxIds(one, index) }));
  const contained = [...document.documentDescribes, ...system.map(({ SPDXID }) => SPDXID)];
  return {
    ...document,
    name: `${image}@${digest}`,
    documentNamespace: `${document.documentNamespace}-${name.replaceAll('/', '-')}`,
    documentDescribes: [id],
    packages: [
      own,
      ...document.packages,
      ...system.map(({ name: packageName, SPDXID, version, purl: locator, licenseDeclared }) => ({
        name: packageName,
        SPDXID,
        versionInfo: version,
        ...spdxPackage(locator, licenseDeclared),
      })),
    ],
    hasExtractedLicensingInfos: system.flatMap(({ license, licenseDeclared }) =>
      license && 'text' in license
        ? [{ licenseId: licenseDeclared, name: license.file, extractedText: license.text }]
        : [],
    ),
    relationships: [
      { spdxElementId: 'SPDXRef-DOCUMENT', relatedSpdxElement: id, relationshipType: 'DESCRIBES' },
      ...contained.map((one) => ({ spdxElementId: id, relatedSpdxElement: one, relationshipType: 'CONTAINS' })),
      ...document.relationships.filter((one) => one.relationshipType !== 'DESCRIBES'),
    ],
  };
}

function spdxPackage(purl: string, licenseDeclared: string): object {
  return {
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    licenseDeclared,
    externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }],
  };
}

/**
 * Identifiers may only contain letters, digits, dots and hyphens; the number distinguishes those that differ in other
 * characters.
 */
function spdxIds(
  { name, license }: SystemPackage,
  index: number,
): { readonly SPDXID: string; readonly licenseDeclared: string } {
  const id = `System-${String(index)}-${name.replaceAll(/[^\w.-]|_/g, '-')}`;
  return { SPDXID: `SPDXRef-${id}`, licenseDeclared: spdxLicense(license, id) };
}

function spdxLicense(license: License | null, id: string): string {
  if (!license) return 'NOASSERTION';
  if ('text' in license) return `LicenseRef-${id}`;
  return license.expression;
}

/** CycloneDX 1.5, in the form npm writes. */
function withSystemCycloneDx(document: CycloneDx, image: string, purl: string, platform: Platform): object {
  const { component } = document.metadata;
  const { digest, packages } = platform;
  const content = digest.replace('sha256:', '');
  const own = { 'bom-ref': purl, type: 'container', name: image, version: digest, purl };
  return {
    ...document,
    serialNumber: `urn:uuid:${crypto.randomUUID()}`,
    metadata: { ...document.metadata, component: { ...own, hashes: [{ alg: 'SHA-256', content }] } },
    components: [
      component,
      ...document.components,
      ...packages.map(({ name, version, purl: locator, license }) => ({
        'bom-ref': locator,
        type: 'library',
        name,
        version,
        purl: locator,
        licenses: cycloneDxLicenses(license),
      })),
    ],
    dependencies: [
      { ref: purl, dependsOn: [component['bom-ref'], ...packages.map((one) => one.purl)] },
      ...document.dependencies,
    ],
  };
}

function cycloneDxLicenses(license: License | null): readonly object[] {
  if (!license) return [];
  if ('file' in license) return [{ license: { name: license.file } }];
  const { expression } = license;
  return [/[ (]/.test(expression) ? { expression } : { license: { id: expression } }];
}
