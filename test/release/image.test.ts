import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { artefactNames, makeSboms } from '../../release/artefacts.ts';
import { imageSubject, makeImageArtefacts } from '../../release/image-artefacts.ts';
import { readImage } from '../../release/image.ts';
import { provenanceOf } from '../../release/provenance.ts';
import { repositoryOf } from '../../release/repository.ts';
import { payloadName, signFiles } from '../../release/signature.ts';
import { imageProblems } from '../../release/verify-image.ts';
import { programPackages } from '../../release/verify-sbom.ts';
import type { Layer, Made } from './oci-layout.ts';
import { writeLayout } from './oci-layout.ts';

const source = join(import.meta.dirname, '../..');
const { version } = packageJson;
const commit = '0123456789abcdef0123456789abcdef01234567';
const repository = repositoryOf('Acme/toolsets');
const program = programPackages(join(source, 'package-lock.json'));

const paragraph = (name: string, own: string, more = ''): string =>
  `Package: ${name}\nStatus: install ok installed\nSection: libs\nArchitecture: amd64\nVersion: ${own}\n${more}\n`;
const labels = {
  'org.opencontainers.image.licenses': 'Apache-2.0',
  'org.opencontainers.image.revision': commit,
  'org.opencontainers.image.version': version,
};
const npm = 'usr/local/lib/node_modules/npm';

/** As the official image of Node is made, in small. */
const base = {
  'usr/lib/os-release': 'PRETTY_NAME="Debian"\nVERSION_ID="12"\nID=debian\n',
  'var/lib/dpkg/status': [
    paragraph('gcc-12-base', '12.2.0-14'),
    paragraph('libstdc++6', '12.2.0-14', 'Description: C++\n Version: none\n'),
    paragraph('zlib1g', '1:1.2.13~dfsg-1'),
    paragraph('gone', '1').replace('install ok installed', 'deinstall ok config-files'),
  ].join('\n'),
  'usr/share/doc/gcc-12-base/copyright': 'GPL-3',
  'usr/share/doc/libstdc++6': { target: 'gcc-12-base' },
  'usr/share/doc/zlib1g/copyright': 'zlib',
  'usr/local/bin/node': '\0\0node.js/v24.21.0\0more',
  [`${npm}/package.json`]: JSON.stringify({ name: 'npm', version: '11.0.0', license: 'Artistic-2.0' }),
  [`${npm}/node_modules/@npmcli/a/package.json`]: JSON.stringify({
    name: '@npmcli/a',
    version: '1.0.0',
    license: 'ISC',
  }),
  [`${npm}/node_modules/b/package.json`]: JSON.stringify({
    name: 'b',
    version: '2.0.0',
    licenses: [{ type: 'Apache 2.0' }],
  }),
  [`${npm}/node_modules/b/lib/package.json`]: '{"type":"module"}',
  'opt/yarn-v1/package.json': JSON.stringify({ name: 'yarn', version: '1.0.0', license: 'BSD-2-Clause' }),
} satisfies Layer;

const own = { 'usr/local/bin/dynamic-toolset-program.cjs': 'program', 'opt/.wh.yarn-v1': '' };
const made = (layers: readonly Layer[] = [base, own]): Made => ({ architecture: 'amd64', labels, layers });

