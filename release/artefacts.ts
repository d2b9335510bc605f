import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import packageJson from '../package.json' with { type: 'json' };
import { sha256Of } from './provenance.ts';
import type { Repository } from './repository.ts';
import { placeholder } from './repository.ts';

/** Inputs of a release, and where its artefacts go. */
export interface Making {
  /** A checkout in which `npm ci` has run. */
  readonly source: string;
  /** Output of `build.ts`. */
  readonly dist: string;
  readonly out: string;
  readonly repository: Repository;
  readonly version: string;
}

/** File names of the artefacts in the output folder. */
export function artefactNames(version: string): Readonly<Record<ArtefactName, string>> {
  return {
    package: `dynamic-toolset-${version}.tgz`,
    chart: `dynamic-toolset-chart-${version}.tgz`,
    plugin: `kubectl-dynamic_toolset-${version}.tar.gz`,
    krew: 'dynamic-toolset.krew.yaml',
    spdx: `dynamic-toolset-${version}.spdx.json`,
    cycloneDx: `dynamic-toolset-${version}.cdx.json`,
  };
}

export type ArtefactName = 'package' | 'chart' | 'plugin' | 'krew' | 'spdx' | 'cycloneDx';

/**
 * The package as published: the program is a single file with everything it needs, so the package has no dependencies
 * and runs nothing when installed.
 */
export function makePackage({ source, dist, out, repository, version }: Making): string {
  return inFolder((folder) => {
    const { name, description, keywords, license, type, engines, bin, files } = packageJson;
    const own = { name, version, description, keywords, license, type, engines, bin, files };
    const repositoryField = { type: 'git', url: `git+${repository.url}.git` };
    const manifest = { ...own, homepage: repository.url, repository: repositoryField };
    writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    cpSync(dist, join(folder, 'dist'), { recursive: true });
    for (const file of ['README.md', 'LICENSE', 'CHANGELOG.md', ...files.filter((one) => one !== 'dist')]) {
      cpSync(join(source, file), join(folder, file), { recursive: true });
    }
    substitute(folder, repository);
    execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', out], { cwd: folder });
    return join(out, artefactNames(version).package);
  });
}

/** The chart as in an OCI artefact: with the image of the release, which is named in one place only. */
export function makeChart({ source, out, repository, version }: Making, helm: string): string {
  return inFolder((folder) => {
    const chart = join(folder, 'dynamic-toolset');
    cpSync(join(source, 'charts/dynamic-toolset'), chart, { recursive: true });
    const values = join(chart, 'values.yaml');
    const text = readFileSync(values, 'utf8');
    writeFileSync(values, text.replace('  repository: dynamic-toolset\n', `  repository: ${repository.image}\n`));
    for (const file of globSync('argo-cd-values*.yaml', { cwd: chart })) {
      const content = readFileSync(join(chart, file), 'utf8');
      const image = `image: ${repository.image}:${version}`;
      writeFileSync(join(chart, file), content.replace(/image: dynamic-toolset:\S+/, image));
    }
    substitute(chart, repository);
    const options = ['--version', version, '--app-version', version, '--destination', folder];
    execFileSync(helm, ['package', chart, ...options], { stdio: ['ignore', 'ignore', 'inherit'] });
    const file = join(out, artefactNames(version).chart);
    copyFileSync(join(folder, `dynamic-toolset-${version}.tgz`), file);
    return file;
  });
}

/** The archive of the kubectl plugin, reproducible byte by byte, and its manifest for krew. */
export function makeKrewPlugin({ source, dist, out, repository, version }: Making): readonly string[] {
  const names = artefactNames(version);
  const archive = join(out, names.plugin);
  inFolder((folder) => {
    cpSync(dist, folder, { recursive: true });
    renameSync(join(folder, 'dynamic-toolset.cjs'), join(folder, 'kubectl-dynamic_toolset'));
    cpSync(join(source, 'LICENSE'), join(folder, 'LICENSE'));
    const same = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
    execFileSync('tar', [...same, '--use-compress-program', 'gzip -n', '-cf', archive, '-C', folder, '.']);
  });
  const manifest = join(out, names.krew);
  writeFileSync(manifest, stringify(krewManifest(repository, version, names.plugin, sha256Of(archive))));
  return [archive, manifest];
}

/** A Node script is the same file for every system that krew knows and this program runs on. */
function krewManifest({ url }: Repository, version: string, archive: string, sha256: string): object {
  const platforms = ['linux', 'darwin'].map((os) => ({
    selector: { matchLabels: { os } },
    uri: `${url}/releases/download/v${version}/${archive}`,
    sha256,
    bin: 'kubectl-dynamic_toolset',
  }));
  return {
    apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
    kind: 'Plugin',
    metadata: { name: 'dynamic-toolset' },
    spec: {
      version: `v${version}`,
      homepage: url,
      shortDescription: "Explain and check HolmesGPT's data sources",
      description: `Says which observability backends dynamic-toolset finds in a cluster and why, and checks its installation.\n`,
      caveats: `It needs Node.js ${packageJson.engines.node} on the PATH.\n`,
      platforms,
    },
  };
}

/**
 * The contents of the program in both formats, according to npm and the lock file. npm's own `--omit dev` leaves out
 * every package that a development dependency needs as well, such as zod, so npm gets a lock file without these
 * dependencies instead.
 */
export function makeSboms({ source, out, version, repository }: Making): readonly string[] {
  const { spdx, cycloneDx } = artefactNames(version);
  const formats = [
    ['spdx', spdx],
    ['cyclonedx', cycloneDx],
  ] as const;
  return inFolder((parent) => {
    // npm uses the name of the folder as that of the package.
    const folder = join(parent, packageJson.name);
    mkdirSync(folder);
    const { name, description, license, dependencies } = packageJson;
    const manifest = { name, version, description, license, homepage: repository.url, dependencies };
    const lock = JSON.parse(readFileSync(join(source, 'package-lock.json'), 'utf8')) as LockFile;
    const kept = Object.entries(lock.packages).filter(([path, { dev }]) => path !== '' && dev !== true);
    const packages = { '': manifest, ...Object.fromEntries(kept) };
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ ...lock, packages }));
    return formats.map(([format, file]) => {
      const args = ['sbom', '--package-lock-only', '--sbom-format', format];
      const text = execFileSync('npm', args, { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
      // SPDX requires seconds without a fraction.
      writeFileSync(join(out, file), text.replace(/(?<="created": ".*)\.\d+(?=Z")/, ''));
      return join(out, file);
    });
  });
}

/** The part of package-lock.json that the release reads. */
export interface LockFile {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly dev?: boolean }>>;
}

/** Replaces the placeholder with the repository's name in every text file. */
function substitute(folder: string, { name }: Repository): void {
  for (const file of globSync('**/*.{json,md,yaml,yml}', { cwd: folder })) {
    const text = readFileSync(join(folder, file), 'utf8');
    if (text.includes(placeholder)) writeFileSync(join(folder, file), text.replaceAll(placeholder, name));
  }
}

/** Runs `use` with a temporary folder, and removes it afterwards. */
export function inFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'dynamic-toolset-release-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
