import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LockFile } from './artefacts.ts';

/** Licences in the program: all of them permit its distribution under Apache-2.0, with their texts beside it. */
const programLicenses = [
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
];

/** Further licences of separate works in the image: npm is under the first, its data under the others. */
const systemLicenses = ['Artistic-2.0', 'CC-BY-3.0', 'CC0-1.0'];

/** File names of an SBOM in both formats. */
export interface SbomNames {
  readonly spdx: string;
  readonly cycloneDx: string;
}

interface Spdx {
  readonly packages: readonly {
    readonly name: string;
    readonly versionInfo: string;
    readonly licenseDeclared?: string;
  }[];
  readonly hasExtractedLicensingInfos?: readonly { readonly licenseId: string; readonly extractedText: string }[];
}

interface CycloneDx {
  readonly components: readonly { readonly name: string; readonly version: string }[];
}

/** Packages of the lock file that users get, as `name@version`. */
export function programPackages(lockFile: string): readonly string[] {
  const { packages } = JSON.parse(readFileSync(lockFile, 'utf8')) as LockFile;
  return Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && dev !== true)
    .map(([path, { version: own = '' }]) => `${path.replace(/^.*node_modules\//, '')}@${own}`);
}

/** Checks that both formats list every wanted package, as `name@version`, and no licence that forbids distribution. */
export function sbomProblems(
  folder: string,
  names: SbomNames,
  wanted: readonly string[],
  of: 'program' | 'image' = 'program',
): readonly string[] {
  const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const spdx = read(names.spdx) as Spdx;
  const cycloneDx = read(names.cycloneDx) as CycloneDx;
  const inSpdx = new Set(spdx.packages.map((one) => `${one.name}@${one.versionInfo}`));
  const inCycloneDx = new Set(cycloneDx.components.map((one) => `${one.name}@${one.version}`));
  const texts = (spdx.hasExtractedLicensingInfos ?? []).filter((one) => one.extractedText.trim() !== '');
  const further = of === 'image' ? [...systemLicenses, ...texts.map((one) => one.licenseId)] : [];
  const allowed = new Set([...programLicenses, ...further]);
  return [
    ...wanted.filter((one) => !inSpdx.has(one)).map((one) => `${names.spdx} lacks ${one}`),
    ...wanted.filter((one) => !inCycloneDx.has(one)).map((one) => `${names.cycloneDx} lacks ${one}`),
    ...spdx.packages
      .filter(({ licenseDeclared = '' }) => !isAllowed(licenseDeclared, allowed))
      .map((one) => `${one.name}@${one.versionInfo} has the licence ${one.licenseDeclared ?? 'unknown'}`),
  ];
}

/** Whether it is one of the licences, or a choice that includes one. */
function isAllowed(expression: string, allowed: ReadonlySet<string>): boolean {
  return expression
    .replace(/^\(|\)$/g, '')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((one) => allowed.has(one)));
}