/** An image that is made by hand, without an engine; test/image has a real one. */
describe('release/image', () => {
  let folder: string;
  let sboms: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'dynamic-toolset-image-'));
    sboms = join(folder, 'sboms');
    mkdirSync(sboms);
    makeSboms({ source, dist: '', out: sboms, repository, version });
    mkdirSync(join(folder, 'package/dist'), { recursive: true });
    writeFileSync(join(folder, 'package/dist/dynamic-toolset-program.cjs'), 'program');
    execFileSync('tar', ['-czf', join(sboms, artefactNames(version).package), '-C', folder, 'package']);
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('is read with the packages of its last layer, and without what BuildKit adds', () => {
    const layout = writeLayout(folder, [made(), { ...made(), architecture: 'arm64' }]);

    const { digest, platforms } = readImage(layout);

    const { manifests } = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as {
      readonly manifests: readonly { readonly digest: string }[];
    };
    expect(digest).to.equal(manifests[0]?.digest);
    expect(platforms.map(({ name }) => name)).to.deep.equal(['linux/amd64', 'linux/arm64']);
    expect(platforms[0]?.labels).to.deep.equal(labels);
    expect(platforms[0]?.packages.map(({ purl, license }) => [purl, license])).to.deep.equal([
      ['pkg:deb/debian/gcc-12-base@12.2.0-14?arch=amd64&distro=debian-12', debian('gcc-12-base', 'GPL-3')],
      ['pkg:deb/debian/libstdc%2B%2B6@12.2.0-14?arch=amd64&distro=debian-12', debian('libstdc++6', 'GPL-3')],
      ['pkg:deb/debian/zlib1g@1%3A1.2.13~dfsg-1?arch=amd64&distro=debian-12', debian('zlib1g', 'zlib')],
      ['pkg:generic/node@24.21.0', { expression: 'MIT' }],
      ['pkg:npm/%40npmcli/a@1.0.0', { expression: 'ISC' }],
      ['pkg:npm/b@2.0.0', { expression: 'Apache-2.0' }],
      ['pkg:npm/npm@11.0.0', { expression: 'Artistic-2.0' }],
    ]);
  });

  it('is read the same from a folder and from an archive', () => {
    const layout = writeLayout(folder, [made()]);
    const archive = `${layout}.tar`;
    execFileSync('tar', ['-cf', archive, '-C', layout, '.']);

    expect(readImage(archive)).to.deep.equal(readImage(layout));
  });

  it('is rejected when there is none, or more than one', () => {
    const empty = mkdtempSync(join(folder, 'empty-'));
    const layout = writeLayout(folder, [made()]);
    const index = join(layout, 'index.json');
    const { manifests } = JSON.parse(readFileSync(index, 'utf8')) as { readonly manifests: readonly object[] };
    writeFileSync(index, JSON.stringify({ manifests: [...manifests, ...manifests] }));

    expect(() => readImage(empty)).to.throw('is no OCI layout: it has no index.json');
    expect(() => readImage(layout)).to.throw('has 2 images: expected one index of all platforms');
  });

  it('is read without following links to files outside of it', () => {
    const outside = join(folder, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'copyright'), 'of this machine');
    const links = {
      'usr/share/doc/zlib1g': { target: outside },
      'usr/share/doc/libstdc++6': { target: '../../../..' },
    };
    const rest = without('usr/share/doc/zlib1g/copyright');
    const later = { 'usr/share/doc/zlib1g/copyright': 'written' };

    const [platform] = readImage(writeLayout(folder, [made([{ ...rest, ...links }, own])])).platforms;
    readImage(writeLayout(folder, [made([{ ...rest, ...links }, later])]));

    expect(platform?.packages.filter(({ license }) => license === null).map(({ name }) => name)).to.deep.equal([
      'libstdc++6',
      'zlib1g',
    ]);
    expect(readFileSync(join(outside, 'copyright'), 'utf8')).to.equal('of this machine');
  });

  it('has complete SBOMs, a signature as cosign makes it, and is a subject of the provenance', () => {
    const { out, layout, problems } = release([made()]);

    const [platform] = readImage(layout).platforms;
    const purl = `pkg:oci/toolsets@${encodeURIComponent(platform!.digest)}?arch=amd64&repository_url=ghcr.io%2Facme%2Ftoolsets&tag=${version}`;
    const spdx = readJson(out, 'image-linux-amd64.spdx.json') as Spdx;
    const cycloneDx = readJson(out, 'image-linux-amd64.cdx.json') as CycloneDx;
    expect(problems()).to.deep.equal([]);
    expect(readJson(out, 'image.json')).to.deep.equal({
      critical: {
        identity: { 'docker-reference': 'ghcr.io/acme/toolsets' },
        image: { 'docker-manifest-digest': readImage(layout).digest },
        type: 'cosign container image signature',
      },
      optional: null,
    });
    expect(spdx.creationInfo.created).to.match(/T\d\d:\d\d:\d\dZ$/);
    expect(spdx.documentDescribes).to.deep.equal(['SPDXRef-Image']);
    expect(spdx.packages[0]?.externalRefs[0]?.referenceLocator).to.equal(purl);
    expect(new Set(spdx.packages.map((one) => one.SPDXID)).size).to.equal(spdx.packages.length);
    expect(spdx.hasExtractedLicensingInfos.map((one) => one.extractedText)).to.deep.equal(['GPL-3', 'GPL-3', 'zlib']);
    expect(spdx.packages.filter((one) => !/^SPDXRef-[\w.-]+$/.test(one.SPDXID))).to.deep.equal([]);
    expect(cycloneDx.metadata.component['bom-ref']).to.equal(purl);
    expect(cycloneDx.dependencies[0]?.dependsOn).to.include.members([
      `dynamic-toolset@${version}`,
      'pkg:generic/node@24.21.0',
    ]);
    expect(cycloneDx.components.map(({ name }) => name)).to.include.members([
      'zod',
      'zlib1g',
      'npm',
      'dynamic-toolset',
    ]);
  });

  describe('reports', () => {
    const unlicensed = without('usr/share/doc/zlib1g/copyright');
    const bare = without('var/lib/dpkg/status', 'usr/local/bin/node');
    const nonFree = base['var/lib/dpkg/status'].replace('Section: libs', 'Section: non-free/libs');
    const amd64 = `dynamic-toolset-${version}-image-linux-amd64`;

    for (const [what, image, expected] of [
      ['a package without a licence', [unlicensed, own], ['zlib1g@1:1.2.13~dfsg-1 has the licence NOASSERTION']],
      [
        'a package with an unknown licence',
        [{ ...base, [`${npm}/package.json`]: '{"name":"npm","version":"1.0.0","license":"SSPL-1.0"}' }, own],
        ['npm@1.0.0 has the licence SSPL-1.0'],
      ],
      [
        "a package from outside Debian's main",
        [{ ...base, 'var/lib/dpkg/status': nonFree }, own],
        ["gcc-12-base@12.2.0-14 is of non-free and not of Debian's main"],
      ],
      [
        'a missing list of packages and a missing Node',
        [bare, own],
        [
          'the image of linux/amd64 lists no package of its system in /var/lib/dpkg/status',
          'the image of linux/amd64 has no /usr/local/bin/node',
        ],
      ],
      [
        'a different program than in the package',
        [base, { 'usr/local/bin/dynamic-toolset-program.cjs': 'other' }],
        ['the image of linux/amd64 has another dynamic-toolset-program.cjs than the package'],
      ],
    ] as const) {
      it(what, () => {
        expect(release([made(image)]).problems()).to.deep.equal(expected);
      });
    }

    it('a different commit or version than the release', () => {
      const { problems } = release([{ ...made(), labels: { ...labels, 'org.opencontainers.image.revision': 'f00' } }]);
      const unsaid = release([{ ...made(), labels: { 'org.opencontainers.image.licenses': 'MIT' } }]);

      expect(problems()).to.deep.equal([`the image of linux/amd64 has the revision f00, and the release ${commit}`]);
      expect(unsaid.problems()).to.include(
        `the image of linux/amd64 has the version unknown, and the release ${version}`,
      );
    });

    it('content that does not match its digest, or is missing', () => {
      const { layout, problems } = release([made()]);
      const { digest } = readImage(layout).platforms[0]!;
      const blob = join(layout, 'blobs', digest.replace(':', '/'));
      appendFileSync(blob, ' ');
      const changed = problems();
      rmSync(blob);

      expect(changed).to.deep.equal([`the image has other content than ${digest}`]);
      expect(problems()).to.deep.equal([`the image lacks ${digest}`]);
    });

    it('artefacts of another image', () => {
      const { out, layout } = release([made()]);
      const other = writeLayout(folder, [made([base, own, { 'etc/motd': 'changed' }])]);
      const { digest, platforms } = readImage(other);

      expect(layout).to.not.equal(other);
      expect(imageProblems(out, version, { layout: other, reference: repository.image }, program)).to.deep.equal([
        `${payloadName(version)} is not about ${digest}`,
        `the provenance is not about ${repository.image}@${digest}`,
        `${amd64}.spdx.json is not about ${platforms[0]!.digest}`,
        `${amd64}.cdx.json is not about ${platforms[0]!.digest}`,
      ]);
    });

    it('a package missing from an SBOM, and a signature of something else', () => {
      const { out, problems } = release([made()]);
      const spdx = readJson(out, 'image-linux-amd64.spdx.json') as Spdx;
      const packages = spdx.packages.filter(({ name }) => name !== 'zlib1g' && name !== 'zod');
      writeFileSync(join(out, `${amd64}.spdx.json`), JSON.stringify({ ...spdx, packages }));
      const cycloneDx = readJson(out, 'image-linux-amd64.cdx.json') as CycloneDx;
      const components = cycloneDx.components.filter(({ name }) => name !== 'node');
      writeFileSync(join(out, `${amd64}.cdx.json`), JSON.stringify({ ...cycloneDx, components }));
      appendFileSync(join(out, payloadName(version)), ' ');

      expect(problems()).to.deep.equal([
        `${payloadName(version)}.sig is no signature of ${payloadName(version)} by SHA256SUMS.pub`,
        `${amd64}.spdx.json lacks zod@${packageJson.dependencies.zod}`,
        `${amd64}.spdx.json lacks zlib1g@1:1.2.13~dfsg-1`,
        `${amd64}.cdx.json lacks node@24.21.0`,
      ]);
    });
  });

  /** What a dry run leaves of an image, and what it finds wrong with it. */
  function release(images: readonly Made[]): {
    readonly out: string;
    readonly layout: string;
    readonly problems: () => readonly string[];
  } {
    const out = mkdtempSync(join(folder, 'out-'));
    cpSync(sboms, out, { recursive: true });
    const layout = writeLayout(folder, images);
    const image = readImage(layout);
    const making = { source, dist: '', out, repository, version };
    makeImageArtefacts(making, image);
    const facts = { repository: repository.url, commit, version, builder: 'a test' };
    const statement = provenanceOf([imageSubject(making, image)], facts);
    writeFileSync(join(out, 'provenance.intoto.json'), JSON.stringify(statement));
    signFiles(out, [payloadName(version)]);
    const given = { layout, reference: repository.image };
    return { out, layout, problems: () => imageProblems(out, version, given, program) };
  }
});

interface Spdx {
  readonly creationInfo: { readonly created: string };
  readonly documentDescribes: readonly string[];
  readonly packages: readonly {
    readonly name: string;
    readonly SPDXID: string;
    readonly externalRefs: readonly { readonly referenceLocator: string }[];
  }[];
  readonly hasExtractedLicensingInfos: readonly { readonly extractedText: string }[];
}

interface CycloneDx {
  readonly metadata: { readonly component: { readonly 'bom-ref': string } };
  readonly components: readonly { readonly name: string }[];
  readonly dependencies: readonly { readonly dependsOn: readonly string[] }[];
}

function debian(name: string, text: string): object {
  return { file: `/usr/share/doc/${name}/copyright`, text, area: 'main' };
}

function without(...places: readonly (keyof typeof base)[]): Layer {
  return Object.fromEntries(Object.entries(base).filter(([place]) => !places.includes(place as keyof typeof base)));
}

function readJson(out: string, suffix: string): unknown {
  return JSON.parse(readFileSync(join(out, `dynamic-toolset-${version}-${suffix}`), 'utf8'));
}
