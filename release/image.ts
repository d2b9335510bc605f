import { execFileSync } from 'node:child_process';
import { existsSync, globSync, lstatSync, readFileSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { inFolder } from './artefacts.ts';
import { sha256Of } from './provenance.ts';

/** An image as pushed to a registry: an index of its platforms, or a single platform. */
export interface Image {
  /** The digest that identifies and signs it: `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  readonly platforms: readonly Platform[];
}

/** The image of one platform. */
export interface Platform {
  /** For example `linux/arm64`. */
  readonly name: string;
  readonly digest: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Contents of the base image, sorted by purl: Debian packages, Node, and the npm that comes with it. */
  readonly packages: readonly SystemPackage[];
  /** sha256 of the program's files in /usr/local/bin, by their names in the package. */
  readonly program: Readonly<Record<string, string>>;
}

export interface SystemPackage {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  /** `null` if the image does not state it. */
  readonly license: License | null;
}

/** An SPDX expression; or the text of a Debian file, with the archive area of the package. */
export type License =
  { readonly expression: string } | { readonly file: string; readonly text: string; readonly area: string };

/** The part of https://github.com/opencontainers/image-spec that the release reads. */
interface Descriptor {
  readonly digest: string;
  readonly platform?: { readonly os: string; readonly architecture: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Manifest {
  readonly manifests?: readonly Descriptor[];
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
}

interface Config {
  readonly os: string;
  readonly architecture: string;
  readonly config?: { readonly Labels?: Readonly<Record<string, string>> };
}

/** As in npm's own packages; one of them still has the list that preceded `license`, with the names of that time. */
interface PackageJson {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string;
  readonly licenses?: readonly { readonly type: string }[];
}

const blobs = 'blobs/sha256';
const dpkgStatus = 'var/lib/dpkg/status';
const osRelease = 'usr/lib/os-release';
const node = 'usr/local/bin/node';
const docs = 'usr/share/doc';
const packageFile = '{**/node_modules/{*,@*/*},opt/yarn-*}/package.json';

/** Files read from an image: the packages describe themselves. */
const wanted = [
  new RegExp(`^(?:${dpkgStatus}|${osRelease}|${node}|usr/local/bin/dynamic-toolset-\\w+\\.cjs)$`),
  new RegExp(`^${docs}/[^/]+(?:/copyright)?$`),
  /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+\/package\.json$/,
  /^opt\/yarn-[^/]+\/package\.json$/,
];

/**
 * Reads an OCI layout, a folder or its archive, as written by `docker buildx build --output type=oci` and `buildah
 * push`. Throws if it does not contain exactly one image, or if a file does not match its digest.
 */
export function readImage(layout: string): Image {
  if (statSync(layout).isDirectory()) return readLayout(layout);
  return inFolder((folder) => {
    execFileSync('tar', ['-xf', layout, '-C', folder]);
    return readLayout(folder);
  });
}

function readLayout(layout: string): Image {
  const index = join(layout, 'index.json');
  if (!existsSync(index)) throw new Error(`${layout} is no OCI layout: it has no index.json`);
  const { manifests = [] } = JSON.parse(readFileSync(index, 'utf8')) as Manifest;
  const [image, ...others] = manifests;
  if (image === undefined || others.length > 0) {
    throw new Error(`${layout} has ${String(manifests.length)} images: expected one index of all platforms`);
  }
  for (const blob of globSync('*', { cwd: join(layout, blobs) })) {
    if (sha256Of(join(layout, blobs, blob)) !== blob)
      throw new Error(`the image has other content than sha256:${blob}`);
  }
  const top = readBlob(layout, image) as Manifest;
  const platforms = (top.manifests ?? [image]).filter((one) => !isAttestation(one));
  return { digest: image.digest, platforms: platforms.map((one) => readPlatform(layout, one)) };
}

/** What BuildKit stores beside the platforms: its own SBOM and provenance. */
function isAttestation({ annotations, platform }: Descriptor): boolean {
  return annotations?.['vnd.docker.reference.type'] === 'attestation-manifest' || platform?.os === 'unknown';
}

function readPlatform(layout: string, descriptor: Descriptor): Platform {
  const { config, layers = [] } = readBlob(layout, descriptor) as Manifest;
  if (!config) throw new Error(`${descriptor.digest} is no manifest of an image: it has no config`);
  const { os, architecture, config: settings } = readBlob(layout, config) as Config;
  const labels = settings?.Labels ?? {};
  return inFolder((root) => {
    for (const layer of layers) unpack(blobFile(layout, layer), root);
    const scripts = globSync('dynamic-toolset-*.cjs', { cwd: join(root, 'usr/local/bin') });
    return {
      name: `${os}/${architecture}`,
      digest: descriptor.digest,
      labels,
      packages: systemPackages(root),
      program: Object.fromEntries(scripts.map((file) => [file, sha256Of(join(root, 'usr/local/bin', file))])),
    };
  });
}

function readBlob(layout: string, descriptor: Descriptor): unknown {
  return JSON.parse(readFileSync(blobFile(layout, descriptor), 'utf8'));
}

function blobFile(layout: string, { digest }: Descriptor): string {
  const [, sha256 = ''] = /^sha256:([0-9a-f]{64})$/.exec(digest) ?? [];
  if (sha256 === '') throw new Error(`invalid digest "${digest}": expected sha256`);
  const file = join(layout, blobs, sha256);
  if (!existsSync(file)) throw new Error(`the image lacks ${digest}`);
  return file;
}

/** Applies a layer, limited to the files that are read: first its deletions, then its contents. */
function unpack(layer: string, root: string): void {
  const literal = ['--quoting-style=literal', '-f', layer];
  const listed = execFileSync('tar', ['-t', ...literal], { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
  const entries = listed.split('\n').map((entry) => ({ entry, path: entry.replace(/^\.\/|\/$/g, '') }));
  for (const { path } of entries) {
    const [, removed] = /^\.wh\.(.*)$/.exec(basename(path)) ?? [];
    if (removed === undefined) continue;
    const folder = join(root, dirname(path));
    const names = removed !== '.wh..opq' ? [removed] : existsSync(folder) ? readdirSync(folder) : [];
    for (const name of names) rmSync(join(folder, name), { recursive: true, force: true });
  }
  const taken = entries.filter(({ path }) => wanted.some((pattern) => pattern.test(path)));
  if (taken.length === 0) return;
  const input = taken.map(({ entry }) => `${entry}\n`).join('');
  const plain = ['--no-recursion', '--no-same-owner', '--verbatim-files-from', '-T', '-'];
  execFileSync('tar', ['-x', ...literal, '-C', root, ...plain], { input });
  for (const { path } of taken) removeStrayLink(root, path);
}

/** A package may link to another one's texts. Any other link is removed: it could point out of the folder. */
function removeStrayLink(root: string, path: string): void {
  const file = join(root, path);
  const isLink = lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  if (isLink && !/^(?:\.\.\/)?[\w+-][\w.+-]*(?:\/copyright)?$/.test(readlinkSync(file))) rmSync(file);
}

function systemPackages(root: string): readonly SystemPackage[] {
  const all = [...debianPackages(root), ...nodePackage(root), ...npmPackages(root)];
  const byPurl = new Map(all.map((one) => [one.purl, one]));
  return [...byPurl.values()].toSorted((a, b) => (a.purl < b.purl ? -1 : 1));
}

/**
 * From dpkg's own list of installed packages: https://man7.org/linux/man-pages/man5/deb822.5.html, one paragraph each.
 */
function debianPackages(root: string): readonly SystemPackage[] {
  const release = textIn(root, osRelease);
  const [id, version] = [fieldOf(release, 'ID', '='), fieldOf(release, 'VERSION_ID', '=')];
  return textIn(root, dpkgStatus)
    .split(/\n\n+/)
    .filter((paragraph) => !/ (?:not-installed|config-files)$/.test(fieldOf(paragraph, 'Status')))
    .map((paragraph) => {
      const [name = '', own = '', arch = '', section = ''] = ['Package', 'Version', 'Architecture', 'Section'].map(
        (field) => fieldOf(paragraph, field),
      );
      const [, area = 'main'] = /^(.+)\//.exec(section) ?? [];
      const place = `pkg:deb/${id}/${encodeURIComponent(name)}@${encodeURIComponent(own)}`;
      const purl = `${place}?arch=${arch}&distro=${id}-${version}`;
      return { name, version: own, purl, license: debianLicense(root, name, area) };
    })
    .filter(({ name }) => name !== '');
}

function debianLicense(root: string, name: string, area: string): License | null {
  const file = `${docs}/${name}/copyright`;
  const text = textIn(root, file);
  return text === '' ? null : { file: `/${file}`, text, area };
}

/** In the official image, Node belongs to no package: its release is read from the program, as Syft and others do. */
function nodePackage(root: string): readonly SystemPackage[] {
  const program = join(root, node);
  if (!existsSync(program)) return [];
  const content = readFileSync(program);
  const mark = 'node.js/v';
  const start = content.indexOf(mark) + mark.length;
  const [version = ''] = /^[\d.]+/.exec(content.toString('latin1', start, start + 20)) ?? [];
  if (version === '') throw new Error(`/${node} does not say its release`);
  return [{ name: 'node', version, purl: `pkg:generic/node@${version}`, license: { expression: 'MIT' } }];
}

/** npm and everything installed with it, as each package states. */
function npmPackages(root: string): readonly SystemPackage[] {
  return globSync(packageFile, { cwd: root }).flatMap((file) => {
    const { name, version, license, licenses } = JSON.parse(readFileSync(join(root, file), 'utf8')) as PackageJson;
    if (name === undefined || version === undefined) return [];
    const old = licenses?.map(({ type }) => type.replaceAll(' ', '-')).join(' OR ');
    const expression = license ?? old;
    const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
    return [{ name, version, purl, license: expression === undefined ? null : { expression } }];
  });
}

/** Empty if the file does not exist. */
function textIn(root: string, path: string): string {
  const file = join(root, path);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function fieldOf(text: string, name: string, separator = ':'): string {
  const [, value = ''] = new RegExp(`^${name}${separator} *"?(.*?)"?$`, 'm').exec(text) ?? [];
  return value;
}
